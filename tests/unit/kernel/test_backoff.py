import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchkeeper.kernel.backoff import Backoff


def test_waits_double_up_to_the_longest():
    backoff = Backoff(first_seconds=1, longest_seconds=10, jitter=0)
    assert [backoff.seconds(attempt) for attempt in range(6)] == [1, 2, 4, 8, 10, 10]


@given(st.integers(min_value=0, max_value=10**9), st.floats(min_value=0, max_value=0.999))
def test_a_wait_is_never_longer_than_the_longest(attempt, rand):
    assert 0 <= Backoff().seconds(attempt, lambda: rand) <= 30


def test_full_jitter_takes_a_random_share_of_the_wait():
    backoff = Backoff(first_seconds=4, longest_seconds=100)
    assert backoff.seconds(1, lambda: 0.25) == 2.0


@pytest.mark.parametrize(
    "wrong", [{"first_seconds": 0}, {"longest_seconds": 0.01}, {"factor": 0.5}, {"jitter": 2}]
)
def test_values_that_would_never_wait_are_refused(wrong):
    with pytest.raises(ValueError, match="must be"):
        Backoff(**wrong)
