"""Makes OTLP trace requests that look like a fleet's: 500 spans each, about 1.1 kB a span.

    python bench/payloads.py FOLDER [--requests 120] [--seed 1]

A trace has a workflow, agents below it, and model calls, tool calls and handoffs below those; some fail with an
exception. Texts are salads of words and numbers, so that compression finds no free lunch. The same seed makes the
same bytes, but for the time.
"""

from __future__ import annotations

import argparse
import pathlib
import random
import time

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

SPANS_A_REQUEST = 500
SPANS_A_TRACE = 50
WORDS = [
    "route",
    "parcel",
    "harbour",
    "ledger",
    "claim",
    "policy",
    "refund",
    "ticket",
    "sample",
    "sensor",
    "draft",
    "review",
    "merge",
    "branch",
    "answer",
    "source",
    "chapter",
    "figure",
    "budget",
    "margin",
    "invoice",
    "tariff",
    "contract",
    "clause",
    "patient",
    "dosage",
    "recipe",
    "summary",
    "outline",
    "query",
    "index",
    "schema",
    "column",
    "window",
    "cursor",
    "token",
    "prompt",
    "context",
    "memory",
    "vector",
    "lookup",
    "retry",
    "timeout",
    "escalate",
    "approve",
    "reject",
]
MODELS = (
    ("openai", "gpt-4.1"),
    ("openai", "gpt-4.1-mini"),
    ("anthropic", "claude-sonnet-4-5"),
    ("gcp.gemini", "gemini-2.5-flash"),
)
TOOLS = ("search", "read_table", "send_mail", "open_ticket", "fetch_page", "run_tests")
AGENTS = tuple(
    f"{role}-{number}"
    for role in ("planner", "writer", "reviewer", "analyst", "support", "router")
    for number in range(8)
)


def salad(dice: random.Random, size: int) -> str:
    words, length = [], 0
    while length < size:
        word = dice.choice(WORDS) if dice.random() < 0.85 else f"{dice.randrange(10**6):x}"
        words.append(word)
        length += len(word) + 1
    return " ".join(words)


def put(target, values: dict) -> None:
    for key, value in values.items():
        attribute = target.add(key=key)
        if isinstance(value, bool):
            attribute.value.bool_value = value
        elif isinstance(value, int):
            attribute.value.int_value = value
        elif isinstance(value, float):
            attribute.value.double_value = value
        else:
            attribute.value.string_value = value


