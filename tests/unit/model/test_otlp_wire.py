"""Spans are counted on the wire as the parser counts them."""

import resource

import pytest
from google.protobuf.message import DecodeError
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from watchkeeper.model.envelope import varint
from watchkeeper.model.otlp_wire import Broken, spans_of
from watchkeeper.store.otlp_traces import TracesLanding


def counted(body):
    made = ExportTraceServiceRequest.FromString(body)
    return sum(len(scope.spans) for resource in made.resource_spans for scope in resource.scope_spans)


@given(st.lists(st.lists(st.integers(0, 4), max_size=4), max_size=4))
def test_spans_of_all_scopes_are_counted(shape):
    made = ExportTraceServiceRequest()
    for scopes in shape:
        resource = made.resource_spans.add()
        resource.resource.attributes.add(key="k").value.double_value = 0.5
        for spans in scopes:
            scope = resource.scope_spans.add()
            scope.scope.name = "scope"
            for _ in range(spans):
                scope.spans.add(name="span", start_time_unix_nano=5, flags=7)
    body = made.SerializeToString()
    assert spans_of(memoryview(body)) == counted(body) == sum(map(sum, shape))


@pytest.mark.parametrize(
    "odd",
    [b"\x1b\x08\x05\x1c", b"\x1b\x23\x24\x1c", b"\x0b\x0c", b"\x08\x01", b"\xa2\x1f\x03new"],
    ids=[
        "group",
        "group in a group",
        "group in place of a message",
        "number in place of a message",
        "unknown",
    ],
)
def test_what_the_parser_skips_is_skipped(odd):
    span = b"\x12\x00"
    scope = b"\x12" + varint(len(span)) + span
    body = odd + b"\x0a" + varint(len(scope)) + scope + odd
    assert spans_of(memoryview(body)) == counted(body) == 1


@given(st.binary(max_size=60))
def test_any_bytes_are_counted_or_broken(garbage):
    try:
        expected = counted(garbage)
    except DecodeError:
        expected = None
    try:
        found = spans_of(memoryview(garbage))
    except Broken:
        assert expected is None
    else:
        assert expected in {None, found}, "text is not looked at"


def test_counting_builds_nothing():
    span = b"\x12\x00" * 300_000
    scope = b"\x12" + varint(len(span)) + span
    body = b"\x0a" + varint(len(scope)) + scope
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert spans_of(memoryview(body)) == 300_000
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 10_000, "kB"


def test_a_replay_counts_a_request_without_parsing_it():
    span = b"\x12\x00" * 1_000_000
    scope = b"\x12" + varint(len(span)) + span
    body = b"\x0a" + varint(len(scope)) + scope
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert TracesLanding("db").rows_of(memoryview(body)) == 1_000_000
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 20_000, "kB"
