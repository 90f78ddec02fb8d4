"""Prices of models as the engine wants them: whole numbers of pico-USD a token, by date and by input tokens.

The list is `genai-prices`', which comes with its data and asks nobody. Its matchers (prefixes, aliases) can't be
put into a table, so a model is looked up when it is first seen; models under their plain names are put in at once.
Prices that hold for some hours of the day only are left out: the base price stands for the whole day.
"""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from importlib import metadata
from typing import Any, Final

from watchkeeper.store.errors import EngineError

# OpenTelemetry's names of providers -> those of genai-prices, where they differ.
_PROVIDERS: Final = {
    "gcp.gen_ai": "google", "gcp.gemini": "google", "gcp.vertex_ai": "google", "x_ai": "x-ai",
    "mistral_ai": "mistral", "aws.bedrock": "aws", "azure.ai.openai": "azure", "azure.ai.inference": "azure",
    "moonshot_ai": "moonshotai",
}  # fmt: skip
OWN: Final = "configuration"  # source of prices that the operator set
_PICO_A_TOKEN_FROM_USD_A_MILLION: Final = 10**6  # 1 USD a million tokens is 10^12 / 10^6 pico-USD a token


@dataclass(frozen=True, slots=True)
class Prices:
    """What a model costs; one entry a date and a tier, oldest first, in pico-USD a token.

    Attributes:
        valid_from: Unix time in seconds from which the entry holds.
        from_tokens: input tokens of a request from which it holds.
        input, output, cache_read, cache_write: the rates.
        source: where the prices come from.
    """

    valid_from: tuple[int, ...]
    from_tokens: tuple[int, ...]
    input: tuple[int, ...]
    output: tuple[int, ...]
    cache_read: tuple[int, ...]
    cache_write: tuple[int, ...]
    source: str


def own_prices(entries: Sequence[Mapping[str, Any]]) -> dict[tuple[str, str], Prices]:
    """Prices of the configuration by provider and model.

    Args:
        entries: `provider`, `model`, `input_usd_per_million`, `output_usd_per_million` and, if wanted,
            `cache_read_usd_per_million`, `cache_write_usd_per_million`, `valid_from` (a date).

    Raises:
        EngineError: an entry lacks a field or has a value that is no price.
    """
    grouped: dict[tuple[str, str], list[tuple[int, ...]]] = {}
    for number, entry in enumerate(entries, 1):
        grouped.setdefault(_own_key(entry, number), []).append(_own_row(entry, number))
    return {key: _prices(sorted(rows), OWN) for key, rows in grouped.items()}


@functools.cache
def source() -> str:
    """Where prices that are not the operator's come from, with the version: other versions have other prices."""
    return f"genai-prices {metadata.version('genai-prices')}"


def known() -> Iterator[tuple[str, str, Prices]]:
    """All models of genai-prices under their plain names, by OpenTelemetry's names of providers."""
    from genai_prices.data_snapshot import (
        get_snapshot,
    )  # half a second and 20 MB: only when prices are looked up

    aliases: dict[str, list[str]] = {}
    for name, theirs in _PROVIDERS.items():
        aliases.setdefault(theirs, []).append(name)
    for provider in get_snapshot().providers:
        for model in provider.models:
            prices = _of_model(model.prices)
            if prices is not None:
                for name in aliases.get(provider.id, [provider.id]):
                    yield name, model.id, prices


def find(provider: str, model: str) -> Prices | None:
    """Prices of a model as a span names it; None when nobody knows it."""
    from genai_prices.data_snapshot import get_snapshot  # see `known`

    snapshot = get_snapshot()
    # A provider that is not in the list may sell another's model: then the model's own price is the best guess.
    for theirs in dict.fromkeys((_PROVIDERS.get(provider, provider) or None, None)):
        try:
            _, found = snapshot.find_provider_model(model, None, theirs, None)
        except LookupError:
            continue
        return _of_model(found.prices)
    return None


def _own_key(entry: Mapping[str, Any], number: int) -> tuple[str, str]:
    try:
        return str(entry["provider"]), str(entry["model"])
    except KeyError as error:
        raise EngineError(f"store.prices, entry {number}: {error.args[0]} is missing") from error


def _own_row(entry: Mapping[str, Any], number: int) -> tuple[int, ...]:
    def rate(name: str, default: object = None) -> int:
        value = entry.get(f"{name}_usd_per_million", default)
        try:
            price = Decimal(str(value))
        except InvalidOperation as error:
            raise EngineError(
                f"store.prices, entry {number}: {name}_usd_per_million is {value!r}, no price"
            ) from error
        if not price.is_finite() or not 0 <= price < 10**6:
            raise EngineError(f"store.prices, entry {number}: {name}_usd_per_million must be 0 to 1,000,000")
        return _pico(price)

    start = entry.get("valid_from", "1970-01-01")
    try:
        since = start if isinstance(start, dt.date) else dt.date.fromisoformat(str(start))
    except ValueError as error:
        raise EngineError(
            f"store.prices, entry {number}: valid_from is {start!r}, no date like 2026-01-31"
        ) from error
    given = entry.get("input_usd_per_million")
    return (
        _unix(since),
        0,
        rate("input"),
        rate("output"),
        rate("cache_read", given),
        rate("cache_write", given),
    )


def _of_model(prices: Any) -> Prices | None:
    """Entries of one model of the list, or None when it is not priced by token."""
    dated: list[tuple[int, Any]] = []
    for conditional in prices if isinstance(prices, list) else [prices]:
        constraint = getattr(conditional, "constraint", None)
        if constraint is None:
            dated.append((0, getattr(conditional, "prices", conditional)))
        elif (start := getattr(constraint, "start_date", None)) is not None:
            dated.append((_unix(start), conditional.prices))
    rows = []
    for since, price in sorted(dated, key=lambda pair: pair[0]):
        if price.input_mtok is None and price.output_mtok is None:
            continue
        names = ("input_mtok", "output_mtok", "cache_read_mtok", "cache_write_mtok")
        tiers = {0} | {tier.start for name in names for tier in getattr(getattr(price, name), "tiers", ())}
        for start in sorted(tiers):
            given, out, read, write = (_rate(getattr(price, name), start) for name in names)
            rows.append((since, start, given or 0, out or 0, _or(read, given), _or(write, given)))
    return _prices(rows, source()) if rows else None


def _or(rate: int | None, otherwise: int | None) -> int:
    return rate if rate is not None else otherwise or 0


def _rate(price: Any, tokens: int) -> int | None:
    if price is None:
        return None
    value = getattr(price, "base", price)
    for tier in getattr(price, "tiers", ()):
        if tokens >= tier.start:
            value = tier.price
    return _pico(Decimal(value))


def _pico(usd_per_million: Decimal) -> int:
    return int((usd_per_million * _PICO_A_TOKEN_FROM_USD_A_MILLION).to_integral_value())


def _prices(rows: Sequence[tuple[int, ...]], source: str) -> Prices:
    valid_from, from_tokens, given, out, read, write = zip(*rows, strict=True)
    return Prices(valid_from, from_tokens, given, out, read, write, source)


def _unix(date: dt.date) -> int:
    return max(0, int(dt.datetime.combine(date, dt.time(), dt.UTC).timestamp()))