class Trace:
    """Adds the spans of one trace to a scope."""

    def __init__(self, scope, dice: random.Random, start: int) -> None:
        self.scope, self.dice, self.id = scope, dice, dice.randbytes(16)
        self.common = {
            "session.id": f"session-{dice.randrange(5_000)}", "user.id": f"user-{dice.randrange(800)}",
            "gen_ai.workflow.name": "customer_desk", "deployment.environment.name": "bench",
        }  # fmt: skip
        root = self.span("invoke_workflow customer_desk", None, start, 20_000, **{
            "gen_ai.operation.name": "invoke_workflow", "workflow.version": "2.1.0", "priority": dice.randrange(5),
            "input.value": salad(dice, 200), "output.value": salad(dice, 200), "run.id": self.id.hex(),
        })  # fmt: skip
        names = [dice.choice(AGENTS) for _ in range(6)]
        runs = [
            self.span(
                f"invoke_agent {name}",
                root,
                start + number * 3_000 * 10**6,
                2_900,
                **{
                    "gen_ai.operation.name": "invoke_agent",
                    "gen_ai.agent.name": name,
                    "gen_ai.agent.id": f"id-{name}",
                    "gen_ai.agent.version": "3",
                    "step": number,
                    "goal": salad(dice, 80),
                },
            )
            for number, name in enumerate(names)
        ]
        for number in range(SPANS_A_TRACE - 7):
            self.call(names[number % 6], runs[number % 6])

    def call(self, agent: str, run) -> None:
        dice = self.dice
        start = run.start_time_unix_nano + dice.randrange(2 * 10**9)
        failed, roll, took = dice.random() < 0.04, dice.random(), dice.uniform(5, 900)
        common = {"gen_ai.agent.name": agent, "attempt": dice.randrange(3)}
        if roll < 0.45:
            provider, model = dice.choice(MODELS)
            span = self.span(f"chat {model}", run, start, took, kind=3, failed=failed, **common, **{
                "gen_ai.operation.name": "chat", "gen_ai.provider.name": provider, "gen_ai.request.model": model,
                "gen_ai.response.model": model, "gen_ai.request.temperature": dice.random(),
                "gen_ai.usage.input_tokens": dice.randrange(200, 6_000),
                "gen_ai.usage.output_tokens": dice.randrange(20, 900),
                "gen_ai.input.messages": salad(dice, 1_000), "gen_ai.output.messages": salad(dice, 300),
            })  # fmt: skip
            if dice.random() < 0.5:
                event = span.events.add(name="gen_ai.choice", time_unix_nano=span.end_time_unix_nano)
                put(event.attributes, {"index": 0, "finish_reason": "stop"})
        elif roll < 0.85:
            tool = dice.choice(TOOLS)
            self.span(f"execute_tool {tool}", run, start, took, failed=failed, **common, **{
                "gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": tool,
                "gen_ai.tool.call.id": f"call_{dice.randrange(1 << 40):x}",
                "gen_ai.tool.call.arguments": salad(dice, 80), "gen_ai.tool.call.result": salad(dice, 150),
            })  # fmt: skip
        else:
            target = dice.choice(AGENTS)
            self.span(f"handoff {target}", run, start, took / 50, failed=failed, **common, **{
                "gen_ai.operation.name": "handoff", "from_agent": agent, "to_agent": target,
                "handoff.reason": salad(dice, 60), "handoff.tokens": dice.randrange(4_000),
            })  # fmt: skip

    def span(
        self,
        name,
        parent,
        start: int,
        milliseconds: float,
        *,
        kind: int = 1,
        failed: bool = False,
        **attributes,
    ):
        end = start + int(milliseconds * 1e6)
        span = self.scope.spans.add(
            trace_id=self.id, span_id=self.dice.randbytes(8), name=name, kind=kind, start_time_unix_nano=start,
            end_time_unix_nano=end, parent_span_id=parent.span_id if parent else b"",
        )  # fmt: skip
        span.status.code = 2 if failed else 1
        put(span.attributes, self.common | attributes)
        if failed:
            span.status.message = "the upstream did not answer"
            event = span.events.add(name="exception", time_unix_nano=end)
            put(event.attributes, {
                "exception.type": "TimeoutError", "exception.message": "no answer within 30 s",
                "exception.stacktrace": salad(self.dice, 400),
            })  # fmt: skip
        return span


def make(requests: int, seed: int = 1) -> list[bytes]:
    """Bodies of `requests` export requests, the newest traces of the last half hour."""
    dice = random.Random(seed)
    start = time.time_ns() - 1_800 * 10**9
    bodies = []
    for number in range(requests):
        request = ExportTraceServiceRequest()
        resource = request.resource_spans.add()
        put(resource.resource.attributes, {
            "service.name": "desk", "service.version": "1.0", "host.name": f"node-{number % 16}",
            "telemetry.sdk.language": "python", "telemetry.sdk.name": "opentelemetry",
        })  # fmt: skip
        scope = resource.scope_spans.add()
        scope.scope.name, scope.scope.version = "bench", "1"
        for trace in range(SPANS_A_REQUEST // SPANS_A_TRACE):
            Trace(scope, dice, start + (number * 10 + trace) * 800 * 10**6)
        bodies.append(request.SerializeToString())
    return bodies


def load(folder: pathlib.Path | None, most: int) -> list[bytes]:
    """Bodies from a folder of `*.pb`, or freshly made ones."""
    if folder is None:
        return make(most)
    bodies = [file.read_bytes() for file in sorted(folder.glob("*.pb"))[:most]]
    if not bodies:
        raise SystemExit(f"{folder} holds no *.pb")
    return bodies


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--requests", type=int, default=120)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    bodies = make(arguments.requests, arguments.seed)
    for number, body in enumerate(bodies):
        (arguments.folder / f"p{number:04}.pb").write_bytes(body)
    spans = len(bodies) * SPANS_A_REQUEST
    print(f"{len(bodies)} requests, {spans} spans, {sum(map(len, bodies)) / spans:.0f} bytes a span")


if __name__ == "__main__":
    main()
