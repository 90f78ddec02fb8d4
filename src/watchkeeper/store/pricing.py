"""Keeps the engine's price list, and prices afterwards what came before its price was known."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Mapping, Sequence
from typing import Any, Final

from watchkeeper.kernel.clock import Clock
from watchkeeper.model.segment import Applied, Apply, Segment
from watchkeeper.store.client import Engine, quoted
from watchkeeper.store.errors import EngineError
from watchkeeper.store.migrate import DATABASE
from watchkeeper.store.price_list import Prices, own_prices
from watchkeeper.store.price_lookup import lookup

log = logging.getLogger(__name__)

_EVERY_SECONDS: Final = 2.0
_WHOLE_EVERY_SECONDS: Final = 3_600.0
_REMEMBERED_MISSES: Final = 10_000
_COLUMNS: Final = (
    "Provider", "Model", "valid_from", "from_tokens", "input", "output", "cache_read", "cache_write", "source", "version",
)  # fmt: skip
_UNPRICED: Final = (
    f"SELECT DISTINCT Provider, Model FROM {DATABASE}.spans WHERE CostNanoUSD IS NULL AND Model != '' AND "
)
# New spans are looked for by the sort key, cheaply and often; late ones by arrival, now and then.
_LATELY: Final = _UNPRICED + "toStartOfMinute(Timestamp) >= now() - INTERVAL 3 MINUTE LIMIT 1000"
_OF_TWO_DAYS: Final = _UNPRICED + "ReceivedAt >= now() - INTERVAL 2 DAY LIMIT 1000"
_PRICE: Final = "dictGet('{database}.prices_by_model', '{rate}', (Provider, Model))".replace(
    "{database}", DATABASE
)


def fill_sql(pairs: Sequence[tuple[str, str]]) -> str:
    """The statement that prices stored calls of these providers and models that have no cost yet."""

    def rate(name: str) -> str:
        return f"{_PRICE.replace('{rate}', name)}[{row}]"

    row = (
        "arrayLastIndex((f, t) -> f <= toUInt32(toDateTime(Timestamp, 'UTC')) and t <= InputTokens, "
        f"{_PRICE.replace('{rate}', 'valid_from')}, {_PRICE.replace('{rate}', 'from_tokens')})"
    )
    cached = "least(InputTokens, CacheReadTokens + CacheWriteTokens)"
    cost = (
        f"toInt64(intDiv((InputTokens - {cached}) * {rate('input')} + OutputTokens * {rate('output')} "
        f"+ CacheReadTokens * {rate('cache_read')} + CacheWriteTokens * {rate('cache_write')} + 500, 1000))"
    )
    wanted = ", ".join(f"({quoted(provider)}, {quoted(model)})" for provider, model in pairs)
    return (
        f"ALTER TABLE {DATABASE}.spans UPDATE CostNanoUSD = if({row} = 0, NULL, {cost}), "
        f"CostSource = if({row} = 0, '', 'priced') "
        f"WHERE CostNanoUSD IS NULL AND (Provider, Model) IN ({wanted}) SETTINGS mutations_sync = 1"
    )


class Pricer:
    """A task that looks for calls without a price."""

    def __init__(self, engine: Engine, clock: Clock, *, prices: Sequence[Mapping[str, Any]] = ()) -> None:
        """Take own prices before those of the list.

        Raises:
            EngineError: an own price is not one.
        """
        self._engine = engine
        self._clock = clock
        self._own = own_prices(prices)
        self._misses: set[tuple[str, str]] = set()
        self._new = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def after(self, apply: Apply) -> Apply:
        """`apply`, noting that something new may want a price."""

        async def noted(segment: Segment) -> Applied:
            applied = await apply(segment)
            self._new.set()
            return applied

        return noted

    def start(self) -> None:
        """Begin."""
        self._task = asyncio.create_task(self._run(), name="pricer")

    async def stop(self) -> None:
        """End."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        loaded = False
        whole_at = self._clock.monotonic()
        while True:
            self._new.clear()
            try:
                if not loaded:
                    await self.load()
                    loaded = True
                whole = self._clock.monotonic() >= whole_at
                await self.price_unpriced(_OF_TWO_DAYS if whole else _LATELY)
                if whole:
                    whole_at = self._clock.monotonic() + _WHOLE_EVERY_SECONDS
            except EngineError as error:
                log.debug("prices have to wait: %s", error)
            if loaded:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._new.wait(), _WHOLE_EVERY_SECONDS)
            await asyncio.sleep(_EVERY_SECONDS)

    async def load(self) -> None:
        """Put the list into an empty table, and own prices in any case."""
        rows = await self._engine.select(
            f"SELECT count() FROM {DATABASE}.prices WHERE source = 'genai-prices'"
        )
        entries = [(provider, model, prices) for (provider, model), prices in self._own.items()]
        if not rows.data[0][0]:
            entries += await lookup(None)
        await self._put(entries)

    async def price_unpriced(self, sql: str = _OF_TWO_DAYS) -> int:
        """Look models up that have no price yet; returns how many got one."""
        rows = await self._engine.select(sql)
        pairs = [(str(provider), str(model)) for provider, model in rows.data]
        wanted = [pair for pair in pairs if pair not in self._misses]
        if not wanted:
            return 0
        own = self._own
        found = [(*pair, own[pair]) for pair in wanted if pair in own]
        found += await lookup([pair for pair in wanted if pair not in own])
        for pair in set(wanted) - {(provider, model) for provider, model, _ in found}:
            if len(self._misses) < _REMEMBERED_MISSES:
                self._misses.add(pair)
                log.info(
                    "no price is known for model %r of provider %r; store.prices can set one",
                    pair[1],
                    pair[0],
                )
        if found:
            await self._put(found)
            await self._engine.execute(fill_sql([(provider, model) for provider, model, _ in found]))
        return len(found)

    async def _put(self, entries: Sequence[tuple[str, str, Prices]]) -> None:
        if not entries:
            return
        version = self._clock.now_ns() // 10**6
        rows = [
            dict(
                zip(
                    _COLUMNS,
                    (
                        provider, model, prices.valid_from, prices.from_tokens, prices.input, prices.output,
                        prices.cache_read, prices.cache_write, prices.source, version,
                    ),
                    strict=True,
                )
            )
            for provider, model, prices in entries
        ]  # fmt: skip
        await self._engine.insert(f"{DATABASE}.prices", _COLUMNS, rows)
        await self._engine.execute(f"SYSTEM RELOAD DICTIONARY {DATABASE}.prices_by_model")
