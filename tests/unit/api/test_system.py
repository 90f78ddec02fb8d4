"""The server about itself: status, health, metrics, tokens, audit trail, and the files of the UI."""

import asyncio

import pytest
from prometheus_client import CollectorRegistry, Counter

from watchkeeper.health.checks import Check, HealthChecks
from watchkeeper.model.health import Finding
from watchkeeper.store.errors import EngineUnavailable
from watchkeeper.store.reads import cursors


async def test_status(api):
    body = (await api.get("/api/v1/status")).json()
    assert body == {
        "version": "0.1.0",
        "started_at": "2026-03-02T09:58:30Z",
        "uptime_seconds": 90.0,
        "project": "default",
        "scopes": ["admin", "ingest", "operate", "read"],
        "memory_bytes": 50_000_000,
        "ingest": {
            "accepted_spans": 1000,
            "stored_spans": 990,
            "waiting_bytes": 12345,
            "oldest_waiting_seconds": 0.5,
            "quarantined_requests": 0,
        },
        "engine": {"ready": True, "restarts": 1, "memory_bytes": 300_000_000},
        "web_built": False,
    }


async def test_live_asks_nobody(api, store):
    store.failing = EngineUnavailable("gone")
    answer = await api.get("/health/live")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
    assert store.asked == []


async def test_ready_runs_a_query_on_the_data(api, store, clock):
    answer = await api.get("/health/ready")
    assert answer.status_code == 200
    assert any("watchkeeper.spans" in sql for sql in store.asked)
    store.failing = EngineUnavailable("the engine is not there")
    clock.advance(1)
    answer = await api.get("/health/ready")
    assert (answer.status_code, answer.json()["code"]) == (503, "not_ready")
    assert answer.json()["retryable"] is True
    assert answer.headers["retry-after"] == "1"


async def test_those_who_ask_whether_it_is_ready_share_a_query(api, store, clock):
    await asyncio.gather(*(api.get("/health/ready") for _ in range(5)))
    assert len(store.asked) == 1
    store.failing = EngineUnavailable("the engine is not there")
    clock.advance(1.1)
    for _ in range(5):
        assert (await api.get("/health/ready")).status_code == 503
    assert len(store.asked) == 2
    store.failing = None
    clock.advance(1.1)
    assert (await api.get("/health/ready")).status_code == 200


async def test_full_health_tells_its_parts_and_survives_the_engine(make_deps, client_of, clock, spans, store):
    async def good():
        return Finding(100, "as it should be")

    async def poor():
        return Finding(20, "slow")

    checks = HealthChecks([Check("engine", 3, good), Check("disk", 1, poor)], clock, timeout_seconds=1)
    spans.add(error="Boom", weight=2.0, project="other")
    async with client_of(make_deps(health=checks.report)) as api:
        body = (await api.get("/health/full")).json()
        assert (body["status"], body["score"], body["errors_last_hour"]) == ("degraded", 80, 2)
        assert body["memory_usage_mb"] == 50.0
        assert [part["name"] for part in body["components"]] == ["engine", "disk"]
        assert any("disk takes off 20.0" in line for line in body["explanation"])
        store.failing = EngineUnavailable("gone")
        answer = await api.get("/health/full")
        assert (answer.status_code, answer.json()["errors_last_hour"]) == (200, None)


async def test_own_metrics(make_deps, client_of):
    registry = CollectorRegistry()
    Counter("watchkeeper_things", "Things.", registry=registry).inc(3)
    async with client_of(make_deps(registry=registry)) as api:
        answer = await api.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    assert "watchkeeper_things_total 3.0" in answer.text


async def test_an_engine_that_is_away_is_a_passing_problem(api, store):
    store.failing = EngineUnavailable("the engine is not there")
    for path in ("overview", "agents", "traces", "costs"):
        answer = await api.get(f"/api/v1/{path}")
        assert (answer.status_code, answer.json()["code"]) == (503, "engine_unavailable")
        assert answer.json()["retryable"] is True
        assert answer.headers["retry-after"]
    store.failing = None
    assert (await api.get("/api/v1/overview")).status_code == 200


async def test_a_bug_is_told_without_its_inside(make_deps, client_of):
    async def broken():
        raise ZeroDivisionError("secret detail")

    async with client_of(make_deps(status=broken)) as api:
        answer = await api.get("/api/v1/status")
    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
    assert "secret" not in answer.text


@pytest.mark.parametrize("path", ["/api/v1/nonsense", "/api/nonsense", "/health/nonsense"])
async def test_an_unknown_path_is_a_problem(api, path):
    answer = await api.get(path)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("path", "wrong", "hint"),
    [
        ("traces?agnet=x", "agnet", "did you mean agent?"),
        ("overview?window=60", "window", "window_seconds"),
        ("status?x=1", "x", "there are none"),
        ("costs?group_by=day&groupby=day", "groupby", "did you mean group_by?"),
    ],
)
async def test_a_misspelt_parameter_is_refused(api, path, wrong, hint):
    answer = await api.get(f"/api/v1/{path}")
    assert answer.status_code == 400
    assert answer.json()["detail"].startswith(f"{wrong}: ")
    assert hint in answer.json()["hint"]


async def test_a_wrong_method_is_a_problem(api):
    answer = await api.post("/api/v1/overview")
    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")


