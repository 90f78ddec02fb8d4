"""What every protocol does with a trace request: unpack, check, log."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

from watchkeeper.ingest.bodies import unpack
from watchkeeper.ingest.config import IngestConfig
from watchkeeper.ingest.errors import IngestError, LogFull, TooLarge
from watchkeeper.ingest.log import Log
from watchkeeper.ingest.traces import Checked, check
from watchkeeper.model import envelope

# Unpacking and checking take a millisecond for so much, before and after; more goes to a thread, of which there
# are few, because each may hold a body of the largest size.
_INLINE_BYTES: Final = 256 * 1024
_INLINE_UNPACKED_BYTES: Final = 4 * 1024 * 1024
_INLINE_CHECKED_BYTES: Final = 1024 * 1024
_INLINE_PARTS: Final = (
    20_000  # 20 ms; a body of many empty messages is far slower to check than its size says
)
_WORKERS: Final = 2


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
        self._receiver._take(size, self._receiver.inflight)  # noqa: SLF001
        self._size += size

    def unpacked(self, size: int) -> None:
        """Count `size` bytes of the same body, unpacked.

        What this request holds already is no reason to refuse it: it could never be taken.

        Raises:
            LogFull: others hold too many bytes.
        """
        self._receiver._take(size, self._receiver.inflight - self._size)  # noqa: SLF001
        self._size += size

    def release(self) -> None:
        """Give all back."""
        self._receiver.inflight -= self._size
        self._size = 0


class Receiver:
    """Takes trace requests from any protocol and bounds what is in memory."""

    def __init__(self, log: Log, config: IngestConfig) -> None:
        """Write to `log`."""
        self._log = log
        self._config = config
        #: Bytes of bodies in memory.
        self.inflight = 0
        self._workers = asyncio.Semaphore(_WORKERS)
        self.refused: dict[str, int] = {}
        self.rejected_spans = 0

    @property
    def max_body_bytes(self) -> int:
        """Limit of a body, before and after decompression."""
        return self._config.max_body_bytes

    @property
    def body_timeout_seconds(self) -> float:
        """Longest that a body may take to arrive."""
        return self._config.body_timeout_seconds

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

    def _take(self, size: int, held: int) -> None:
        limit = max(self._config.max_inflight_bytes, self._config.max_body_bytes)
        if held and held + size > limit:
            raise LogFull(f"{held} bytes of requests are in memory, and {limit} may be", hint="retry")
        self.inflight += size

    async def traces(self, project: str, body: bytes, encoding: str, held: Reservation) -> Checked:
        """Unpack, check and log one export request; returns once it is on the disk.

        Args:
            project: whose it is.
            body: as it came.
            encoding: how it is compressed; '' when it is not.
            held: counts the body, and grows by the unpacked one.

        Raises:
            IngestError: why it was not taken.
        """
        limit = self._config.max_body_bytes
        if len(body) > limit:
            raise TooLarge(
                f"the body has {len(body)} bytes, the limit is {limit}", hint="send smaller batches"
            )
        plain = await self._unpack(body, encoding, limit)
        if encoding:
            held.unpacked(len(plain))
        checked = await self._check(plain)
        self.rejected_spans += checked.rejected
        if checked.spans:
            request_id = envelope.digest(project, plain)
            await self._log.append(project, checked.body, spans=checked.spans, request_id=request_id)
        return checked

    async def _check(self, plain: bytes) -> Checked:
        if len(plain) <= _INLINE_CHECKED_BYTES:
            with suppress(TooLarge):
                return check(plain, most_parts=_INLINE_PARTS)
        async with self._workers:
            return await asyncio.to_thread(check, plain)

    async def _unpack(self, body: bytes, encoding: str, limit: int) -> bytes:
        if not encoding:
            return body
        if len(body) <= _INLINE_BYTES:
            try:
                return unpack(body, encoding, limit=min(limit, _INLINE_UNPACKED_BYTES))
            except TooLarge:
                if limit <= _INLINE_UNPACKED_BYTES:
                    raise
        async with self._workers:
            return await asyncio.to_thread(unpack, body, encoding, limit=limit)

    def count_refusal(self, error: IngestError) -> None:
        """Count an answer that was not a success, by its code."""
        self.refused[error.code] = self.refused.get(error.code, 0) + 1
