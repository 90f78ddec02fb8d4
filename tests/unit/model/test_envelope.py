"""A record is read back as it was written, or not at all."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from watchkeeper.model import envelope

PROJECTS = st.text(max_size=60).filter(lambda name: len(name.encode()) <= envelope.MAX_PROJECT_BYTES)
UINT64 = st.integers(0, 2**64 - 1)
REQUESTS = st.lists(st.tuples(st.binary(max_size=400), UINT64, PROJECTS, UINT64), min_size=1, max_size=5)


def written(requests):
    """A segment, and the offset behind each of its records."""
    segment, ends = b"", []
    for body, request_id, project, received in requests:
        head, same = envelope.encode(
            body, request_id=request_id, project=project, received_unix_nano=received
        )
        segment += head + bytes(same)
        ends.append(len(segment))
    return segment, ends


def read(segment):
    return [
        (bytes(record.request), record.request_id, record.project, record.received_unix_nano)
        for record in envelope.read(memoryview(segment))
    ]


@given(REQUESTS)
def test_what_is_written_is_read(requests):
    segment, ends = written(requests)
    records = list(envelope.read(memoryview(segment)))
    assert read(segment) == requests
    assert [record.end for record in records] == ends
    assert [record.start for record in records] == [0, *ends[:-1]]


def test_a_tail_torn_at_any_byte_ends_the_reading_before_it():
    requests = [(b"x" * 130, 1, "default", 5), (b"", 2, "ü", 6), (b"yy", 2**64 - 1, "", 2**64 - 1)]
    segment, ends = written(requests)
    for cut in range(len(segment)):
        whole = sum(end <= cut for end in ends)
        assert read(segment[:cut]) == requests[:whole], cut


def test_a_tail_of_zeros_as_after_a_power_cut_is_no_record():
    segment, ends = written([(b"first", 1, "p", 1), (b"second" * 9, 2, "p", 2)])
    for cut in range(ends[0], ends[1]):
        assert len(read(segment[:cut] + bytes(len(segment) - cut))) == 1, cut
        assert len(read(segment[:cut] + bytes(4096))) == 1, cut


def test_what_was_being_written_is_told_from_damage():
    segment, ends = written(
        [(b"first" * 40, 1, "p", 1), (b"second" * 40, 2, "p", 2), (b"third" * 40, 3, "p", 3)]
    )
    for cut in range(ends[0] + 1, ends[1]):
        assert envelope.is_torn(memoryview(segment[:cut]), ends[0]), cut
        assert envelope.is_torn(memoryview(segment[:cut] + bytes(5000)), ends[0]), cut
    assert envelope.is_torn(memoryview(segment[: ends[0]] + bytes(9)), ends[0])
    for at in range(ends[0], ends[1]):
        damaged = bytearray(segment)
        damaged[at] ^= 0x80
        assert not envelope.is_torn(memoryview(bytes(damaged)), ends[0]), at


def test_a_torn_body_of_a_million_heads_is_looked_at_soon():
    head, _ = envelope.encode(b"", request_id=1, project="", received_unix_nano=1)
    segment, _ = written([(head[:-2] * 300_000, 1, "p", 1)])
    envelope.is_torn(memoryview(segment[:-1]), 0)


@given(REQUESTS, st.data())
@settings(max_examples=300)
def test_a_flipped_bit_of_a_body_is_noticed(requests, data):
    segment, _ = written(requests)
    records = list(envelope.read(memoryview(segment)))
    at = data.draw(st.integers(0, len(records) - 1))
    body = len(requests[at][0])
    if not body:
        return
    place = records[at].end - 1 - data.draw(st.integers(0, body - 1))
    flipped = bytearray(segment)
    flipped[place] ^= 1 << data.draw(st.integers(0, 7))
    assert read(bytes(flipped)) == requests[:at]


@given(REQUESTS, st.data())
@settings(max_examples=300)
def test_no_flipped_bit_anywhere_makes_reading_fail_or_invents_a_body(requests, data):
    segment, _ = written(requests)
    flipped = bytearray(segment)
    flipped[data.draw(st.integers(0, len(segment) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    bodies = [body for body, *_ in requests]
    assert all(body in bodies for body, *_ in read(bytes(flipped)))


@given(st.binary(max_size=300))
def test_any_bytes_can_be_looked_at(garbage):
    for record in envelope.read(memoryview(garbage)):
        assert record.end <= len(garbage)


def test_a_request_has_one_name_in_one_project():
    assert envelope.digest("a", b"body") == envelope.digest("a", memoryview(b"body"))
    assert envelope.digest("a", b"body") != envelope.digest("b", b"body")
    assert envelope.digest("a", b"body") != envelope.digest("a", b"bodz")


def test_a_project_name_that_is_too_long_is_refused():
    with pytest.raises(ValueError, match="121"):
        envelope.encode(b"", request_id=1, project="p" * 121, received_unix_nano=1)


@given(st.integers(0, 2**34))
def test_varints_are_protobufs(number):
    from google.protobuf.internal.encoder import _VarintBytes

    assert envelope.varint(number) == _VarintBytes(number)
