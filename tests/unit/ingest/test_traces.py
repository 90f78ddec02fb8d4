"""What is looked at before a request is acknowledged."""

import time

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

from watchkeeper.ingest.errors import TooLarge, Undecodable
from watchkeeper.ingest.traces import check

GOOD = (bytes(range(16)), bytes(range(8)))


def request(*groups):
    """One resource a group, one scope each; a span is (trace id, span id)."""
    made = ExportTraceServiceRequest()
    for number, group in enumerate(groups):
        scope = made.resource_spans.add().scope_spans.add()
        scope.scope.name = f"scope {number}"
        for at, (trace_id, span_id) in enumerate(group):
            scope.spans.add(trace_id=trace_id, span_id=span_id, name=f"{number}.{at}")
    return made


def names(body):
    return [
        span.name
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    ]


def test_a_good_request_is_taken_as_it_is():
    body = request([GOOD, GOOD], [GOOD]).SerializeToString()
    checked = check(body)
    assert (checked.body, checked.spans, checked.rejected, checked.answer()) == (body, 3, 0, b"")


def test_an_empty_request_is_one():
    assert (check(b"").spans, check(b"").answer()) == (0, b"")


@pytest.mark.parametrize(
    ("trace_id", "span_id", "words"),
    [
        (b"", GOOD[1], "trace_id has 0 bytes"),
        (b"x" * 15, GOOD[1], "trace_id has 15 bytes"),
        (b"x" * 17, GOOD[1], "trace_id has 17 bytes"),
        (GOOD[0], b"x" * 7, "span_id has 7 bytes"),
        (GOOD[0], b"x" * 16, "span_id has 16 bytes"),
        (bytes(16), GOOD[1], "trace_id is all zeros"),
        (GOOD[0], bytes(8), "span_id is all zeros"),
    ],
)
def test_spans_without_ids_are_taken_out_and_counted(trace_id, span_id, words):
    bad = (trace_id, span_id)
    checked = check(request([GOOD, bad, GOOD], [bad], [GOOD]).SerializeToString())
    assert (checked.spans, checked.rejected) == (3, 2)
    assert names(checked.body) == ["0.0", "0.2", "2.0"]
    partial = ExportTraceServiceResponse.FromString(checked.answer()).partial_success
    assert partial.rejected_spans == 2
    assert words in partial.error_message


def test_fields_that_this_program_does_not_know_survive_a_neighbour_that_is_taken_out():
    made = request([GOOD, (b"", b"")])
    span = made.resource_spans[0].scope_spans[0].spans[0]
    # Field 500, a string: what a later version of OTLP may send.
    span.MergeFromString(b"\xa2\x1f\x03new")
    kept = ExportTraceServiceRequest.FromString(check(made.SerializeToString()).body)
    assert b"\xa2\x1f\x03new" in kept.resource_spans[0].scope_spans[0].spans[0].SerializeToString()


@pytest.mark.parametrize(
    "body",
    [
        b"hello",
        b'{"resourceSpans": []}',
        request([GOOD]).SerializeToString()[:-1],
        b"\x0a\xff\xff\xff\xff\x0f",
        request([GOOD]).SerializeToString().replace(b"0.0", b"\xff.0"),
    ],
    ids=["text", "json", "truncated", "length beyond the end", "name is no UTF-8"],
)
def test_what_is_no_request_is_refused(body):
    with pytest.raises(Undecodable, match="ExportTraceServiceRequest"):
        check(body)


def test_every_truncation_is_refused_or_leaves_whole_spans():
    body = request([GOOD, GOOD], [GOOD]).SerializeToString()
    for cut in range(len(body)):
        try:
            checked = check(body[:cut])
        except Undecodable:
            continue
        assert checked.spans in {0, 2}, cut


# -- large requests, a piece at a time --------------------------------------------------------------------------


@pytest.mark.parametrize("piece", [1, 7, 40, 100, 1000])
def test_pieces_tell_the_same_as_the_whole(piece):
    made = request([GOOD, GOOD, (b"", b"")], [GOOD], [(GOOD[0], bytes(8)), GOOD])
    made.resource_spans[0].resource.attributes.add(key="k" * 50).value.string_value = "v" * 300
    made.resource_spans[2].scope_spans[0].spans[1].attributes.add(key="x").value.double_value = 0.5
    body = made.SerializeToString()
    whole, pieces = check(body), check(body, piece_bytes=piece)
    parsed = ExportTraceServiceRequest.FromString
    assert parsed(pieces.body) == parsed(whole.body)
    assert (pieces.spans, pieces.rejected) == (whole.spans, whole.rejected) == (4, 2)
    for cut in range(len(body)):
        try:
            expected = check(body[:cut]).spans
        except Undecodable:
            with pytest.raises(Undecodable):
                check(body[:cut], piece_bytes=piece)
        else:
            assert check(body[:cut], piece_bytes=piece).spans == expected


def nested(content, *numbers):
    from watchkeeper.model.envelope import varint

    for number in numbers:
        content = varint(number << 3 | 2) + varint(len(content)) + content
    return content


@pytest.mark.parametrize(
    "body",
    [
        nested(nested(b"", 2) * 4_000_000, 2, 1),
        nested(nested(b"", 9) * 4_000_000, 2, 2, 1),
        nested(nested(b"", 1) * 4_000_000, 1, 1),
        nested(
            nested(GOOD[0], 1) + nested(GOOD[1], 2) + nested(nested(b"", 1) * 4_000_000, 5, 2, 9), 2, 2, 1
        ),
    ],
    ids=["spans", "attributes", "resource attributes", "array items"],
)
def test_millions_of_empty_messages_are_refused_without_being_parsed(body):
    import resource

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises((TooLarge, Undecodable)):
        check(body)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200_000, "kB"


@pytest.mark.parametrize("piece", [1024, 2**30])
def test_resources_scopes_and_spans_are_counted_together(piece):
    body = request([GOOD] * 10, *[[GOOD]] * 10).SerializeToString()
    assert check(body, piece_bytes=piece, most_parts=42).spans == 20
    for most in (41, 30, 5):
        with pytest.raises(TooLarge, match=f"over {most} parts"):
            check(body, piece_bytes=2**30, most_parts=most)


def test_empty_scopes_in_small_pieces_are_refused_soon():
    body = nested(nested(b"", 2) * 500_000, 1) * 20
    started = time.process_time()
    with pytest.raises(TooLarge, match="parts"):
        check(body)
    assert time.process_time() - started < 5, "seconds; without a limit it is ten times as many"
