"""Keeping a share of the traces so that counts can be corrected later.

Consistent probability sampling as OpenTelemetry specifies it: a trace is kept
when the 56 random bits of its id reach the threshold, and the threshold travels
in the tracestate (``ot=th:…``), so the server knows each kept span's weight.
"""

from collections.abc import Sequence
from typing import Final

from opentelemetry.context import Context
from opentelemetry.sdk.trace.sampling import Decision, Sampler, SamplingResult
from opentelemetry.trace import Link, SpanKind, TraceState, get_current_span
from opentelemetry.util.types import Attributes

_BITS: Final = 56
_SPACE: Final = 1 << _BITS


def threshold_text(ratio: float) -> str:
    """The ``th`` value of a ratio: hexadecimal without trailing zeros; '0' keeps all."""
    return f"{threshold_of(ratio):014x}".rstrip("0") or "0"


def threshold_of(ratio: float) -> int:
    """Traces whose randomness is below this are dropped."""
    return _SPACE - round(ratio * _SPACE)


class RatioSampler(Sampler):
    """Keeps ``ratio`` of the traces that start here and follows the parent's choice otherwise."""

    def __init__(self, ratio: float) -> None:
        self._ratio = ratio
        self._threshold = threshold_of(ratio)
        self._state = TraceState([("ot", f"th:{threshold_text(ratio)}")]) if ratio > 0 else TraceState()

    def should_sample(
        self,
        parent_context: Context | None,
        trace_id: int,
        name: str,  # noqa: ARG002  the interface's argument
        kind: SpanKind | None = None,  # noqa: ARG002  the interface's argument
        attributes: Attributes = None,
        links: Sequence[Link] | None = None,  # noqa: ARG002  the interface's argument
        trace_state: TraceState | None = None,  # noqa: ARG002  the SDK never passes it
    ) -> SamplingResult:
        """Whole traces are kept or dropped together: children follow their parent."""
        parent = get_current_span(parent_context).get_span_context()
        if parent.is_valid:
            # The SDK builds the span from what is returned here: attributes and
            # tracestate that are not passed on would be lost.
            keep = parent.trace_flags.sampled
            decision = Decision.RECORD_AND_SAMPLE if keep else Decision.DROP
            return SamplingResult(decision, attributes, parent.trace_state)
        if self._ratio > 0 and trace_id & (_SPACE - 1) >= self._threshold:
            return SamplingResult(Decision.RECORD_AND_SAMPLE, attributes, self._state)
        return SamplingResult(Decision.DROP, attributes, self._state)

    def get_description(self) -> str:
        """Shown in diagnostics."""
        return f"watchkeeper ratio {self._ratio}"
