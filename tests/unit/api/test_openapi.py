"""What is described is what is answered, and what is documented is what exists."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import TypeAdapter

from watchkeeper.api.openapi import document
from watchkeeper.api.wire import agents, costs, overview, system, traces

DOCS = Path(__file__).parents[3] / "docs" / "api.md"
METHODS = {"get", "post", "put", "patch", "delete"}


@pytest.fixture(scope="module")
def described():
    return document()


def operations(described):
    return {
        (method.upper(), path): operation
        for path, methods in described["paths"].items()
        for method, operation in methods.items()
        if method in METHODS
    }


def test_every_route_is_documented_and_nothing_else(described):
    documented = set(re.findall(r"`(GET|POST|PUT|PATCH|DELETE) (/[^`?]*)`", DOCS.read_text(encoding="utf-8")))
    assert documented == operations(described).keys()


def test_every_query_parameter_is_documented(described):
    text = DOCS.read_text(encoding="utf-8")
    for (method, path), operation in operations(described).items():
        for parameter in operation.get("parameters", []):
            if parameter["in"] == "query":
                assert f"`{parameter['name']}`" in text, f"{method} {path} {parameter['name']}"


def test_operation_ids_are_plain_and_unique(described):
    ids = [operation["operationId"] for operation in operations(described).values()]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"(get|list|create|revoke|stream)_[a-z]+", one) for one in ids), ids


def test_every_operation_says_what_it_does_and_how_it_fails(described):
    for operation in operations(described).values():
        assert len(operation["description"]) > 20
        assert "application/problem+json" in operation["responses"]["default"]["content"]
        assert "422" not in operation["responses"]


def test_schema_names_fit_a_typescript_module(described):
    names = described["components"]["schemas"].keys()
    assert all(re.fullmatch(r"[A-Z][A-Za-z]+", name) for name in names), names
    references = set(re.findall(r'"#/components/schemas/(\w+)"', json.dumps(described)))
    assert references <= names


def test_every_schema_is_described(described):
    bare = [
        name for name, schema in described["components"]["schemas"].items() if "description" not in schema
    ]
    assert bare == []


def test_the_document_is_printed_without_a_server(described):
    printed = subprocess.run(
        [sys.executable, "-m", "watchkeeper.api.openapi"], capture_output=True, check=True
    )
    assert json.loads(printed.stdout) == described


async def test_the_served_document_is_the_printed_one(api, described):
    served = (await api.get("/api/v1/openapi.json")).json()
    assert served == described


SHAPES = [
    ("/api/v1/overview", overview.Overview),
    ("/api/v1/agents", agents.AgentList),
    ("/api/v1/agents/planner", agents.AgentDetail),
    ("/api/v1/traces", traces.TraceList),
    ("/api/v1/traces/{trace}", traces.Trace),
    ("/api/v1/traces/{trace}/spans", traces.SpanList),
    ("/api/v1/traces/{trace}/spans/{span}", traces.SpanDetail),
    ("/api/v1/costs?group_by=agent,day", costs.CostReport),
    ("/api/v1/status", system.Status),
    ("/api/v1/tokens", system.TokenList),
    ("/api/v1/audit", system.AuditList),
    ("/health/live", system.Live),
    ("/health/ready", system.Ready),
    ("/health/full", system.Health),
    ("/api/v1/nonsense", system.Problem),
    ("/api/v1/traces?limit=0", system.Problem),
]


def undescribed(value, schema, definitions, path="$"):
    """Members of an answer that its schema does not know."""
    if "$ref" in schema:
        schema = definitions[schema["$ref"].rsplit("/", 1)[-1]]
    if isinstance(value, dict) and "properties" in schema:
        found = [f"{path}.{name}" for name in value if name not in schema["properties"]]
        for name, inner in schema["properties"].items():
            if name in value:
                found += undescribed(value[name], inner, definitions, f"{path}.{name}")
        return found
    if isinstance(value, list):
        return [
            one
            for item in value
            for one in undescribed(item, schema.get("items", {}), definitions, f"{path}[]")
        ]
    return []


@pytest.mark.parametrize(("path", "shape"), SHAPES, ids=[path for path, _ in SHAPES])
async def test_answers_have_exactly_the_shape_described(api, spans, path, shape):
    spans.add(trace=1, span=1, operation="task", agent="planner", error="Boom", at=-20)
    spans.add(trace=1, span=2, parent=1, operation="handoff", agent="planner", TargetAgent="b")
    spans.llm(trace=1, parent=1, agent="planner")
    await api.post("/api/v1/tokens", json={"name": "x", "scopes": ["read"]})
    answer = await api.get(path.format(trace=spans.trace_id(1), span=spans.span_id(1)))
    described = TypeAdapter(shape)
    described.validate_python(answer.json())
    schema = described.json_schema()
    assert undescribed(answer.json(), schema, schema.get("$defs", {})) == []
