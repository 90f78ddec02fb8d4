"""The task that prices calls afterwards: no model's name, and no error, keeps other models from their price."""

import asyncio

import pytest

from watchkeeper.store import pricing
from watchkeeper.store.client import Rows
from watchkeeper.store.errors import EngineError, EngineUnavailable
from watchkeeper.store.price_list import own_prices, source
from watchkeeper.store.pricing import Pricer, fill_sql, unpriced_sql

PRICES = own_prices(
    [{"provider": "p", "model": "m", "input_usd_per_million": 1, "output_usd_per_million": 1}]
)["p", "m"]


class Engine:
    """Answers with what a test sets, and keeps the statements."""

    def __init__(self):
        self.answers = []
        self.asked = []
        self.done = []
        self.put = []
        self.filled = asyncio.Event()
        self.refuses = lambda _sql: None

    async def select(self, sql, params=None, **_):
        self.asked.append(sql)
        answer = self.answers.pop(0) if self.answers else []
        if isinstance(answer, Exception):
            raise answer
        return Rows((), answer)

    async def execute(self, sql, **_):
        self.done.append(sql)
        if "UPDATE" in sql:
            self.filled.set()
        if (error := self.refuses(sql)) is not None:
            raise error
        return b""

    async def insert(self, _table, _columns, rows, **_):
        self.put += rows


@pytest.fixture
def engine():
    return Engine()


@pytest.fixture
def looked_up(monkeypatch):
    asked = []

    async def lookup(pairs):
        asked.append(pairs)
        wanted = [("openai", "listed"), ("p", "own")] if pairs is None else pairs
        return [(*pair, PRICES) for pair in wanted if not pair[1].startswith("unknown")]

    monkeypatch.setattr(pricing, "lookup", lookup)
    return asked


@pytest.fixture
def pricer(engine, clock, looked_up):
    own = {"provider": "p", "model": "own", "input_usd_per_million": 1, "output_usd_per_million": 1}
    return Pricer(engine, clock, prices=[own])


def test_no_name_breaks_a_statement():
    sql = fill_sql([("o'p", "a\0b\nc\\")]) + unpriced_sql("1", [("o'p", "a\0b\nc\\")])
    assert not set("\0\n") & set(sql)
    assert sql.count(r"('o\'p', 'a\0b\nc\\')") == 2


async def test_a_model_that_can_not_be_priced_keeps_no_other_from_it(engine, pricer):
    engine.answers = [[["p", "good"], ["p", "bad"], ["p", "fine"]]] * 2
    engine.refuses = lambda sql: EngineError("no", engine_code=62) if "'bad'" in sql else None
    assert await pricer.price_unpriced() == 2
    engine.done.clear()
    await pricer.price_unpriced()
    assert not any("'bad'" in sql for sql in engine.done)


async def test_an_engine_that_is_away_makes_no_misses(engine, pricer):
    engine.answers = [[["p", "good"]]] * 2
    engine.refuses = lambda sql: EngineUnavailable("gone") if "UPDATE" in sql else None
    with pytest.raises(EngineUnavailable):
        await pricer.price_unpriced()
    engine.refuses = lambda _: None
    assert await pricer.price_unpriced() == 1


async def test_unknown_models_are_asked_for_once_and_left_out(engine, pricer, looked_up, monkeypatch):
    monkeypatch.setattr(pricing, "_REMEMBERED_MISSES", 3)
    engine.answers = [[["p", "unknown 1"], ["p", "unknown 2"]], [["p", "unknown 1"]], [["p", "unknown 3"]]]
    assert await pricer.price_unpriced() == 0
    assert await pricer.price_unpriced() == 0
    assert "('p', 'unknown 1')" in engine.asked[1]
    assert len(looked_up) == 1
    await pricer.price_unpriced()
    engine.answers = [[["p", "unknown 4"]]]
    await pricer.price_unpriced()
    # The one that was met longest ago is forgotten.
    assert set(pricer._misses) == {("p", "unknown 1"), ("p", "unknown 3"), ("p", "unknown 4")}


@pytest.mark.parametrize(
    ("stored", "loads", "dropped"),
    [
        ([], True, []),
        ([[source(), []]], False, []),
        ([["genai-prices 0.0.1", []]], True, ["source NOT IN"]),
        ([[source(), []], ["configuration", [["p", "own"], ["p", "gone"]]]], False, ["('p', 'gone')"]),
    ],
)
async def test_the_list_is_that_of_the_installed_version_and_of_the_configuration(
    engine, pricer, looked_up, stored, loads, dropped
):
    engine.answers = [stored]
    await pricer.load()
    assert (looked_up == [None]) is loads
    put = {(row["Model"], row["source"]) for row in engine.put}
    assert ("own", "configuration") in put
    assert len([row for row in engine.put if row["Model"] == "own"]) == 1
    deletes = [sql for sql in engine.done if "DELETE" in sql]
    assert len(deletes) == len(dropped)
    assert all(words in deletes[0] and "'own'" not in deletes[0] for words in dropped)


@pytest.mark.parametrize("error", [TimeoutError(), OSError("no process"), ValueError("anything")])
async def test_no_error_ends_the_task(engine, pricer, monkeypatch, error):
    monkeypatch.setattr(pricing, "_EVERY_SECONDS", 0)
    monkeypatch.setattr(pricing, "_PAUSE_SECONDS", 0)
    engine.answers = [error, [], [["p", "own"]]]
    pricer.start()
    async with asyncio.timeout(5):
        await engine.filled.wait()
    await pricer.stop()
