"""What is checked of a trace request before it is acknowledged.

The protobuf library's C parser says whether the bytes are an export request; then each span's ids are looked at
(0.3 µs a span). Spans without valid ids can't be stored as part of any trace: they are taken out, counted and
reported as a partial success. Nothing else is looked at here; the engine decodes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTracePartialSuccess,
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

from watchkeeper.ingest.errors import Undecodable

_NO_TRACE: Final = bytes(16)
_NO_SPAN: Final = bytes(8)


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


def check(body: bytes) -> Checked:
    """Look at a request.

    Raises:
        Undecodable: the bytes are no ExportTraceServiceRequest.
    """
    try:
        request = ExportTraceServiceRequest.FromString(body)
    except DecodeError as error:
        raise Undecodable(
            f"the body is no ExportTraceServiceRequest: {error}",
            hint="check that it is OTLP protobuf, that its text is UTF-8, and that Content-Encoding is right",
        ) from error
    count = 0
    bad = 0
    for resource in request.resource_spans:
        for scope in resource.scope_spans:
            spans = scope.spans
            count += len(spans)
            for span in spans:
                trace_id, span_id = span.trace_id, span.span_id
                if len(trace_id) != 16 or len(span_id) != 8 or trace_id == _NO_TRACE or span_id == _NO_SPAN:
                    bad += 1
    if not bad:
        return Checked(body, count)
    return _without_bad(request, count, bad)


def _without_bad(request: ExportTraceServiceRequest, count: int, bad: int) -> Checked:
    example = ""
    for resource in request.resource_spans:
        for scope in resource.scope_spans:
            kept = []
            for span in scope.spans:
                fault = _fault(span.trace_id, span.span_id)
                if fault:
                    example = example or f"{fault} in span {span.name[:80]!r}"
                else:
                    kept.append(span)
            if len(kept) != len(scope.spans):
                spans = [type(span).FromString(span.SerializeToString()) for span in kept]
                del scope.spans[:]
                scope.spans.extend(spans)
    return Checked(
        body=request.SerializeToString(),
        spans=count - bad,
        rejected=bad,
        reason=f"{bad} of {count} spans were rejected: {example}",
    )


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