async def test_a_token_is_made_used_and_revoked(api, spans, ledger):
    spans.add(trace=1, project="default")
    made = await api.post("/api/v1/tokens", json={"name": "reader", "scopes": ["read"]})
    assert made.status_code == 201
    secret = made.json()["secret"]
    headers = {"authorization": f"Bearer {secret}"}
    assert (await api.get("/api/v1/overview", headers=headers)).json()["spans_stored"] == 1
    assert (await api.get("/api/v1/tokens", headers=headers)).status_code == 403
    (listed,) = (await api.get("/api/v1/tokens")).json()["items"]
    assert (listed["name"], listed["scopes"], listed["revoked_time"]) == ("reader", ["read"], None)
    assert secret not in (await api.get("/api/v1/tokens")).text
    assert (await api.delete(f"/api/v1/tokens/{listed['id']}")).status_code == 204
    assert (await api.get("/api/v1/overview", headers=headers)).status_code == 401
    audit = (await api.get("/api/v1/audit")).json()["items"]
    assert [entry["action"] for entry in audit] == ["token.revoked", "token.created"]
    assert (await ledger.audit.verify()).intact


async def test_a_token_sees_its_project_alone(api, spans, ledger):
    spans.add(trace=1, project="default")
    spans.add(trace=2, project="other")
    _, secret = await ledger.tokens.create("other", ["read", "admin"], "theirs")
    headers = {"authorization": f"Bearer {secret}"}
    items = (await api.get("/api/v1/traces", headers=headers)).json()["items"]
    assert [item["trace_id"] for item in items] == [spans.trace_id(2)]
    assert (await api.get("/api/v1/status", headers=headers)).json()["project"] == "other"
    made = await api.post("/api/v1/tokens", json={"name": "x", "scopes": ["read"]}, headers=headers)
    assert made.json()["project"] == "other"
    assert (await api.get("/api/v1/tokens")).json()["items"] == []


@pytest.mark.parametrize(
    ("body", "parameter"),
    [
        ({"name": "", "scopes": ["read"]}, "name"),
        ({"name": "x", "scopes": []}, "scopes"),
        ({"name": "x", "scopes": ["fly"]}, "scopes.0"),
        ({"name": "x", "scopes": ["read"], "projekt": "y"}, "projekt"),
        ({"scopes": ["read"]}, "name"),
    ],
)
async def test_a_wrong_token_request_names_what_is_wrong(api, body, parameter):
    answer = await api.post("/api/v1/tokens", json=body)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["parameter"] == parameter


async def test_a_body_that_is_no_json_is_a_problem(api):
    answer = await api.post("/api/v1/tokens", content=b"{", headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_parameter")


async def test_the_audit_trail_comes_in_pages(api):
    for number in range(5):
        await api.post("/api/v1/tokens", json={"name": f"t{number}", "scopes": ["read"]})
    seen, cursor = [], None
    while True:
        page = (
            await api.get("/api/v1/audit", params={"limit": 2, **({"cursor": cursor} if cursor else {})})
        ).json()
        seen += [entry["seq"] for entry in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == [5, 4, 3, 2, 1]


@pytest.mark.parametrize("seq", [2**63, -1, 10**60])
async def test_a_cursor_with_a_number_that_is_none_is_refused(api, seq):
    answer = await api.get("/api/v1/audit", params={"cursor": cursors.encode("audit", seq, "")})
    assert (answer.status_code, answer.json()["code"]) == (400, "unknown_cursor")


async def test_a_token_that_is_not_there_cannot_be_revoked(api):
    assert (await api.delete("/api/v1/tokens/nope")).status_code == 404


async def test_without_the_ui_a_page_says_how_to_build_it(api):
    for path in ("/", "/traces/abc"):
        answer = await api.get(path)
        assert answer.status_code == 200
        assert "make web" in answer.text
        assert "/api/v1/openapi.json" in answer.text
    assert (await api.head("/")).status_code == 200


@pytest.fixture
def web_dir(tmp_path):
    folder = tmp_path / "dist"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<title>the ui</title>")
    (folder / "assets" / "main-abc123.js").write_text("let a = 1")
    (folder / "favicon.svg").write_text("<svg/>")
    return folder


async def test_the_built_ui_is_served_with_the_right_caching(make_deps, client_of, web_dir):
    async with client_of(make_deps(web_dir=web_dir)) as api:
        for path in ("/", "/index.html", "/traces/abc", "/agents/some%20one"):
            page = await api.get(path)
            assert (page.status_code, "the ui" in page.text) == (200, True), path
            assert page.headers["cache-control"] == "no-cache"
            assert "default-src 'self'" in page.headers["content-security-policy"]
        script = await api.get("/assets/main-abc123.js")
        assert script.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert script.headers["content-type"].startswith("text/javascript")
        assert (await api.get("/favicon.svg")).headers["cache-control"] == "no-cache"
        assert (await api.get("/api/v1/status")).json()["web_built"] is True


@pytest.mark.parametrize(
    "path", ["/assets/gone.js", "/api/v1/nonsense", "/missing.png", "/../secret", "/%2e%2e/secret"]
)
async def test_what_the_ui_does_not_have_is_not_there(make_deps, client_of, web_dir, path):
    (web_dir.parent / "secret").write_text("s3cret")
    async with client_of(make_deps(web_dir=web_dir)) as api:
        answer = await api.get(path)
    assert "s3cret" not in answer.text
    assert answer.status_code == 404 or "the ui" in answer.text
