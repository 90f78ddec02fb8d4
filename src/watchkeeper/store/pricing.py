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
from watchkeeper.store.otlp_traces import MOST_NANO_USD
from watchkeeper.store.price_list import OWN, Prices, own_prices, source
from watchkeeper.store.price_lookup import lookup

log = logging.getLogger(__name__)

_EVERY_SECONDS: Final = 5.0
_WHOLE_EVERY_SECONDS: Final = 3_600.0
_PAUSE_SECONDS: Final = 1.0
_REMEMBERED_MISSES: Final = 10_000
_LEFT_OUT_MISSES: Final = 500
_LONGEST_NAME: Final = 200  # in bytes; nothing that is longer has a price
_COLUMNS: Final = (
    "Provider", "Model", "valid_from", "from_tokens", "input", "output", "cache_read", "cache_write", "source", "version",
)  # fmt: skip
# New spans are looked for by the sort key, cheaply and often; late ones by arrival, now and then.
_LATELY: Final = "toStartOfMinute(Timestamp) >= now() - INTERVAL 3 MINUTE"
_OF_TWO_DAYS: Final = "ReceivedAt >= now() - INTERVAL 2 DAY"
_PRICE: Final = "dictGet('{database}.prices_by_model', '{rate}', (Provider, Model))".replace(
    "{database}", DATABASE
)


def unpriced_sql(when: str, misses: Sequence[tuple[str, str]]) -> str:
    """The query for some providers and models without a price, but for `misses`; others at each call."""
    but = f"AND (Provider, Model) NOT IN ({_listed(misses)}) " if misses else ""
    return (
        f"SELECT Provider, Model FROM {DATABASE}.spans WHERE CostNanoUSD IS NULL AND Model != '' AND {when} {but}"
        f"AND length(Model) <= {_LONGEST_NAME} AND length(Provider) <= {_LONGEST_NAME} "
        "GROUP BY Provider, Model ORDER BY rand() LIMIT 1000"
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
        f"least(toInt64({MOST_NANO_USD} / SampleWeight), toInt64(intDiv((InputTokens - {cached}) * {rate('input')} + OutputTokens * {rate('output')} "
        f"+ CacheReadTokens * {rate('cache_read')} + CacheWriteTokens * {rate('cache_write')} + 500, 1000)))"
    )
    return (
        f"ALTER TABLE {DATABASE}.spans UPDATE CostNanoUSD = if({row} = 0, NULL, {cost}), "
        f"CostSource = if({row} = 0, '', 'priced') "
        f"WHERE CostNanoUSD IS NULL AND (Provider, Model) IN ({_listed(pairs)}) SETTINGS mutations_sync = 1"
    )


def _listed(pairs: Sequence[tuple[str, str]]) -> str:
    return ", ".join(f"({quoted(provider)}, {quoted(model)})" for provider, model in pairs)


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
        self._misses: dict[tuple[str, str], None] = {}  # the last one was met last
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
            except Exception:  # without this task nothing would be priced, in silence
                log.exception("pricing goes on after an error")
                await asyncio.sleep(_PAUSE_SECONDS)
            if loaded:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._new.wait(), _WHOLE_EVERY_SECONDS)
            await asyncio.sleep(_EVERY_SECONDS)

    async def load(self) -> None:
        """Make the table hold the list of this version and the operator's own prices, and no older ones."""
        table, bundled = f"{DATABASE}.prices", source()
        kept = (
            await self._engine.select(
                f"SELECT source, groupArrayIf((Provider, Model), source = '{OWN}') FROM {table} FINAL GROUP BY source"
            )
        ).data
        entries = [] if any(row[0] == bundled for row in kept) else await lookup(None)
        entries = [entry for entry in entries if entry[:2] not in self._own]
        entries += [(provider, model, prices) for (provider, model), prices in self._own.items()]
        await self._put(entries)
        dropped = [(str(one[0]), str(one[1])) for row in kept for one in row[1]]
        dropped = [pair for pair in dropped if pair not in self._own]
        stale = (
            [f"source NOT IN ({quoted(bundled)}, '{OWN}')"]
            if {row[0] for row in kept} - {bundled, OWN}
            else []
        )
        if dropped:
            stale.append(f"source = '{OWN}' AND (Provider, Model) IN ({_listed(dropped)})")
        if stale:
            await self._engine.execute(
                f"ALTER TABLE {table} DELETE WHERE {' OR '.join(stale)} SETTINGS mutations_sync = 1"
            )
            await self._reload()

    async def price_unpriced(self, when: str = _OF_TWO_DAYS) -> int:
        """Look models up that have no price yet; returns how many got one."""
        left_out = list(self._misses)[-_LEFT_OUT_MISSES:]
        rows = await self._engine.select(unpriced_sql(when, left_out))
        pairs = [(str(provider), str(model)) for provider, model in rows.data]
        wanted = [pair for pair in pairs if not self._missed(pair)]
        if not wanted:
            return 0
        own = self._own
        found = [(*pair, own[pair]) for pair in wanted if pair in own]
        found += await lookup([pair for pair in wanted if pair not in own])
        for pair in set(wanted) - {(provider, model) for provider, model, _ in found}:
            self._miss(pair)
            log.info(
                "no price is known for model %r of provider %r; store.prices can set one", pair[1], pair[0]
            )
        if not found:
            return 0
        await self._put(found)
        return await self._fill([(provider, model) for provider, model, _ in found])

    async def _fill(self, pairs: Sequence[tuple[str, str]]) -> int:
        """Price the calls of these; one that can't be priced keeps no other from it."""
        try:
            await self._engine.execute(fill_sql(pairs))
        except EngineError as error:
            if error.retryable:
                raise
            if len(pairs) > 1:
                return sum([await self._fill([pair]) for pair in pairs])
            self._miss(pairs[0])
            log.warning(
                "calls of model %r of provider %r can't be priced: %s", pairs[0][1], pairs[0][0], error
            )
            return 0
        return len(pairs)

    def _missed(self, pair: tuple[str, str]) -> bool:
        known = pair in self._misses
        if known:
            self._miss(pair)
        return known

    def _miss(self, pair: tuple[str, str]) -> None:
        self._misses.pop(pair, None)
        self._misses[pair] = None
        if len(self._misses) > _REMEMBERED_MISSES:
            del self._misses[next(iter(self._misses))]

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
        await self._reload()

    async def _reload(self) -> None:
        await self._engine.execute(f"SYSTEM RELOAD DICTIONARY {DATABASE}.prices_by_model")
