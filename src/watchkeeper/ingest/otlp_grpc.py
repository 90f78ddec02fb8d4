"""OTLP/gRPC for traces: the same bytes as OTLP/HTTP, taken from the wire without decoding in between."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from typing import Any, Final

# The engine's process is started by fork and exec; gRPC would say for each that it can't follow a fork.
os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "0")

import grpc
from google.protobuf import duration_pb2
from google.protobuf.any_pb2 import Any as AnyMessage
from google.rpc.error_details_pb2 import RetryInfo
from google.rpc.status_pb2 import Status

from watchkeeper.ingest.errors import IngestError, TooSlow, Undecodable
from watchkeeper.ingest.receive import Receiver

METHOD: Final = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
_RETRY_SECONDS: Final = 1
_STREAMS: Final = 32  # of one connection; a client with more waits by itself
# Messages that are being read at a time: gRPC holds each whole, and none is counted before it is here. Further
# callers wait, unread.
_READERS: Final = 16
# gRPC refuses further calls with RESOURCE_EXHAUSTED, on which exporters drop their data: only against a flood.
_CALLS: Final = 1024
_CODES: Final = {
    401: grpc.StatusCode.UNAUTHENTICATED,
    403: grpc.StatusCode.PERMISSION_DENIED,
    503: grpc.StatusCode.UNAVAILABLE,
}

# Project of a caller by its metadata, or an HTTP status (401, 403, 503) and the reason to refuse it.
Identify = Callable[[Iterable[tuple[bytes, bytes]]], Awaitable["str | tuple[int, str]"]]


class OtlpGrpc(grpc.GenericRpcHandler):  # type: ignore[misc]
    """The handler of the Export method."""

    def __init__(self, receiver: Receiver, identify: Identify) -> None:
        """Hand what comes in to `receiver`."""
        self._receiver = receiver
        self._identify = identify
        self._readers = asyncio.Semaphore(_READERS)
        # Served as a stream of one message, which is the same on the wire: this way the caller is known before
        # any of its message is taken into memory.
        self._handler = grpc.stream_unary_rpc_method_handler(self._export)

    def service(self, handler_call_details: Any) -> Any:
        """The handler of a method, or None when there is none."""
        return self._handler if handler_call_details.method == METHOD else None

    async def _export(self, messages: AsyncIterator[bytes], context: Any) -> bytes:
        who = await self._identify(_headers(context))
        if isinstance(who, tuple):
            await context.abort_with_status(
                _Refusal(_CODES[who[0]], who[1], retryable=who[0] == 503)
            )  # raises
            return b""
        try:
            async with contextlib.AsyncExitStack() as stack:
                async with self._readers:
                    body = await self._read(messages)
                    held = stack.enter_context(self._receiver.memory(len(body)))
                checked = await self._receiver.traces(who, body, "", held)
        except IngestError as error:
            self._receiver.count_refusal(error)
            code = next(code for code in grpc.StatusCode if code.value[0] == error.grpc_code)
            await context.abort_with_status(_Refusal(code, str(error), retryable=error.retryable))
            raise
        return checked.answer()

    async def _read(self, messages: AsyncIterator[bytes]) -> bytes:
        limit = self._receiver.body_timeout_seconds
        try:
            async with asyncio.timeout(limit):
                async for message in messages:
                    return message
        except TimeoutError as error:
            raise TooSlow(f"the message did not arrive within {limit:g} seconds") from error
        raise Undecodable("the call has no message")


class _Refusal(grpc.Status):  # type: ignore[misc]
    """A status with RetryInfo where trying again helps."""

    def __init__(self, code: grpc.StatusCode, reason: str, *, retryable: bool) -> None:
        self.code = code
        self.details = reason
        status = Status(code=code.value[0], message=reason[:1000])
        if retryable:
            detail = AnyMessage()
            detail.Pack(RetryInfo(retry_delay=duration_pb2.Duration(seconds=_RETRY_SECONDS)))
            status.details.append(detail)
        self.trailing_metadata = (("grpc-status-details-bin", status.SerializeToString()),)


def _headers(context: Any) -> list[tuple[bytes, bytes]]:
    pairs = ((key, value) for key, value in context.invocation_metadata() or ())
    return [(key.encode(), value if isinstance(value, bytes) else value.encode()) for key, value in pairs]


async def serve(handler: OtlpGrpc, host: str, port: int, *, max_body_bytes: int) -> tuple[Any, int]:
    """Start to listen; returns the server and the port that it listens on.

    Raises:
        OSError: the port is in use.
    """
    server = grpc.aio.server(
        options=[
            ("grpc.max_receive_message_length", max_body_bytes),
            ("grpc.so_reuseport", 0),  # two servers on one port would share its requests unnoticed
            ("grpc.max_concurrent_streams", _STREAMS),
        ],
        maximum_concurrent_rpcs=_CALLS,
    )
    server.add_generic_rpc_handlers((handler,))
    address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    try:
        bound = server.add_insecure_port(address)
    except RuntimeError as error:
        raise OSError(98, str(error)) from error
    await server.start()
    return server, bound
