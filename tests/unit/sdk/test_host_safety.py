"""Whatever happens in the SDK, the host's program runs on: one clear line, and counters."""

import logging
import socket
import subprocess
import sys
import textwrap
import time
from collections import Counter

import pytest
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

import watchkeeper as wk
from watchkeeper.sdk import guard
from watchkeeper.sdk.runtime import state


def run(code, *arguments, **environment):
    """A program in a process of its own, as a host would be."""
    import os

    clean = {key: value for key, value in os.environ.items() if not key.startswith(("OTEL_", "WATCHKEEPER_"))}
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code), *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        env={**clean, **environment},
    )


PROGRAM = """
import logging, sys
logging.basicConfig(level=logging.WARNING, format="%(name)s %(message)s")
import watchkeeper as wk
wk.configure("host", endpoint=sys.argv[1])
for n in range(3):
    with wk.task("t"):
        pass
    wk.force_flush()
print("done")
"""


@pytest.fixture
def dead_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def test_a_dead_server_costs_one_line_and_no_time(dead_port):
    started = time.monotonic()
    done = run(PROGRAM.replace("    wk.force_flush()\n", ""), f"http://127.0.0.1:{dead_port}")
    assert (done.returncode, done.stdout) == (0, "done\n")
    assert time.monotonic() - started < 8
    assert done.stderr.count("\n") == 1, done.stderr
    assert f"can't send to http://127.0.0.1:{dead_port}/v1/traces" in done.stderr


def test_a_server_that_never_answers_does_not_hold_up_the_end():
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        started = time.monotonic()
        done = run(
            PROGRAM.replace("    wk.force_flush()\n", ""),
            f"http://127.0.0.1:{silent.getsockname()[1]}",
            WATCHKEEPER_EXIT_TIMEOUT="1",
        )
    assert (done.returncode, done.stdout) == (0, "done\n")
    assert time.monotonic() - started < 8


def test_a_name_that_does_not_resolve_is_no_trouble_either():
    done = run(PROGRAM.replace("    wk.force_flush()\n", ""), "http://no-such-host.invalid:4318")
    assert (done.returncode, done.stdout) == (0, "done\n")
    assert "Traceback" not in done.stderr


def test_rejections_are_said_once_and_recovery_too(sink, caplog):
    caplog.set_level(logging.INFO, logger="watchkeeper")
    sink.status = 400
    wk.configure("t", endpoint=sink.url)
    for _ in range(3):
        with wk.task("t"):
            pass
        assert not wk.force_flush()
    assert wk.export_counts() == (0, 3)
    sink.status = 200
    with wk.task("t"):
        pass
    assert wk.force_flush()
    assert wk.export_counts() == (1, 3)
    lines = [record.getMessage() for record in caplog.records]
    assert len(lines) == 2
    assert "can't send to" in lines[0]
    assert "answers again; 3 spans were lost" in lines[1]


BAD = {
    "OTEL_BSP_SCHEDULE_DELAY": "soon",
    "OTEL_BSP_MAX_QUEUE_SIZE": "-4",
    "OTEL_BSP_MAX_EXPORT_BATCH_SIZE": "many",
    "OTEL_EXPORTER_OTLP_TIMEOUT": "a while",
    "OTEL_EXPORTER_OTLP_HEADERS": "no-equals-sign",
    "OTEL_EXPORTER_OTLP_COMPRESSION": "rar",
    "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc",
    "OTEL_SDK_DISABLED": "perhaps",
    "OTEL_TRACES_EXPORTER": "carrier-pigeon",
    "OTEL_TRACES_SAMPLER": "coin",
    "OTEL_TRACES_SAMPLER_ARG": "heads",
    "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT": "lots",
    "OTEL_RESOURCE_ATTRIBUTES": "nonsense,,=,a=b",
    "OTEL_PROPAGATORS": "tracecontext,baggage",
    "WATCHKEEPER_SAMPLE": "7",
    "WATCHKEEPER_EXIT_TIMEOUT": "-1",
    "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT": "sometimes",
}


