import json

import pytest
from google.rpc.status_pb2 import Status
from hypothesis import given
from hypothesis import strategies as st

from watchkeeper.api.access import (
    CACHE_SECONDS,
    Access,
    AccessMiddleware,
    AccessPolicy,
    ListenRefused,
    Refusal,
    is_loopback,
    require_listening_allowed,
    required_scope,
)
from watchkeeper.api.web import _NOT_PAGES
from watchkeeper.kernel.clock import FakeClock
from watchkeeper.ledger import Ledger
from watchkeeper.ledger.errors import LedgerBusy


@pytest.fixture
async def ledger(tmp_path, clock):
    async with await Ledger.open(tmp_path / "ledger.db", clock) as opened:
        yield opened


class Tokens:
    """Counts how often the ledger would be asked."""

    def __init__(self, inner):
        self.inner = inner
        self.asked = 0

    @property
    def generation(self):
        return self.inner.generation

    async def verify(self, secret):
        self.asked += 1
        return await self.inner.verify(secret)


def policy(ledger, clock, **more):
    return AccessPolicy(ledger.tokens, clock, **{"host": "127.0.0.1", **more})


async def ask(policy, method="GET", path="/api/v1/traces", **headers):
    """The status (200 when let through), the answer, and what the application was given."""
    given = {}
    sent = []

    async def app(scope, receive, send):
        given.update(scope["state"])
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"in"})

    async def send(message):
        sent.append(message)

    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "method": method, "path": path, "headers": raw}
    await AccessMiddleware(app, policy)(scope, None, send)
    return sent[0]["status"], sent, given.get("access")


@pytest.mark.parametrize(
    "host",
    [
        "localhost:7070",
        "localhost",
        "127.0.0.1:7070",
        "127.8.9.1",
        "[::1]:7070",
        "[::1]",
        "LOCALHOST:1",
        "a.localhost",
        "localhost.",
    ],
)
async def test_on_loopback_this_machine_may_do_everything(ledger, clock, host):
    for method, path in (("GET", "/api/v1/traces"), ("POST", "/v1/traces"), ("DELETE", "/api/v1/tokens/1")):
        status, _, access = await ask(policy(ledger, clock), method, path, host=host)
        assert status == 200
        assert access.project == "default"


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:7070",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "192.168.1.5:7070",
        "0.0.0.0:7070",
        "[::2]:7070",
        "",
        "xn--localhost",
    ],
)
async def test_a_page_that_points_its_own_name_here_is_kept_out(ledger, clock, host):
    for path in ("/api/v1/traces", "/v1/traces", "/"):
        status, sent, access = await ask(policy(ledger, clock), "POST", path, host=host)
        assert (status, access) == (403, None)
        assert sent[0]["headers"]


async def test_a_request_without_a_host_is_kept_out(ledger, clock):
    assert (await ask(policy(ledger, clock)))[0] == 403


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("http://localhost:7070", 200),
        ("https://localhost:7070", 200),
        ("http://LOCALHOST:7070", 200),
        ("https://evil.example", 403),
        ("http://localhost:3000", 403),
        ("http://localhost", 403),
        ("null", 403),
        ("file://localhost:7070", 403),
        ("http://localhost:7070.evil.example", 403),
        ("http://user@localhost:7070", 403),
        ("http://[::1", 403),
    ],
)
@pytest.mark.parametrize("path", ["/v1/traces", "/api/v1/tokens"])
async def test_a_page_of_another_origin_is_kept_out(ledger, clock, origin, status, path):
    found, _, _ = await ask(policy(ledger, clock), "POST", path, host="localhost:7070", origin=origin)
    assert found == status


@pytest.mark.parametrize("header", ["x_forwarded_for", "forwarded", "via", "x_real_ip"])
async def test_what_a_proxy_forwards_is_not_local(ledger, clock, header):
    status, _, _ = await ask(policy(ledger, clock), host="127.0.0.1:7070", **{header: "203.0.113.7"})
    assert status == 401


async def test_a_configured_name_is_as_good_as_localhost(ledger, clock):
    rule = policy(ledger, clock, allowed_hosts=["Host.Docker.Internal"])
    assert (await ask(rule, host="host.docker.internal:4318"))[0] == 200
    assert (await ask(rule, host="host.docker.internal:4318", via="1.1 dev-proxy"))[0] == 200
    assert (await ask(rule, host="other.docker.internal:4318"))[0] == 403
    assert (await ask(rule, host="host.docker.internal:1", origin="http://evil.example"))[0] == 403


async def test_a_token_decides_project_and_scopes_whatever_the_host(ledger, clock):
    token_id, secret = await ledger.tokens.create("ships", ["read"], "x")
    for host in ("localhost:7070", "watch.example"):
        status, _, access = await ask(policy(ledger, clock), host=host, authorization=f"Bearer {secret}")
        assert status == 200
        assert (access.project, set(access.scopes), access.actor) == ("ships", {"read"}, f"token:{token_id}")


