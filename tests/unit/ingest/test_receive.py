"""What a receiver holds in memory, and how long it keeps the event loop."""

import asyncio
import os
import time

import pytest
from backports import zstd

from watchkeeper.ingest.config import IngestConfig
from watchkeeper.ingest.errors import LogFull, TooLarge
from watchkeeper.ingest.receive import Receiver
from watchkeeper.model.envelope import varint


class Log:
    """Takes everything."""

    async def append(self, *_, **__):
        return True


def receiver(**settings):
    return Receiver(Log(), IngestConfig(**settings))


async def sent(receiver, body, encoding=""):
    with receiver.memory(len(body)) as held:
        return await receiver.traces("p", body, encoding, held)


def nested(content, *numbers):
    for number in numbers:
        content = varint(number << 3 | 2) + varint(len(content)) + content
    return content


def padded(size):
    """A request of one span that compresses badly."""
    span = nested(bytes(range(1, 17)), 1) + nested(bytes(range(1, 9)), 2)
    return nested(span, 2, 2, 1) + nested(os.urandom(size), 500)


async def test_a_packed_body_is_no_reason_to_refuse_itself():
    one = receiver(max_body_bytes=100_000, max_inflight_bytes=100_000)
    body = zstd.compress(padded(80_000))
    assert len(body) > 70_000
    assert (await sent(one, body, "zstd")).spans == 1
    assert one.inflight == 0


async def test_what_others_hold_is_a_reason():
    one = receiver(max_body_bytes=100_000, max_inflight_bytes=100_000)
    body = zstd.compress(padded(45_000) + nested(bytes(45_000), 500))
    with one.memory(15_000):
        with pytest.raises(LogFull):
            await sent(one, body, "zstd")
        assert one.inflight == 15_000
    assert (await sent(one, body, "zstd")).spans == 1
    with one.memory(60_000), pytest.raises(LogFull), one.memory(60_000):
        pass


@pytest.mark.parametrize("size", [1, 60], ids=["1 MB", "60 MB"])
async def test_a_body_of_empty_messages_leaves_the_loop_free(size):
    body = nested(nested(b"", 2) * 500_000, 1) * size
    longest = 0.0
    task = asyncio.create_task(sent(receiver(), body))
    while not task.done():
        started = time.perf_counter()
        await asyncio.sleep(0.001)
        longest = max(longest, time.perf_counter() - started)
    assert longest < 0.2
    if size == 1:
        assert (await task).spans == 0
    else:
        with pytest.raises(TooLarge, match="parts"):
            await task