def test_bad_environment_values_are_named_and_the_spans_still_arrive(sink):
    done = run(PROGRAM, sink.url, **BAD)
    assert (done.returncode, done.stdout) == (0, "done\n"), done.stderr
    assert len(sink.spans()) == 3
    assert "Traceback" not in done.stderr
    for name in (
        "OTEL_BSP_SCHEDULE_DELAY=soon",
        "WATCHKEEPER_SAMPLE=7",
        "OTEL_TRACES_EXPORTER=carrier-pigeon",
    ):
        assert done.stderr.count(name) == 1


@pytest.mark.parametrize("name", sorted(BAD))
def test_each_bad_value_alone(sink, name, monkeypatch):
    monkeypatch.setenv(name, BAD[name])
    wk.configure("t", endpoint=sink.url)
    with wk.task("t"):
        pass
    assert wk.force_flush()
    assert len(sink.spans()) == 1


def test_bad_arguments_fall_back_and_are_named(sink, caplog):
    wk.configure("t", endpoint=sink.url, sample=3.0, queue_size="big", capture_content="maybe")
    with wk.task("t"):
        pass
    assert wk.force_flush()
    assert len(sink.spans()) == 1
    text = caplog.text
    assert "configure(sample=…)=3.0 is ignored: expected a number from 0 to 1" in text
    assert "configure(queue_size=…)=big" in text


def test_configure_twice_keeps_the_first(sink, caplog):
    wk.configure("first", endpoint=sink.url)
    wk.configure("first", endpoint=sink.url)
    assert not caplog.records
    provider = state.provider
    wk.configure("second", endpoint="http://127.0.0.1:1")
    wk.configure("third")
    assert state.provider is provider
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    with wk.task("t"):
        pass
    assert wk.force_flush()
    assert sink.resource()["service.name"] == "first"
    assert len(sink.spans()) == 1


def test_after_shutdown_it_can_be_configured_anew(sink):
    wk.configure("a", endpoint=sink.url)
    with wk.task("one"):
        pass
    wk.shutdown()
    with wk.task("lost"):
        pass
    wk.configure("b", endpoint=sink.url)
    with wk.task("two"):
        pass
    wk.shutdown()
    wk.shutdown()
    assert [span.name for span in sink.spans()] == ["task one", "task two"]


def test_what_ends_last_is_sent_at_exit(sink):
    done = run(PROGRAM.replace("    wk.force_flush()\n", ""), sink.url)
    assert done.stdout == "done\n"
    assert len(sink.spans()) == 3
    resource = sink.resource()
    assert resource["service.name"] == "host"
    assert resource["service.instance.id"]
    assert resource["watchkeeper.sdk.version"]


def test_disabled_means_off(sink, monkeypatch):
    monkeypatch.setenv("OTEL_SDK_DISABLED", "true")
    wk.configure("t", endpoint=sink.url)
    with wk.task("t") as task:
        assert task.trace_id == "0" * 32
    assert wk.force_flush()
    assert not sink.requests


def test_environment_is_honoured(sink, monkeypatch):
    monkeypatch.setenv("OTEL_SERVICE_NAME", "from-env")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", sink.url + "/")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "x-team=blue%20sky,x-other=1")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip")
    monkeypatch.setenv("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=staging")
    monkeypatch.setenv("WATCHKEEPER_TOKEN", "s3cret")
    wk.configure()
    with wk.task("t"):
        pass
    assert wk.force_flush()
    resource = sink.resource()
    assert resource["service.name"] == "from-env"
    assert resource["deployment.environment.name"] == "staging"
    [headers] = sink.headers
    assert headers["x-team"] == "blue sky"
    assert headers["authorization"] == "Bearer s3cret"
    assert headers["content-encoding"] == "gzip"


def test_the_token_is_never_shown(caplog):
    from watchkeeper.sdk.settings import resolve

    assert "s3cret" not in repr(resolve({"token": "s3cret"}))


class Broken(InMemorySpanExporter):
    def export(self, spans):
        raise RuntimeError("broken exporter")


class Unprintable:
    def __str__(self):
        raise RuntimeError("no text")

    __repr__ = __str__


def test_failures_inside_are_counted_said_once_and_kept_from_the_host(caplog, sink):
    wk.configure("t", endpoint=sink.url)
    for _ in range(5):
        with wk.llm_call("m") as call:
            call.messages(input=[Unprintable()])
        with wk.tool("t") as tool:
            tool.arguments(x=Unprintable())
    assert wk.internal_errors() == {"messages": 5, "tool content": 5}
    lines = [record.getMessage() for record in caplog.records]
    assert len(lines) == 2
    assert "messages failed (RuntimeError: no text); the program goes on without it" in lines[0]


