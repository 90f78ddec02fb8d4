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

# Unpacking a body of this size takes about a millisecond; larger ones go to a thread.
_INLINE_BYTES: Final = 256 * 1024


class Receiver:
    """Takes trace requests from any protocol and bounds what is in memory."""

    def __init__(self, log: Log, config: IngestConfig) -> None:
        """Write to `log`."""
        self._log = log
        self._config = config
        self._inflight = 0
        self.refused: dict[str, int] = {}
        self.rejected_spans = 0

    @property
    def max_body_bytes(self) -> int:
        """Limit of a body, before and after decompression."""
        return self._config.max_body_bytes

    @contextmanager
    def memory(self, size: int) -> Iterator[None]:
        """Count `size` bytes of a body as in memory.

        Raises:
            LogFull: too many bytes are in memory already.
        """
        limit = max(self._config.max_inflight_bytes, self._config.max_body_bytes)
        if self._inflight and self._inflight + size > limit:
            raise LogFull(
                f"{self._inflight} bytes of requests are in memory, and {limit} may be", hint="retry"
            )
        self._inflight += size
        try:
            yield
        finally:
            self._inflight -= size

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
        if encoding and len(body) > _INLINE_BYTES:
            plain = await asyncio.to_thread(unpack, body, encoding, limit=limit)
        else:
            plain = unpack(body, encoding, limit=limit)
        with self.memory(len(plain) if encoding else 0):
            checked = check(plain)
            self.rejected_spans += checked.rejected
            if checked.spans:
                request_id = envelope.digest(project, plain)
                await self._log.append(project, checked.body, spans=checked.spans, request_id=request_id)
        return checked

    def count_refusal(self, error: IngestError) -> None:
        """Count an answer that was not a success, by its code."""
        self.refused[error.code] = self.refused.get(error.code, 0) + 1
