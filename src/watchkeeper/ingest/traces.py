"""What is checked of a trace request before it is acknowledged.

The protobuf library's C parser says whether the bytes are an export request; then each span's ids are looked at
(0.3 µs a span). Spans without valid ids can't be stored as part of any trace: they are taken out, counted and
reported as a partial success. Nothing else is looked at here; the engine decodes.

Parsed, an empty message takes 90 times the two bytes that it takes on the wire, and a thousandth of a millisecond
to be looked at. So a large request is parsed a piece at a time (adjacent fields of a message are a message of the
same type), and a request of very many parts is refused, however few bytes they have.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from google.protobuf.message import DecodeError
from google.protobuf.message_factory import GetMessageClass
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTracePartialSuccess,
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span

from watchkeeper.ingest.errors import TooLarge, Undecodable
from watchkeeper.model import otlp_wire
from watchkeeper.model.envelope import varint

_NO_TRACE: Final = bytes(16)
_NO_SPAN: Final = bytes(8)
_PIECE_BYTES: Final = 1024 * 1024
MOST_PARTS: Final = 1_000_000  # resources, scopes and spans, and fields of messages larger than a piece; 1 s
_DEEPEST: Final = 100  # as the C parser has it
_HINT: Final = "check that it is OTLP protobuf, that its text is UTF-8, and that Content-Encoding is right"


@dataclass(frozen=True, slots=True)
class Checked:
    """A request that can be stored.

    Attributes:
        body: its bytes, without the spans that were taken out.
        spans: how many spans it holds.
        rejected: how many were taken out.
        reason: why, in words for the sender; '' when none was.
    """

    body: bytes
    spans: int
    rejected: int = 0
    reason: str = ""

    def answer(self) -> bytes:
        """The body of the successful answer: an ExportTraceServiceResponse."""
        if not self.rejected:
            return b""
        partial = ExportTracePartialSuccess(rejected_spans=self.rejected, error_message=self.reason)
        encoded: bytes = ExportTraceServiceResponse(partial_success=partial).SerializeToString()
        return encoded


def check(body: bytes, *, piece_bytes: int = _PIECE_BYTES, most_parts: int = MOST_PARTS) -> Checked:
    """Look at a request.

    Args:
        body: the bytes of an ExportTraceServiceRequest.
        piece_bytes: most bytes that are parsed at a time.
        most_parts: most resources, scopes and spans that are looked at.

    Raises:
        Undecodable: the bytes are no ExportTraceServiceRequest.
        TooLarge: it is made of more parts.
    """
    look = _Look(piece_bytes, most_parts)
    try:
        kept = look.message(ExportTraceServiceRequest, memoryview(body), 0)
    except (DecodeError, otlp_wire.Broken) as error:
        raise Undecodable(f"the body is no ExportTraceServiceRequest: {error}", hint=_HINT) from error
    if not look.bad:
        return Checked(body, look.spans)
    return Checked(
        body=kept,
        spans=look.spans - look.bad,
        rejected=look.bad,
        reason=f"{look.bad} of {look.spans} spans were rejected: {look.example}",
    )


class _Look:
    """One look at one request: what it counts, and the bytes that stay."""

    def __init__(self, piece_bytes: int, most_parts: int) -> None:
        self._piece_bytes = piece_bytes
        self._most_parts = most_parts
        self._parts = 0
        self.spans = 0
        self.bad = 0
        self.example = ""

    def message(self, kind: Any, body: memoryview, depth: int) -> bytes:
        """Parse a message, in pieces if need be; its bytes without bad spans."""
        if len(body) <= self._piece_bytes:
            return self._piece(kind, bytes(body))
        if depth > _DEEPEST:
            raise DecodeError("it is nested too deep")
        parts: list[bytes] = []
        run = at = 0
        while at < len(body):
            number, wire, payload, end = self._field(body, at)
            if end - run > self._piece_bytes:
                if at > run:
                    parts.append(self._piece(kind, bytes(body[run:at])))
                    run = at
                inner = kind.DESCRIPTOR.fields_by_number.get(number) if wire == 2 else None
                if end - payload > self._piece_bytes and inner is not None and inner.message_type is not None:
                    parts.append(
                        self._inner(GetMessageClass(inner.message_type), number, body[payload:end], depth)
                    )
                    run = end
            at = end
        parts.append(self._piece(kind, bytes(body[run:])))
        return b"".join(parts)

    def _inner(self, kind: Any, number: int, body: memoryview, depth: int) -> bytes:
        if kind is Span:
            self.spans += 1
            if fault := _fault(*self._ids(body)):
                self._reject(fault, "")
                return b""
        kept = self.message(kind, body, depth + 1)
        return varint(number << 3 | 2) + varint(len(kept)) + kept

    def _piece(self, kind: Any, body: bytes) -> bytes:
        parsed = kind.FromString(body)
        bad = self.bad
        # Counted before they are looped over: the loop makes an object of each.
        if kind is ExportTraceServiceRequest:
            self._count(len(parsed.resource_spans))
            for resource in parsed.resource_spans:
                self._scopes(resource)
        elif kind is ResourceSpans:
            self._scopes(parsed)
        elif kind is ScopeSpans:
            self._scope(parsed)
        if bad == self.bad:
            return body
        encoded: bytes = parsed.SerializeToString()
        return encoded

    def _scopes(self, resource: Any) -> None:
        self._count(len(resource.scope_spans))
        for scope in resource.scope_spans:
            self._scope(scope)

    def _scope(self, scope: Any) -> None:
        before = self.bad
        spans = scope.spans
        self._count(len(spans))
        self.spans += len(spans)
        for span in spans:
            trace_id, span_id = span.trace_id, span.span_id
            if len(trace_id) != 16 or len(span_id) != 8 or trace_id == _NO_TRACE or span_id == _NO_SPAN:
                self._reject(_fault(trace_id, span_id), span.name)
        if self.bad != before:
            kept = [span for span in spans if not _fault(span.trace_id, span.span_id)]
            copies = [type(span).FromString(span.SerializeToString()) for span in kept]
            del spans[:]
            spans.extend(copies)

    def _ids(self, span: memoryview) -> tuple[bytes, bytes]:
        """Trace and span id of a span too large to be parsed whole: the last ones count."""
        ids = {1: b"", 2: b""}
        at = 0
        while at < len(span):
            number, wire, payload, at = self._field(span, at)
            if wire == 2 and number in ids:
                ids[number] = bytes(span[payload : min(at, payload + 17)])
        return ids[1], ids[2]

    def _field(self, body: memoryview, at: int) -> tuple[int, int, int, int]:
        self._count(1)
        return otlp_wire.field(body, at)

    def _count(self, parts: int) -> None:
        self._parts += parts
        if self._parts > self._most_parts:
            raise TooLarge(f"the body has over {self._most_parts} parts", hint="send smaller batches")

    def _reject(self, fault: str, name: str) -> None:
        self.bad += 1
        self.example = self.example or f"{fault} in span {name[:80]!r}"


def _fault(trace_id: bytes, span_id: bytes) -> str:
    if len(trace_id) != 16:
        return f"trace_id has {len(trace_id)} bytes instead of 16"
    if len(span_id) != 8:
        return f"span_id has {len(span_id)} bytes instead of 8"
    if trace_id == _NO_TRACE:
        return "trace_id is all zeros"
    if span_id == _NO_SPAN:
        return "span_id is all zeros"
    return ""
