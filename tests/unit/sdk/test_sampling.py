import random

import pytest
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

import watchkeeper as wk
from watchkeeper.sdk.sampling import threshold_text


@pytest.mark.parametrize(("ratio", "text"), [(1.0, "0"), (0.25, "c"), (0.5, "8"), (0.1, "e6666666666666")])
def test_thresholds_are_written_as_the_specification_does(ratio, text):
    assert threshold_text(ratio) == text


def test_whole_traces_are_kept_with_their_weight():
    random.seed(11)
    exporter = InMemorySpanExporter()
    wk.configure("t", exporter="none", sample=0.25, span_processors=[SimpleSpanProcessor(exporter)])
    for _ in range(400):
        with wk.workflow("w"), wk.task("t"), wk.tool("x"):
            pass
    spans = exporter.get_finished_spans()
    by_trace = {}
    for span in spans:
        by_trace.setdefault(span.context.trace_id, []).append(span)
    assert {len(found) for found in by_trace.values()} == {3}
    assert 60 < len(by_trace) < 140
    assert {span.context.trace_state.get("ot") for span in spans} == {"th:c"}
    assert all(span.attributes["watchkeeper.span.kind"] for span in spans)


def test_a_remote_parents_choice_and_tracestate_are_kept():
    exporter = InMemorySpanExporter()
    wk.configure("t", exporter="none", sample=0.0, span_processors=[SimpleSpanProcessor(exporter)])
    carrier = {
        "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-03",
        "tracestate": "ot=th:8,vendor=abc",
    }
    with wk.extract(carrier), wk.task("t", attributes={"kept": 1}):
        assert wk.inject({})["tracestate"] == "ot=th:8,vendor=abc"
    [span] = exporter.get_finished_spans()
    assert span.attributes["kept"] == 1
    carrier["traceparent"] = carrier["traceparent"][:-2] + "00"
    with wk.extract(carrier), wk.task("dropped"):
        pass
    assert len(exporter.get_finished_spans()) == 1
