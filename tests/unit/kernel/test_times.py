from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchkeeper.kernel import times
from watchkeeper.kernel.errors import InvalidInput

NEW_YEAR_2026 = 1_767_225_600_000_000_000


@pytest.mark.parametrize(
    ("time_ns", "text"),
    [
        (0, "1970-01-01T00:00:00Z"),
        (NEW_YEAR_2026, "2026-01-01T00:00:00Z"),
        (NEW_YEAR_2026 + 250_000_000, "2026-01-01T00:00:00.250Z"),
        (NEW_YEAR_2026 + 1, "2026-01-01T00:00:00.000000001Z"),
        (-1_000_000_000, "1969-12-31T23:59:59Z"),
    ],
)
def test_times_are_written_in_utc(time_ns, text):
    assert times.format_ns(time_ns) == text
    assert times.parse_ns(text) == time_ns


@pytest.mark.parametrize(
    ("text", "same_as"),
    [
        ("2026-01-01T01:30:00+01:30", "2026-01-01T00:00:00Z"),
        ("2025-12-31T19:00:00-05:00", "2026-01-01T00:00:00Z"),
        ("2026-01-01t00:00:00z", "2026-01-01T00:00:00Z"),
        ("2026-01-01 00:00:00Z", "2026-01-01T00:00:00Z"),
        ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z"),
        ("2026-01-01T00:00:00.1234567899Z", "2026-01-01T00:00:00.123456789Z"),
    ],
)
def test_other_ways_to_write_a_time(text, same_as):
    assert times.parse_ns(text) == times.parse_ns(same_as)


@pytest.mark.parametrize(
    "text", ["", "yesterday", "2026-01-01", "2026-01-01T00:00:00", "2026-13-01T00:00:00Z", "1767225600"]
)
def test_what_is_no_time_is_refused(text):
    with pytest.raises(InvalidInput, match="is no RFC 3339 time"):
        times.parse_ns(text)


@given(st.integers(min_value=0, max_value=4_102_444_800_000_000_000))
def test_a_written_time_reads_back_exactly(time_ns):
    assert times.parse_ns(times.format_ns(time_ns)) == time_ns


@given(st.datetimes(min_value=datetime(1970, 1, 1), max_value=datetime(2100, 1, 1)))  # noqa: DTZ001
def test_it_agrees_with_the_standard_library(moment):
    aware = moment.replace(tzinfo=UTC, microsecond=0)
    assert times.parse_ns(aware.isoformat()) == int(aware.timestamp()) * 1_000_000_000


def test_a_cost_day_starts_at_midnight_utc():
    assert times.utc_day_start_ns(NEW_YEAR_2026 + 86_399_999_999_999) == NEW_YEAR_2026
    assert times.utc_day_start_ns(NEW_YEAR_2026) == NEW_YEAR_2026
