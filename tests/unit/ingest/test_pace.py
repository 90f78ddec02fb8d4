"""Senders go no faster than the store."""

from watchkeeper.ingest.pace import Pace

MB = 1_000_000


def _storing(pace: Pace, *, bytes_a_second: int, seconds: int = 5) -> float:
    for second in range(seconds + 1):
        pace.stored(bytes_a_second, float(second))
    return float(seconds)


def test_nobody_waits_while_little_is_waiting():
    pace = Pace(free_bytes=48 * MB)
    now = _storing(pace, bytes_a_second=60 * MB)
    assert pace.wait_seconds(MB, 40 * MB, now) == 0


def test_nobody_waits_for_an_engine_that_is_away():
    pace = Pace(free_bytes=48 * MB)
    assert pace.wait_seconds(MB, 900 * MB, 100.0) == 0
    now = _storing(pace, bytes_a_second=60 * MB)
    assert pace.wait_seconds(MB, 900 * MB, now + 30) == 0, "what was stored long ago says nothing of now"


def test_requests_are_let_in_one_after_the_other_at_the_stores_rate():
    pace = Pace(free_bytes=48 * MB)
    now = _storing(pace, bytes_a_second=60 * MB)
    waits = [pace.wait_seconds(MB, 96 * MB, now) for _ in range(31)]
    assert waits == sorted(waits)
    # excess 1.0 of what is free: exactly the rate, so 30 requests of 1 MB take half a second
    assert abs(waits[30] - 0.5) < 0.001


def test_a_large_backlog_slows_down_a_small_one_speeds_up():
    def wait_of_the_second(waiting: int) -> float:
        pace = Pace(free_bytes=48 * MB)
        now = _storing(pace, bytes_a_second=60 * MB)
        pace.wait_seconds(6 * MB, waiting, now)
        return pace.wait_seconds(6 * MB, waiting, now)

    assert wait_of_the_second(60 * MB) < 6 / 60 < wait_of_the_second(140 * MB)


def test_no_request_waits_longer_than_a_second():
    pace = Pace(free_bytes=MB)
    now = _storing(pace, bytes_a_second=1_000)
    assert max(pace.wait_seconds(5 * MB, 50 * MB, now) for _ in range(50)) <= 1.0
