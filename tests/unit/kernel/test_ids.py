from uuid import UUID, uuid4

import pytest

from watchkeeper.kernel.clock import FakeClock, SystemClock
from watchkeeper.kernel.ids import uuid7, uuid7_time_ns


def test_it_is_a_uuid_of_version_7():
    made = UUID(uuid7(SystemClock()))
    assert made.version == 7
    assert made.variant == "specified in RFC 4122"


def test_the_example_of_the_standard():
    # RFC 9562, appendix A.6: rand_a is the fraction of the millisecond here, so it is set to nothing.
    clock = FakeClock(0x017F22E279B0 * 1_000_000)
    assert uuid7(clock, lambda bits: 0x18C4DC0C0C07398F) == "017f22e2-79b0-7000-98c4-dc0c0c07398f"


def test_ids_sort_by_time_also_within_a_millisecond():
    clock = FakeClock()
    made = []
    for _ in range(2_000):
        made.append(uuid7(clock))
        clock.advance(0.000_001)
    assert made == sorted(made)
    assert len(set(made)) == len(made)


def test_the_time_can_be_read_back():
    clock = FakeClock(1_700_000_000_123_456_789)
    assert uuid7_time_ns(uuid7(clock)) == 1_700_000_000_123_000_000
    with pytest.raises(ValueError, match="not 7"):
        uuid7_time_ns(str(uuid4()))
