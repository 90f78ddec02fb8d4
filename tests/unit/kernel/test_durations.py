import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchkeeper.kernel import durations
from watchkeeper.kernel.errors import InvalidInput


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0),
        ("30s", 30),
        ("5m", 300),
        ("1h30m", 5400),
        ("250ms", 0.25),
        ("1.5s", 1.5),
        ("1d", 86_400),
        ("2w", 1_209_600),
        ("1y", 31_536_000),
        (" 10s ", 10),
    ],
)
def test_durations_people_write(text, seconds):
    assert durations.parse_seconds(text) == seconds


@pytest.mark.parametrize(
    ("text", "stopped"),
    [
        ("", "is empty"),
        ("5", "stopped at '5'"),
        ("5 m", "stopped at '5 m'"),
        ("5x", "stopped at '5x'"),
        ("1h5", "stopped at '5'"),
        ("-5m", "stopped at '-5m'"),
        ("30m1h", "'1h' comes after a unit that is not larger"),
        ("1m1m", "'1m' comes after a unit that is not larger"),
    ],
)
def test_what_is_no_duration_says_where_it_stops_being_one(text, stopped):
    with pytest.raises(InvalidInput) as caught:
        durations.parse_ns(text)
    assert stopped in caught.value.message
    assert caught.value.code == "invalid_duration"


@given(st.integers(min_value=0, max_value=10**18))
def test_a_formatted_duration_reads_back_exactly(duration_ns):
    text = durations.format_ns(duration_ns)
    assert durations.parse_ns(text) == duration_ns


def test_whole_nanoseconds_beyond_what_a_float_holds_are_exact():
    assert durations.parse_ns(durations.format_ns(2**53 + 1)) == 2**53 + 1


def test_a_negative_duration_is_shown_with_its_sign():
    assert durations.format_ns(-90_000_000_000) == "-1m30s"
