"""Answers kept for a moment, and cursors."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchkeeper.store.reads import cursors
from watchkeeper.store.reads.cursors import UnknownCursor
from watchkeeper.store.reads.kept import Kept


class Source:
    """Gives 1, 2, 3, …; takes some time for each; can be told to fail."""

    def __init__(self, clock, seconds=0.0):
        self.clock = clock
        self.seconds = seconds
        self.fetched = 0
        self.failing = False

    async def __call__(self):
        await asyncio.sleep(0)
        self.clock.advance(self.seconds)
        if self.failing:
            raise ConnectionError("gone")
        self.fetched += 1
        return self.fetched


async def settle():
    for _ in range(5):
        await asyncio.sleep(0)


async def test_a_fresh_answer_is_given_out_again(clock):
    kept, source = Kept(clock, fresh_seconds=1), Source(clock)
    assert await kept.get("k", source) == 1
    clock.advance(0.9)
    assert await kept.get("k", source) == 1
    clock.advance(0.2)
    assert await kept.get("k", source) == 2


async def test_those_who_ask_together_wait_for_one_query(clock):
    kept, source = Kept(clock, fresh_seconds=1), Source(clock)
    assert await asyncio.gather(*(kept.get("k", source) for _ in range(10))) == [1] * 10
    assert source.fetched == 1


async def test_keys_are_kept_apart_and_their_number_is_bounded(clock):
    kept, source = Kept(clock, fresh_seconds=100, most=2), Source(clock)
    assert [await kept.get(key, source) for key in "abc"] == [1, 2, 3]
    assert await kept.get("c", source) == 3
    assert await kept.get("a", source) == 4


async def test_a_stale_answer_is_given_out_while_a_new_one_is_fetched(clock):
    kept, source = Kept(clock, fresh_seconds=1, stale_seconds=10), Source(clock)
    assert await kept.get("k", source) == 1
    clock.advance(5)
    assert await kept.get("k", source) == 1
    await settle()
    assert await kept.get("k", source) == 2
    clock.advance(11)
    assert await kept.get("k", source) == 3


async def test_what_takes_long_is_asked_for_less_often(clock):
    kept, source = Kept(clock, fresh_seconds=1), Source(clock, seconds=1.0)
    assert await kept.get("k", source) == 1
    for _ in range(40):
        clock.advance(0.5)
        await kept.get("k", source)
        await settle()
    # 20 seconds and what the fetches took: at most one part in five of the time.
    assert 2 <= source.fetched <= 6


async def test_nothing_is_given_out_that_is_older_than_half_a_minute(clock):
    kept, source = Kept(clock, fresh_seconds=1), Source(clock, seconds=60.0)
    assert await kept.get("k", source) == 1
    clock.advance(31)
    assert await kept.get("k", source) == 2


async def test_a_failure_reaches_all_who_wait_and_is_not_kept(clock):
    kept, source = Kept(clock, fresh_seconds=1), Source(clock)
    source.failing = True
    outcomes = await asyncio.gather(*(kept.get("k", source) for _ in range(3)), return_exceptions=True)
    assert [type(one) for one in outcomes] == [ConnectionError] * 3
    source.failing = False
    assert await kept.get("k", source) == 1


async def test_a_caller_who_goes_away_does_not_stop_the_others(clock):
    kept, source = Kept(clock, fresh_seconds=1), Source(clock)
    impatient = asyncio.create_task(kept.get("k", source))
    patient = asyncio.create_task(kept.get("k", source))
    await asyncio.sleep(0)
    impatient.cancel()
    assert await patient == 1


async def test_an_answer_that_is_no_longer_valid_is_fetched_anew(clock):
    kept, source = Kept(clock, fresh_seconds=100), Source(clock)
    assert await kept.get("k", source) == 1
    assert await kept.get("k", source, lambda value: value > 1) == 2


async def test_closing_stops_what_is_being_fetched(clock):
    kept = Kept(clock, fresh_seconds=1)
    waiting = asyncio.create_task(kept.get("k", lambda: asyncio.sleep(60)))
    await asyncio.sleep(0)
    await kept.close()
    with pytest.raises(asyncio.CancelledError):
        await waiting


@given(st.integers(min_value=0, max_value=2**63 - 1), st.text("0123456789abcdef", max_size=32))
def test_a_cursor_brings_back_what_was_put_in(time_ns, key):
    assert cursors.decode("traces", cursors.encode("traces", time_ns, key)) == (time_ns, key)


@given(st.text(max_size=400))
def test_any_other_text_is_no_cursor(text):
    with pytest.raises(UnknownCursor):
        cursors.decode("traces", text)


@pytest.mark.parametrize("number", [-1, 2**63, 10**100])
def test_a_cursor_holds_a_number_that_the_stores_take(number):
    with pytest.raises(UnknownCursor):
        cursors.decode("traces", cursors.encode("traces", number, "a"))


def test_a_cursor_belongs_to_its_list():
    with pytest.raises(UnknownCursor):
        cursors.decode("spans", cursors.encode("traces", 1, "a"))
