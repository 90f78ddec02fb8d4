"""Prices become whole numbers; what they make of a call is what their list says."""

import datetime as dt
from decimal import ROUND_HALF_UP, Decimal

import pytest

from watchkeeper.store.errors import EngineError
from watchkeeper.store.price_list import _PROVIDERS, find, known, own_prices

NOW = dt.datetime(2026, 11, 21, 12, tzinfo=dt.UTC)


def cost_nano(prices, at, given, out, read=0, write=0):
    """The arithmetic of the view, on one call."""
    rows = zip(prices.valid_from, prices.from_tokens, range(len(prices.input)), strict=True)
    fitting = [row for since, start, row in rows if since <= at.timestamp() and start <= given]
    if not fitting:
        return None
    row = fitting[-1]
    fresh = given - min(given, read + write)
    pico = (
        fresh * prices.input[row]
        + out * prices.output[row]
        + read * prices.cache_read[row]
        + write * prices.cache_write[row]
    )
    return (pico + 500) // 1000


def models():
    from genai_prices.data_snapshot import get_snapshot

    for provider in get_snapshot().providers:
        for model in provider.models:
            yield provider, model


def _entries(given):
    return [getattr(item, "prices", item) for item in (given if isinstance(given, list) else [given])]


def test_every_model_costs_what_its_list_says():
    from genai_prices import Usage, calc_price

    compared, wrong = 0, []
    names = {theirs: ours for ours, theirs in _PROVIDERS.items()}
    for provider, model in models():
        given = model.prices
        if any(getattr(item, "requests_kcount", None) for item in _entries(given)):
            continue  # a price a request, beside that of its tokens, is not in the list
        if isinstance(given, list):
            plain = [getattr(item, "constraint", None) for item in given]
            if any(one is not None and not hasattr(one, "start_date") for one in plain):
                continue  # prices by the hour of the day are left out on purpose
        found = find(names.get(provider.id, provider.id), model.id)
        if found is None:
            continue
        for tokens in ((1000, 100), (300_000, 777), (1, 0)):
            try:
                theirs = calc_price(
                    Usage(input_tokens=tokens[0], output_tokens=tokens[1]),
                    model.id,
                    provider_id=provider.id,
                    genai_request_timestamp=NOW,
                ).total_price
            except (LookupError, ValueError):
                continue
            expected = int((theirs * 10**9).to_integral_value(ROUND_HALF_UP))
            compared += 1
            if abs((cost_nano(found, NOW, *tokens) or 0) - expected) > 1:
                wrong.append((provider.id, model.id, tokens, cost_nano(found, NOW, *tokens), expected))
    assert compared > 500
    assert not wrong, f"{len(wrong)} of {compared}: {wrong[:10]}"


def test_cached_tokens_have_their_own_price():
    found = find("openai", "gpt-4.1")
    # 600 at 2 USD a million, 400 at 0.5, 100 at 8
    assert cost_nano(found, NOW, 1000, 100, read=400) == 2_200_000


def test_what_nobody_knows_has_no_price():
    assert find("openai", "a-model-nobody-made") is None
    assert find("", "") is None


def test_every_known_entry_is_whole():
    entries = list(known())
    assert len(entries) > 300
    for provider, model, prices in entries:
        lengths = {
            len(column)
            for column in (
                prices.valid_from, prices.from_tokens, prices.input, prices.output, prices.cache_read, prices.cache_write,
            )
        }  # fmt: skip
        assert len(lengths) == 1, (provider, model)
        pairs = list(zip(prices.valid_from, prices.from_tokens, strict=True))
        assert pairs == sorted(pairs), (provider, model)
        assert all(rate >= 0 for rate in (*prices.input, *prices.output)), (provider, model)


OWN = {"provider": "openai", "model": "gpt-4.1", "input_usd_per_million": 1, "output_usd_per_million": "0.1"}


def test_own_prices_come_first_and_have_dates():
    later = {**OWN, "input_usd_per_million": Decimal("3.5"), "valid_from": "2026-06-01"}
    found = own_prices([later, OWN])["openai", "gpt-4.1"]
    assert found.source == "configuration"
    assert cost_nano(found, dt.datetime(2026, 5, 31, 23, 59, tzinfo=dt.UTC), 1000, 0) == 1_000_000
    assert cost_nano(found, dt.datetime(2026, 6, 1, tzinfo=dt.UTC), 1000, 0) == 3_500_000


def test_cached_tokens_of_own_prices_cost_what_is_said_or_what_input_costs():
    found = own_prices([OWN])["openai", "gpt-4.1"]
    assert cost_nano(found, NOW, 1000, 0, read=500) == 1_000_000
    found = own_prices([{**OWN, "cache_read_usd_per_million": 0}])["openai", "gpt-4.1"]
    assert cost_nano(found, NOW, 1000, 0, read=500) == 500_000


def test_half_a_nano_is_rounded_up():
    found = own_prices([{**OWN, "input_usd_per_million": "0.0005"}])["openai", "gpt-4.1"]
    assert cost_nano(found, NOW, 1, 0) == 1
    found = own_prices([{**OWN, "input_usd_per_million": "0.000499"}])["openai", "gpt-4.1"]
    assert cost_nano(found, NOW, 1, 0) == 0


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"provider": None}, "provider"),
        ({"input_usd_per_million": "cheap"}, "input_usd_per_million"),
        ({"input_usd_per_million": -1}, "input_usd_per_million"),
        ({"output_usd_per_million": None}, "output_usd_per_million"),
        ({"input_usd_per_million": "NaN"}, "input_usd_per_million"),
        ({"input_usd_per_million": "Infinity"}, "input_usd_per_million"),
        ({"valid_from": "yesterday"}, "valid_from"),
    ],
)
def test_an_own_price_that_is_none_is_named(change, words):
    entry = {key: value for key, value in {**OWN, **change}.items() if value is not None}
    with pytest.raises(EngineError, match=words) as caught:
        own_prices([OWN, entry])
    assert "entry 2" in str(caught.value)