@pytest.mark.parametrize(
    ("scope", "method", "path", "status"),
    [
        ("ingest", "POST", "/v1/traces", 200),
        ("ingest", "GET", "/api/v1/traces", 403),
        ("ingest", "POST", "/api/v1/workflows", 403),
        ("read", "GET", "/api/v1/traces", 200),
        ("read", "HEAD", "/api/v1/traces", 200),
        ("read", "POST", "/api/v1/silences", 403),
        ("read", "POST", "/v1/traces", 403),
        ("read", "GET", "/api/v1/tokens", 403),
        ("read", "GET", "/api/v1/audit", 403),
        ("read", "GET", "/metrics", 200),
        ("read", "GET", "/health/full", 200),
        ("read", "POST", "/prometheus/api/v1/query", 200),
        ("read", "POST", "/prometheus/api/v1/write", 403),
        ("ingest", "POST", "/prometheus/api/v1/write", 200),
        ("operate", "POST", "/api/v1/silences", 200),
        ("operate", "GET", "/api/v1/traces", 200),
        ("operate", "POST", "/api/v1/tokens", 403),
        ("operate", "DELETE", "/api/v1/tokens/1", 403),
        ("admin", "POST", "/api/v1/tokens", 200),
        ("admin", "POST", "/v1/traces", 200),
        ("admin", "GET", "/api/v1/audit", 200),
    ],
)
async def test_what_each_scope_opens(ledger, clock, scope, method, path, status):
    _, secret = await ledger.tokens.create("default", [scope], "x")
    found, sent, _ = await ask(policy(ledger, clock), method, path, authorization=f"Bearer {secret}")
    assert found == status
    if status == 403 and path.startswith("/api"):
        problem = json.loads(sent[1]["body"])
        assert (problem["status"], problem["code"], problem["retryable"]) == (403, "scope_missing", False)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 200),
        ("GET", "/traces/4bf92f3577b34da6a3ce929d0e0e4736", 200),
        ("GET", "/assets/index.js", 200),
        ("GET", "/health/live", 200),
        ("GET", "/health/ready", 200),
        ("GET", "/health/full", 401),
        ("GET", "/api/v1/traces", 401),
        ("GET", "/api/v1/openapi.json", 401),
        ("POST", "/v1/traces", 401),
        ("GET", "/metrics", 401),
        ("POST", "/", 401),
        ("GET", "/prometheus/api/v1/query", 401),
        ("GET", "/jaeger/api/services", 401),
        ("GET", "/tempo/api/search", 401),
        ("GET", "/loki/api/v1/query", 401),
        ("POST", "/alertmanager/api/v2/alerts", 401),
        ("POST", "/hooks/uptime", 401),
        ("GET", "/mcp", 401),
    ],
)
async def test_beyond_loopback_nothing_that_holds_data_opens_without_a_token(
    ledger, clock, method, path, status
):
    rule = policy(ledger, clock, host="0.0.0.0")
    # Whatever the headers say: anybody can write them.
    for host in ("localhost:7070", "127.0.0.1", "watch.example"):
        found, sent, _ = await ask(rule, method, path, host=host)
        assert found == status
        if status == 401:
            assert (b"www-authenticate", b'Bearer realm="watchkeeper"') in sent[0]["headers"]


@pytest.mark.parametrize(
    "authorization",
    [
        "Bearer",
        "Bearer ",
        "Bearer wk_unknown",
        "Basic dXNlcjpwYXNz",
        "wk_x",
        "Bearer " + "x" * 5_000,
        "Bearer \xff",
    ],
)
async def test_a_wrong_token_opens_nothing_not_even_on_loopback(ledger, clock, authorization):
    status, sent, _ = await ask(policy(ledger, clock), host="localhost", authorization=authorization)
    assert status == 401
    assert json.loads(sent[1]["body"])["status"] == 401


async def test_the_ledger_is_asked_once_in_a_while(ledger, clock):
    _, secret = await ledger.tokens.create("default", ["read"], "x")
    tokens = Tokens(ledger.tokens)
    rule = AccessPolicy(tokens, clock, host="0.0.0.0")
    for token in (secret, "wk_wrong"):
        tokens.asked = 0
        for _ in range(10):
            await ask(rule, authorization=f"Bearer {token}")
        assert tokens.asked == 1
        clock.advance(CACHE_SECONDS)
        await ask(rule, authorization=f"Bearer {token}")
        assert tokens.asked == 2


async def test_a_revoked_token_is_refused_at_once_here_and_soon_elsewhere(tmp_path, ledger, clock):
    token_id, secret = await ledger.tokens.create("default", ["read"], "x")
    async with await Ledger.open(tmp_path / "ledger.db", clock) as elsewhere:
        here, there = policy(ledger, clock), policy(elsewhere, clock)
        for rule in (here, there):
            assert (await ask(rule, authorization=f"Bearer {secret}"))[0] == 200
        await ledger.tokens.revoke(token_id)
        assert (await ask(here, authorization=f"Bearer {secret}"))[0] == 401
        clock.advance(CACHE_SECONDS)
        assert (await ask(there, authorization=f"Bearer {secret}"))[0] == 401


