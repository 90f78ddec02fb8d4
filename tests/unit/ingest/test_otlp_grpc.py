"""OTLP/gRPC without a server behind it: who is let in, what is read, what a refusal says."""

import asyncio
from contextlib import asynccontextmanager

import grpc
import pytest
from google.rpc.error_details_pb2 import RetryInfo
from google.rpc.status_pb2 import Status

from watchkeeper.ingest import otlp_grpc
from watchkeeper.ingest.config import IngestConfig
from watchkeeper.ingest.otlp_grpc import METHOD, OtlpGrpc, serve
from watchkeeper.ingest.receive import Receiver

EMPTY = b"\x0a\x00"


@asynccontextmanager
async def serving(who="p", **settings):
    """A channel to a server whose callers are all `who`."""

    async def identify(_):
        return who

    receiver = Receiver(None, IngestConfig(**settings))
    server, port = await serve(OtlpGrpc(receiver, identify), "127.0.0.1", 0, max_body_bytes=1_000_000)
    try:
        async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
            yield channel
    finally:
        await server.stop(None)


async def refusal(call):
    with pytest.raises(grpc.RpcError) as caught:
        await call
    details = dict(caught.value.trailing_metadata())["grpc-status-details-bin"]
    return caught.value.code(), Status.FromString(details)


@pytest.mark.parametrize(
    ("status", "code", "again"),
    [
        (401, grpc.StatusCode.UNAUTHENTICATED, False),
        (403, grpc.StatusCode.PERMISSION_DENIED, False),
        (503, grpc.StatusCode.UNAVAILABLE, True),
    ],
)
async def test_who_may_not_send_is_told_before_the_message_is_read(status, code, again):
    async with serving((status, "because")) as channel:
        found, said = await refusal(channel.unary_unary(METHOD)(bytes(10_000_000)))
        assert (found, said.message) == (code, "because"), "not that the message is too large"
        assert [detail.Is(RetryInfo.DESCRIPTOR) for detail in said.details] == [True] * again


async def test_a_call_whose_message_does_not_come_ends():
    async with serving(body_timeout_seconds=0.2) as channel:
        call = channel.stream_unary(METHOD)()
        code, _ = await asyncio.wait_for(refusal(call), 5)
        assert code == grpc.StatusCode.DEADLINE_EXCEEDED
        call = channel.stream_unary(METHOD)()
        await call.done_writing()
        code, _ = await asyncio.wait_for(refusal(call), 5)
        assert code == grpc.StatusCode.INVALID_ARGUMENT


async def test_callers_beyond_the_readers_wait_and_are_served(monkeypatch):
    monkeypatch.setattr(otlp_grpc, "_READERS", 2)
    async with serving() as channel:
        idle = [channel.stream_unary(METHOD)() for _ in range(2)]
        for call in idle:
            await call.wait_for_connection()
        await asyncio.sleep(0.1)
        late = channel.unary_unary(METHOD)(EMPTY)
        await asyncio.sleep(0.2)
        assert not late.done()
        for call in idle:
            await call.write(EMPTY)
        assert await asyncio.wait_for(_answer(late), 5) == b""


async def _answer(call):
    return await call
