"""OTLP/HTTP: ``POST /v1/traces``, as the specification has it.

Success is an empty body, or a partial success that counts the rejected spans. Errors carry a `google.rpc.Status`;
429 and 503 say when to come again. https://opentelemetry.io/docs/specs/otlp/#otlphttp
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final

from google.rpc.status_pb2 import Status

from watchkeeper.ingest.errors import IngestError, LogFull, TooLarge, TooSlow, Undecodable, Unsupported
from watchkeeper.ingest.receive import Receiver, Reservation

log = logging.getLogger(__name__)

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

PATHS: Final = frozenset({"/v1/traces", "/v1/metrics", "/v1/logs"})
_PROTOBUF: Final = b"application/x-protobuf"
_RETRY_AFTER_SECONDS: Final = 1


class OtlpHttp:
    """The ASGI application of the OTLP paths."""

    def __init__(self, receiver: Receiver, *, body_timeout_seconds: float) -> None:
        """Hand what comes in to `receiver`."""
        self._receiver = receiver
        self._body_timeout = body_timeout_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        if scope["path"] != "/v1/traces":
            known = scope["path"] in PATHS
            what = "this signal is not received yet" if known else "OTLP/HTTP is POST /v1/traces"
            await _refuse(send, 404, 5, f"{scope['path']}: {what}", close=True)
            return
        if scope["method"] != "POST":
            await _refuse(
                send,
                405,
                12,
                f"{scope['method']} is not allowed here; send POST",
                (b"allow", b"POST"),
                close=True,
            )
            return
        try:
            answer = await self._take(scope, receive)
        except IngestError as error:
            self._receiver.count_refusal(error)
            extra = (b"retry-after", str(_RETRY_AFTER_SECONDS).encode()) if error.retryable else None
            # What was not read of the body would be taken for the next request.
            close = isinstance(error, (TooLarge, TooSlow, Unsupported, LogFull))
            await _refuse(send, error.status, error.grpc_code, str(error), extra, close=close)
            return
        except _Gone:
            return
        await _reply(send, 200, answer)

    async def _take(self, scope: Scope, receive: Receive) -> bytes:
        kind, encoding, length = _headers(scope)
        if kind.split(";", 1)[0].strip().lower() != "application/x-protobuf":
            raise Unsupported(
                f"Content-Type {kind[:80]!r} is not supported", hint="send application/x-protobuf"
            )
        limit = self._receiver.max_body_bytes
        if length > limit:
            raise TooLarge(f"the body has {length} bytes, the limit is {limit}", hint="send smaller batches")
        with self._receiver.memory() as held:
            try:
                async with asyncio.timeout(self._body_timeout):
                    body = await _body(receive, limit, held)
            except TimeoutError as error:
                raise TooSlow(f"the body did not arrive within {self._body_timeout:g} seconds") from error
            if length and length != len(body):
                raise Undecodable(f"the body has {len(body)} bytes, Content-Length says {length}")
            checked = await self._receiver.traces(scope["state"]["access"].project, body, encoding, held)
        return checked.answer()


class _Gone(Exception):
    """The sender hung up."""


def _headers(scope: Scope) -> tuple[str, str, int]:
    """Content type, encoding, and length (0 when it is not said)."""
    kind = encoding = ""
    length = 0
    for name, value in scope["headers"]:
        if name == b"content-type":
            kind = value.decode("latin-1")
        elif name == b"content-encoding":
            encoding = value.decode("latin-1").strip().lower()
        elif name == b"content-length":
            length = int(value)
    return kind, encoding, length


async def _body(receive: Receive, limit: int, held: Reservation) -> bytes:
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _Gone
        part = message.get("body", b"")
        size += len(part)
        if size > limit:
            raise TooLarge(f"the body is over {limit} bytes", hint="send smaller batches")
        held.grow(len(part))
        parts.append(part)
        if not message.get("more_body"):
            return parts[0] if len(parts) == 1 else b"".join(parts)


async def _refuse(
    send: Send,
    status: int,
    code: int,
    message: str,
    extra: tuple[bytes, bytes] | None = None,
    *,
    close: bool = False,
) -> None:
    body: bytes = Status(code=code, message=message[:1000]).SerializeToString()
    headers = [extra] if extra else []
    if close:
        headers.append((b"connection", b"close"))
    await _reply(send, status, body, headers)


async def _reply(
    send: Send, status: int, body: bytes, extra: list[tuple[bytes, bytes]] | None = None
) -> None:
    headers = [(b"content-type", _PROTOBUF), (b"content-length", str(len(body)).encode()), *(extra or ())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