async def test_guessing_does_not_fill_the_memory(ledger, clock):
    rule = policy(ledger, clock)
    for number in range(2_000):
        await rule.identify([(b"authorization", f"Bearer wk_{number}".encode())])
        await rule.identify([(b"host", f"{number}.example".encode())])
    assert len(rule._known_tokens) <= 1_024
    assert len(rule._known_hosts) <= 256


async def test_otlp_senders_are_refused_in_their_own_encoding(ledger, clock):
    rule = policy(ledger, clock, host="0.0.0.0")
    _, sent, _ = await ask(rule, "POST", "/v1/traces", content_type="application/x-protobuf")
    assert (b"content-type", b"application/x-protobuf") in sent[0]["headers"]
    status = Status.FromString(sent[1]["body"])
    assert (status.code, "access token" in status.message) == (16, True)
    _, sent, _ = await ask(rule, "POST", "/v1/traces", content_type="application/json")
    assert json.loads(sent[1]["body"])["code"] == 16
    local = policy(ledger, clock)
    _, sent, _ = await ask(local, "POST", "/v1/traces", host="x" * 300, content_type="application/x-protobuf")
    status = Status.FromString(sent[1]["body"])
    assert (status.code, "server.allowed_hosts" in status.message) == (7, True)


async def test_while_tokens_can_not_be_looked_up_senders_come_again(ledger, clock, monkeypatch):
    _, secret = await ledger.tokens.create("ships", ["admin"], "x")
    rule = policy(ledger, clock)
    with monkeypatch.context() as broken:

        async def busy(_):
            raise LedgerBusy("another process is writing")

        broken.setattr(ledger.tokens, "verify", busy)
        token = {"authorization": f"Bearer {secret}"}
        status, sent, access = await ask(rule, **token)
        assert (status, access) == (503, None)
        assert (b"retry-after", b"1") in sent[0]["headers"]
        problem = json.loads(sent[1]["body"])
        assert (problem["code"], problem["retryable"]) == ("tokens_unavailable", True)
        for kind in ("application/x-protobuf", "application/json"):
            status, sent, _ = await ask(rule, "POST", "/v1/traces", content_type=kind, **token)
            assert (status, (b"retry-after", b"1") in sent[0]["headers"]) == (503, True)
            body = sent[1]["body"]
            code = json.loads(body)["code"] if kind.endswith("json") else Status.FromString(body).code
            assert code == 14
    assert (await ask(rule, **token))[0] == 200, "nothing of it is remembered"


async def test_an_answer_to_head_has_no_body(ledger, clock):
    _, sent, _ = await ask(policy(ledger, clock), "HEAD", host="evil.example")
    assert sent[1]["body"] == b""


async def test_a_refused_websocket_is_closed(ledger, clock):
    sent = []

    async def send(message):
        sent.append(message)

    scope = {"type": "websocket", "path": "/api/v1/live", "headers": [(b"host", b"evil.example")]}
    await AccessMiddleware(None, policy(ledger, clock))(scope, None, send)
    assert sent == [{"type": "websocket.close", "code": 1008, "reason": "host_refused"}]


async def test_start_and_stop_pass_unasked(ledger, clock):
    seen = []

    async def app(scope, receive, send):
        seen.append(scope["type"])

    await AccessMiddleware(app, policy(ledger, clock))({"type": "lifespan"}, None, None)
    assert seen == ["lifespan"]


def test_listening_to_others_needs_a_token():
    for host in ("0.0.0.0", "::", "192.168.1.5", "watch.example"):
        with pytest.raises(ListenRefused, match="watchkeeper token create"):
            require_listening_allowed(host, has_tokens=False)
        require_listening_allowed(host, has_tokens=True)
    for host in ("127.0.0.1", "::1", "localhost"):
        require_listening_allowed(host, has_tokens=False)


@given(st.text(max_size=60))
def test_a_name_with_a_foreign_end_is_never_loopback(name):
    assert not is_loopback(f"{name}.example")


@given(st.binary(max_size=80), st.binary(max_size=80))
async def test_no_header_breaks_it(host, origin):
    rule = AccessPolicy(_NoTokens(), FakeClock(), host="127.0.0.1")
    assert isinstance(await rule.identify([(b"host", host), (b"origin", origin)]), Access | Refusal)


class _NoTokens:
    generation = 0

    async def verify(self, secret):
        return None


def test_every_path_that_is_no_page_of_the_ui_has_a_rule():
    for name in _NOT_PAGES:
        for method in ("GET", "POST"):
            assert required_scope(method, f"/{name}/anything") is not None, name


def test_a_folder_rule_holds_below_it_and_not_beside_it():
    assert required_scope("GET", "/api/v1/tokens") == "admin"
    assert required_scope("GET", "/api/v1/tokens/1") == "admin"
    assert required_scope("GET", "/api/v1/tokensmith") == "read"
    assert required_scope("GET", "/apix") is None
