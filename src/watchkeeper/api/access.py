"""Who may do what, decided before anything else looks at a request.

    listens on        no Authorization                        Authorization: Bearer <token>
    loopback          everything, in the default project,     what the token's scopes allow,
                      when Host (and Origin) are this         in the token's project
                      machine's names
    anything else     the UI's files and two health checks    the same

A browser sends Host and Origin truthfully, so checking them keeps web pages out: a page on the internet that
fetches `http://localhost:4318` says its own Origin, and one that points its own name at 127.0.0.1 says that name
as Host. A request with a token needs no such check: a page that knows the token may use it.

This runs for every request, also on the path of ingestion: it works on the raw headers, asks the ledger at most
once in `CACHE_SECONDS` for a token, and remembers the hosts it has judged.
"""

from __future__ import annotations

import ipaddress
import json
import logging
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from dataclasses import dataclass
from typing import Any, Final, Protocol
from urllib.parse import urlsplit

from watchkeeper.kernel.clock import Clock
from watchkeeper.kernel.errors import WatchkeeperError
from watchkeeper.ledger.tokens import ALL_SCOPES, DEFAULT_PROJECT, Scope, TokenInfo

log = logging.getLogger(__name__)

# A revoked token is refused after at most this long, also when another process revoked it.
CACHE_SECONDS: Final = 5.0
_CACHED_TOKENS: Final = 1_024
_CACHED_HOSTS: Final = 256
_LONGEST_SECRET: Final = 256

_RETRY_AFTER_SECONDS: Final = 1
_TITLES: Final = {401: "Unauthorized", 403: "Forbidden", 503: "Service Unavailable"}
_GRPC_CODES: Final = {401: 16, 403: 7, 503: 14}  # UNAUTHENTICATED, PERMISSION_DENIED, UNAVAILABLE
_CLOSE_REFUSED: Final = 1008
_CLOSE_RETRY: Final = 1013

_READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})
# What a reverse proxy adds: the request did not start on this machine, whatever its Host says.
_FORWARDED: Final = frozenset({b"forwarded", b"x-forwarded-for", b"x-real-ip", b"via"})


@dataclass(frozen=True, slots=True)
class Rule:
    """The scopes that a path needs, by whether the request only reads. None: open to everybody."""

    path: str
    read: Scope | None
    change: Scope | None


# The first rule whose path is the request's, or a folder above it, holds. Nothing after the API's and the
# compatible APIs' folders but the files of the web UI, which carry no data.
RULES: Final = (
    Rule("/v1", Scope.INGEST, Scope.INGEST),
    Rule("/health/live", None, None),
    Rule("/health/ready", None, None),
    Rule("/health", Scope.READ, Scope.OPERATE),
    Rule("/metrics", Scope.READ, Scope.OPERATE),
    Rule("/api/v1/tokens", Scope.ADMIN, Scope.ADMIN),
    Rule("/api/v1/audit", Scope.ADMIN, Scope.ADMIN),
    Rule("/api", Scope.READ, Scope.OPERATE),
    Rule("/prometheus/api/v1/write", Scope.INGEST, Scope.INGEST),
    # PromQL may be sent by POST: it is still a question.
    Rule("/prometheus", Scope.READ, Scope.READ),
    Rule("/loki/api/v1/push", Scope.INGEST, Scope.INGEST),
    Rule("/loki", Scope.READ, Scope.READ),
    Rule("/jaeger", Scope.READ, Scope.OPERATE),
    Rule("/tempo", Scope.READ, Scope.OPERATE),
    Rule("/alertmanager", Scope.READ, Scope.OPERATE),
    Rule("/hooks", Scope.INGEST, Scope.INGEST),
    Rule("/mcp", Scope.READ, Scope.READ),
    Rule("/docs", Scope.READ, Scope.OPERATE),
    Rule("/openapi.json", Scope.READ, Scope.OPERATE),
    Rule("/", None, Scope.OPERATE),
)


class ListenRefused(WatchkeeperError):
    """Listening beyond loopback without a token would let everybody in."""

    code = "listen_refused"