def test_a_function_whose_signature_cannot_be_read_still_runs(caplog, sink):
    """As where annotations name what is imported for type checkers alone, and are evaluated when looked at."""

    class Signature:
        @property
        def __signature__(self):
            raise NameError("name 'Decimal' is not defined")

        def __call__(self, price):
            return price + 1

    double = Signature()
    double.__name__ = double.__qualname__ = "double"
    wk.configure("t", endpoint=sink.url)
    traced = wk.tool("double")(double)
    assert [traced(1), traced(2)] == [2, 3]
    assert wk.internal_errors() == {"tool arguments": 2}
    assert len(caplog.records) == 1


def test_tests_may_ask_for_the_failure(recorded):
    with pytest.raises(RuntimeError, match="no text"), wk.llm_call("m") as call:
        call.messages(input=[Unprintable()])


def test_a_processor_that_fails_harms_nobody(caplog):
    class Fails(SimpleSpanProcessor):
        def on_start(self, span, parent_context=None):
            raise RuntimeError("on_start")

    wk.configure("t", exporter="none", span_processors=[Fails(Broken())])
    with wk.task("t"):
        value = 1
    assert value == 1
    assert wk.internal_errors() == {"task start": 1}


def test_the_hosts_own_provider_is_used_and_its_exporters_too(sink):
    done = run(
        """
        import sys
        from opentelemetry import trace
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import SimpleSpanProcessor
        from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
        mine = InMemorySpanExporter()
        provider = TracerProvider(resource=Resource.create({"service.name": "host"}))
        provider.add_span_processor(SimpleSpanProcessor(mine))
        trace.set_tracer_provider(provider)
        import watchkeeper as wk
        wk.configure("ignored", endpoint=sys.argv[1])
        with wk.task("t"), trace.get_tracer("host").start_as_current_span("theirs"):
            pass
        print(sorted(span.name for span in mine.get_finished_spans()))
        """,
        sink.url,
    )
    assert done.stdout == "['task t', 'theirs']\n", done.stderr
    assert not done.stderr
    assert sorted(span.name for span in sink.spans()) == ["task t", "theirs"]
    assert sink.resource()["service.name"] == "host"


def test_entering_a_step_twice_is_said_and_does_no_harm(caplog):
    exporter = InMemorySpanExporter()
    wk.configure("t", exporter="none", span_processors=[SimpleSpanProcessor(exporter)])
    step = wk.task("t")
    with step, step:
        pass
    with wk.tool("after"):
        pass
    assert [span.name for span in exporter.get_finished_spans()] == ["task t", "execute_tool after"]
    assert exporter.get_finished_spans()[1].parent is None
    assert "was entered while it was open already" in caplog.text


def test_guard_counts_by_place():
    guard.failed("here", ValueError("a"))
    guard.failed("here", ValueError("b"))
    assert guard.internal_errors() == {"here": 2}


FORKING = """
import os, sys
import watchkeeper as wk
wk.configure("host", endpoint=sys.argv[1])
with wk.workflow("before"):
    pass
wk.force_flush()
children = []
for n in range(3):
    pid = os.fork()
    if pid == 0:
        for i in range(20):
            with wk.task(f"child {n}"):
                pass
            wk.force_flush()
        wk.shutdown()
        os._exit(0 if wk.internal_errors() == {} else 1)
    children.append(pid)
for i in range(20):
    with wk.task("parent"):
        pass
    wk.force_flush()
print([os.waitpid(pid, 0)[1] for pid in children])
"""


def test_forked_children_send_their_own_spans_over_their_own_connection(sink):
    done = run(FORKING, sink.url)
    assert done.stdout == "[0, 0, 0]\n", done.stderr
    assert not done.stderr
    names = Counter(span.name for span in sink.spans())
    assert names == {
        "invoke_workflow before": 1,
        "task parent": 20,
        **{f"task child {n}": 20 for n in range(3)},
    }
    instances = {
        attribute.value.string_value
        for request in sink.requests
        for attribute in request.resource_spans[0].resource.attributes
        if attribute.key == "service.instance.id"
    }
    assert len(instances) == 4
