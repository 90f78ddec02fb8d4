"""Answers kept for a moment, so that many readers of one page cost one query.

Callers who ask at the same time wait for the same query. An answer that is no longer fresh, but not yet stale,
is given out while a new one is fetched in the background.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Coroutine, Hashable
from typing import Any, Generic, TypeVar

from watchkeeper.kernel.clock import Clock

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Kept(Generic[Key, Value]):
    """A small bounded cache that fetches what it lacks."""

    def __init__(
        self, clock: Clock, *, fresh_seconds: float, stale_seconds: float | None = None, most: int = 64
    ) -> None:
        """Keep answers.

        Args:
            clock: ages them.
            fresh_seconds: an answer younger than this is given out as it is.
            stale_seconds: an answer older than this is not given out at all; by default `fresh_seconds`.
            most: how many answers are kept; the one fetched longest ago goes first.
        """
        self._clock = clock
        self._fresh = fresh_seconds
        self._stale = fresh_seconds if stale_seconds is None else stale_seconds
        self._most = most
        self._kept: OrderedDict[Key, tuple[float, Value]] = OrderedDict()
        self._fetching: dict[Key, asyncio.Task[Value]] = {}

    async def get(
        self,
        key: Key,
        fetch: Callable[[], Coroutine[Any, Any, Value]],
        valid: Callable[[Value], bool] = lambda _: True,
    ) -> Value:
        """The answer under a key, from here or from `fetch`; what `fetch` raises is raised to all who wait.

        An answer that `valid` refuses is fetched anew.
        """
        kept = self._kept.get(key)
        age = self._clock.monotonic() - kept[0] if kept else self._stale
        usable = kept is not None and age < self._stale and valid(kept[1])
        if kept is not None and usable and age < self._fresh:
            return kept[1]
        fetching = self._fetching.get(key) or self._start(key, fetch)
        if kept is not None and usable:
            return kept[1]
        # Shielded: a caller who goes away must not stop what others wait for.
        return await asyncio.shield(fetching)

    async def close(self) -> None:
        """Stop what is being fetched."""
        tasks = list(self._fetching.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _start(self, key: Key, fetch: Callable[[], Coroutine[Any, Any, Value]]) -> asyncio.Task[Value]:
        asked_at = self._clock.monotonic()
        task = asyncio.create_task(fetch())
        self._fetching[key] = task

        def keep(done: asyncio.Task[Value]) -> None:
            self._fetching.pop(key, None)
            # Asking for the exception marks it as seen: who waits gets it, and the next caller fetches again.
            if done.cancelled() or done.exception() is not None:
                return
            self._kept[key] = (asked_at, done.result())
            self._kept.move_to_end(key)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)

        task.add_done_callback(keep)
        return task