@dataclass(frozen=True, slots=True)
class Access:
    """What a request may do: `scopes` within `project`. `actor` names it in the audit trail."""

    project: str
    scopes: frozenset[Scope]
    actor: str = "local"

    def allows(self, scope: Scope | None) -> bool:
        """Whether a scope is among them; None needs none."""
        return scope is None or scope in self.scopes


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a request goes no further: HTTP status 401, 403 or 503, a stable code, a sentence."""

    status: int
    code: str
    detail: str


class TokenCheck(Protocol):
    """Where tokens are looked up: `ledger.tokens`."""

    @property
    def generation(self) -> int:
        """Grows when a token was made or revoked in this process."""
        ...

    async def verify(self, secret: str) -> TokenInfo | None:
        """Whose secret this is."""
        ...


Headers = Iterable[tuple[bytes, bytes]]
_LOCAL: Final = Access(DEFAULT_PROJECT, ALL_SCOPES)
_NOBODY: Final = Access(DEFAULT_PROJECT, frozenset(), "anonymous")


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine alone: `localhost`, `127.0.0.1`, `::1`, `*.localhost`."""
    name = host.lower().rstrip(".").strip("[]")
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def require_listening_allowed(host: str, *, has_tokens: bool) -> None:
    """Refuse to serve others than this machine while nobody could be told apart.

    Raises:
        ListenRefused: `host` is beyond loopback and there is no token.
    """
    if not is_loopback(host) and not has_tokens:
        raise ListenRefused(
            f"won't listen on {host}: others could reach it, and there is no access token yet",
            hint="make one with `watchkeeper token create`, or listen on 127.0.0.1",
        )


def required_scope(method: str, path: str) -> Scope | None:
    """The scope that a request needs; None when it is open to everybody."""
    for rule in RULES:
        if path == rule.path or path.startswith(rule.path if rule.path == "/" else rule.path + "/"):
            return rule.read if method in _READING else rule.change
    return Scope.ADMIN


class AccessPolicy:
    """Decides for one server; shared by everything that it listens with."""

    def __init__(
        self, tokens: TokenCheck, clock: Clock, *, host: str, allowed_hosts: Iterable[str] = ()
    ) -> None:
        """Decide for a server.

        Args:
            tokens: where secrets are looked up.
            clock: ages the cache.
            host: the address that the server listens on.
            allowed_hosts: names, beside those of loopback, under which no token is needed.
        """
        self._tokens = tokens
        self._clock = clock
        self._open = is_loopback(host)
        self._allowed_hosts = frozenset(name.lower() for name in allowed_hosts)
        self._known_hosts: dict[bytes, bool] = {}
        self._known_tokens: dict[bytes, tuple[float, Access | None]] = {}
        self._generation = tokens.generation

    async def identify(self, headers: Headers) -> Access | Refusal:
        """Who sends this, from the headers of HTTP or the metadata of gRPC (names in lower case)."""
        host = origin = authorization = b""
        forwarded = False
        for name, value in headers:
            if name == b"host" or name == b":authority":  # noqa: PLR1714  (twice as fast as a set here)
                host = value
            elif name == b"origin":
                origin = value
            elif name == b"authorization":
                authorization = value
            elif name in _FORWARDED:
                forwarded = True
        if authorization:
            return await self._bearer(authorization)
        if not self._open:
            return _NOBODY
        return self._local(host, origin, forwarded=forwarded)

    def decide(self, access: Access, method: str, path: str) -> Refusal | None:
        """Whether somebody may do this; None when so."""
        needed = required_scope(method, path)
        if access.allows(needed):
            return None
        if access is _NOBODY:
            return Refusal(401, "unauthenticated", "send an access token: Authorization: Bearer <token>")
        return Refusal(403, "scope_missing", f"this needs a token with the scope {needed!s}")

    async def _bearer(self, authorization: bytes) -> Access | Refusal:
        cached = self._cached(authorization)
        if cached is not None:
            access = cached[1]
        else:
            kind, _, secret = authorization.partition(b" ")
            if kind.lower() != b"bearer" or not 0 < len(secret) <= _LONGEST_SECRET:
                return Refusal(401, "unauthenticated", "Authorization must be: Bearer <token>")
            try:
                info = await self._tokens.verify(secret.strip().decode("latin-1"))
            except WatchkeeperError as error:
                log.warning("a token could not be looked up: %s", error)
                return Refusal(503, "tokens_unavailable", "access tokens can't be looked up just now; retry")
            access = None if info is None else Access(info.project, info.allows(), f"token:{info.id}")
            self._remember(authorization, access)
        return access or Refusal(401, "token_unknown", "this access token is unknown or was revoked")

    def _cached(self, authorization: bytes) -> tuple[float, Access | None] | None:
        if self._generation != self._tokens.generation:
            self._generation = self._tokens.generation
            self._known_tokens.clear()
        found = self._known_tokens.get(authorization)
        return found if found is not None and self._clock.monotonic() < found[0] else None

    def _remember(self, authorization: bytes, access: Access | None) -> None:
        # Somebody who tries secrets must not grow this; a full cache starts anew.
        if len(self._known_tokens) >= _CACHED_TOKENS:
            self._known_tokens.clear()
        self._known_tokens[authorization] = (self._clock.monotonic() + CACHE_SECONDS, access)

    def _local(self, host: bytes, origin: bytes, *, forwarded: bool) -> Access | Refusal:
        known = self._known_hosts.get(host)
        if known is None:
            known = self._judge(host)
            if len(self._known_hosts) >= _CACHED_HOSTS:
                self._known_hosts.clear()
            self._known_hosts[host] = known
        if not known:
            return Refusal(
                403,
                "host_refused",
                f"without a token this server answers to the names of this machine only, not to {_text(host)!r}; "
                "server.allowed_hosts can add it",
            )
        if forwarded and _host_name(host) not in self._allowed_hosts:
            return Refusal(
                401, "unauthenticated", "a request that came through a proxy needs an access token"
            )
        if origin and not _same_place(origin, host):
            return Refusal(
                403, "origin_refused", f"a page of {_text(origin)!r} may not use this server without a token"
            )
        return _LOCAL

    def _judge(self, host: bytes) -> bool:
        name = _host_name(host)
        return is_loopback(name) or name in self._allowed_hosts


