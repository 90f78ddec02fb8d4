"""Answers kept for a moment, so that many readers of one page cost one query.

Callers who ask at the same time wait for the same query. An answer that is no longer fresh, but not yet stale,
is given out while a new one is fetched in the background.

An answer that took long to fetch is kept longer: asking again and again then takes no more than a bounded share
of the machine, however much there is to read and however many ask.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Coroutine, Hashable
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from watchkeeper.kernel.clock import Clock

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")

# Fetching takes at most one part in so many of the time; and an answer is out of date at most so long.
_SHARE: Final = 5
_LONGEST_SECONDS: Final = 30.0


@dataclass(frozen=True, slots=True)
class _Entry(Generic[Value]):
    asked_at: float
    took_seconds: float
    value: Value


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
        self._kept: OrderedDict[Key, _Entry[Value]] = OrderedDict()
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
        if kept is not None and not valid(kept.value):
            kept = None
        if kept is not None and self._age(kept) < self._fresh_for(kept):
            return kept.value
        fetching = self._fetching.get(key) or self._start(key, fetch)
        if kept is not None and self._age(kept) < self._stale_for(kept):
            return kept.value
        # Shielded: a caller who goes away must not stop what others wait for.
        return await asyncio.shield(fetching)

    async def close(self) -> None:
        """Stop what is being fetched."""
        tasks = list(self._fetching.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _age(self, kept: _Entry[Value]) -> float:
        return self._clock.monotonic() - kept.asked_at

    def _fresh_for(self, kept: _Entry[Value]) -> float:
        return max(self._fresh, min(kept.took_seconds * _SHARE, _LONGEST_SECONDS / 2))

    def _stale_for(self, kept: _Entry[Value]) -> float:
        # A quick fetch is worth waiting for; a slow one goes on in the background.
        slow = kept.took_seconds * _SHARE > self._fresh
        return max(self._stale, min(kept.took_seconds * _SHARE * 3, _LONGEST_SECONDS) if slow else 0.0)

    def _start(self, key: Key, fetch: Callable[[], Coroutine[Any, Any, Value]]) -> asyncio.Task[Value]:
        asked_at = self._clock.monotonic()
        task = asyncio.create_task(fetch())
        self._fetching[key] = task

        def keep(done: asyncio.Task[Value]) -> None:
            self._fetching.pop(key, None)
            # Asking for the exception marks it as seen: who waits gets it, and the next caller fetches again.
            if done.cancelled() or done.exception() is not None:
                return
            took = self._clock.monotonic() - asked_at
            self._kept[key] = _Entry(asked_at, took, done.result())
            self._kept.move_to_end(key)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)

        task.add_done_callback(keep)
        return task
