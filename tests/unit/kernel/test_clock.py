import time

import pytest

from watchkeeper.kernel.clock import FakeClock, SystemClock


def test_the_system_clock_tells_the_systems_time():
    before = time.time_ns()
    now = SystemClock().now_ns()
    assert before <= now <= time.time_ns()
    assert SystemClock().monotonic() <= SystemClock().monotonic()


def test_a_fake_clock_stands_still_until_it_is_moved():
    clock = FakeClock(5_000_000_000)
    assert clock.now_ns() == clock.now_ns() == 5_000_000_000
    clock.advance(1.5)
    assert clock.now_ns() == 6_500_000_000
    assert clock.monotonic() == 1.5


def test_setting_the_calendar_leaves_monotonic_time_alone():
    clock = FakeClock()
    clock.advance(2)
    clock.set(7)
    assert (clock.now_ns(), clock.monotonic()) == (7, 2.0)


def test_a_fake_clock_is_not_advanced_backwards():
    with pytest.raises(ValueError, match="must not be negative"):
        FakeClock().advance(-1)