AsgiScope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[AsgiScope, Receive, Send], Awaitable[None]]


class AccessMiddleware:
    """Puts the policy before an ASGI application.

    Sets `scope["state"]["access"]` to the request's `Access`, or answers 401, 403 or 503 itself.
    """

    def __init__(self, app: App, policy: AccessPolicy) -> None:
        """Guard `app` by `policy`."""
        self._app = app
        self._policy = policy

    async def __call__(self, scope: AsgiScope, receive: Receive, send: Send) -> None:
        """Judge one request, and pass it on or answer it."""
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        access = await self._policy.identify(scope["headers"])
        if isinstance(access, Access):
            refusal = self._policy.decide(access, scope.get("method", "GET"), scope["path"])
            if refusal is None:
                scope.setdefault("state", {})["access"] = access
                await self._app(scope, receive, send)
                return
        else:
            refusal = access
        if scope["type"] == "websocket":
            code = _CLOSE_RETRY if refusal.status == 503 else _CLOSE_REFUSED
            await send({"type": "websocket.close", "code": code, "reason": refusal.code})
        else:
            await _answer(refusal, scope, send)


async def _answer(refusal: Refusal, scope: AsgiScope, send: Send) -> None:
    content_type, body = _body(refusal, scope)
    headers = [(b"content-type", content_type), (b"content-length", str(len(body)).encode())]
    if refusal.status == 401:
        headers.append((b"www-authenticate", b'Bearer realm="watchkeeper"'))
    if refusal.status == 503:
        headers.append((b"retry-after", str(_RETRY_AFTER_SECONDS).encode()))
    await send({"type": "http.response.start", "status": refusal.status, "headers": headers})
    await send({"type": "http.response.body", "body": body if scope["method"] != "HEAD" else b""})


def _body(refusal: Refusal, scope: AsgiScope) -> tuple[bytes, bytes]:
    if scope["path"].startswith("/v1/"):
        return _otlp_body(refusal, scope)
    problem = {
        "type": "about:blank",
        "title": _TITLES[refusal.status],
        "status": refusal.status,
        "detail": refusal.detail,
        "code": refusal.code,
        "retryable": refusal.status == 503,
    }
    return b"application/problem+json", json.dumps(problem).encode()


def _otlp_body(refusal: Refusal, scope: AsgiScope) -> tuple[bytes, bytes]:
    """A `google.rpc.Status`, in the encoding of the request, as OTLP asks for."""
    code = _GRPC_CODES[refusal.status]
    sent = next((value for name, value in scope["headers"] if name == b"content-type"), b"")
    if sent.startswith(b"application/json"):
        return b"application/json", json.dumps({"code": code, "message": refusal.detail}).encode()
    text = refusal.detail.encode()[:1_000]
    # Two fields, written by hand: 1 = code (varint), 2 = message (length-delimited, up to two length bytes).
    length = bytes([len(text)]) if len(text) < 128 else bytes([len(text) & 0x7F | 0x80, len(text) >> 7])
    return b"application/x-protobuf", bytes([0x08, code, 0x12]) + length + text


def _host_name(host: bytes) -> str:
    """The name in a Host header, without its port, in lower case."""
    text = _text(host).lower()
    if text.startswith("["):
        return text[1:].partition("]")[0]
    return text.partition(":")[0]


def _same_place(origin: bytes, host: bytes) -> bool:
    try:
        parts = urlsplit(_text(origin))
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and parts.netloc.lower() == _text(host).lower()


def _text(header: bytes) -> str:
    return header.decode("latin-1")
