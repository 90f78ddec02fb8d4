"""What every protocol does with a trace request: unpack, check, log."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from watchkeeper.ingest.bodies import unpack
from watchkeeper.ingest.config import IngestConfig
from watchkeeper.ingest.errors import IngestError, LogFull, TooLarge
from watchkeeper.ingest.log import Log
from watchkeeper.ingest.traces import Checked, check
from watchkeeper.model import envelope

# Unpacking takes a millisecond for so much, before and after; more goes to a thread, of which there are few,
# because each may hold a body of the largest size.
_INLINE_BYTES: Final = 256 * 1024
_INLINE_UNPACKED_BYTES: Final = 4 * 1024 * 1024
_UNPACKERS: Final = 2


class Reservation:
    """What one request holds of the memory for bodies; it grows as the body arrives."""

    def __init__(self, receiver: Receiver) -> None:
        """Hold nothing yet."""
        self._receiver = receiver
        self._size = 0

    def grow(self, size: int) -> None:
        """Count `size` bytes more.

        Raises:
            LogFull: too many bytes are in memory already.
        """
        self._receiver._take(size)  # noqa: SLF001
        self._size += size

    def release(self) -> None:
        """Give all back."""
        self._receiver._take(-self._size)  # noqa: SLF001
        self._size = 0


class Receiver:
    """Takes trace requests from any protocol and bounds what is in memory."""

    def __init__(self, log: Log, config: IngestConfig) -> None:
        """Write to `log`."""
        self._log = log
        self._config = config
        self._inflight = 0
        self._unpackers = asyncio.Semaphore(_UNPACKERS)
        self.refused: dict[str, int] = {}
        self.rejected_spans = 0

    @property
    def max_body_bytes(self) -> int:
        """Limit of a body, before and after decompression."""
        return self._config.max_body_bytes

    @contextmanager
    def memory(self, size: int = 0) -> Iterator[Reservation]:
        """Count `size` bytes of a body as in memory, and what the reservation grows by.

        A size that was only announced is not counted: senders that say much and send nothing would keep others out.

        Raises:
            LogFull: too many bytes are in memory already.
        """
        held = Reservation(self)
        held.grow(size)
        try:
            yield held
        finally:
            held.release()

    def _take(self, size: int) -> None:
        limit = max(self._config.max_inflight_bytes, self._config.max_body_bytes)
        if size > 0 and self._inflight and self._inflight + size > limit:
            raise LogFull(
                f"{self._inflight} bytes of requests are in memory, and {limit} may be", hint="retry"
            )
        self._inflight += size

    async def traces(self, project: str, body: bytes, encoding: str) -> Checked:
        """Unpack, check and log one export request; returns once it is on the disk.

        Raises:
            IngestError: why it was not taken.
        """
        limit = self._config.max_body_bytes
        if len(body) > limit:
            raise TooLarge(
                f"the body has {len(body)} bytes, the limit is {limit}", hint="send smaller batches"
            )
        plain = await self._unpack(body, encoding, limit)
        with self.memory(len(plain) if encoding else 0):
            checked = check(plain)
            self.rejected_spans += checked.rejected
            if checked.spans:
                request_id = envelope.digest(project, plain)
                await self._log.append(project, checked.body, spans=checked.spans, request_id=request_id)
        return checked

    async def _unpack(self, body: bytes, encoding: str, limit: int) -> bytes:
        if not encoding:
            return body
        if len(body) <= _INLINE_BYTES:
            try:
                return unpack(body, encoding, limit=min(limit, _INLINE_UNPACKED_BYTES))
            except TooLarge:
                if limit <= _INLINE_UNPACKED_BYTES:
                    raise
        async with self._unpackers:
            return await asyncio.to_thread(unpack, body, encoding, limit=limit)

    def count_refusal(self, error: IngestError) -> None:
        """Count an answer that was not a success, by its code."""
        self.refused[error.code] = self.refused.get(error.code, 0) + 1
