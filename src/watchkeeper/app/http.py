"""How HTTP is served: uvicorn, with its signal handling left to us and a limit on connections that say nothing."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Iterator
from functools import partial
from typing import Any, Final

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_CONNECTIONS: Final = 2_000
_GRACE_SECONDS: Final = 5


class Protocol(HttpToolsProtocol):
    """HTTP/1.1, but a connection whose request does not begin, or whose head does not end, is closed.

    uvicorn closes connections that are idle between two requests; before the first one it would wait for ever.
    """

    def __init__(self, *arguments: Any, head_timeout_seconds: float, **more: Any) -> None:
        """As uvicorn makes it, with the time that a head may take."""
        super().__init__(*arguments, **more)
        self._head_timeout = head_timeout_seconds
        self._silence: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """Wait for the first request only so long."""
        super().connection_made(transport)
        self._expect()

    def on_message_begin(self) -> None:
        """A head begins: it has the same time to end."""
        super().on_message_begin()
        self._expect()

    def on_headers_complete(self) -> None:
        """A request is there; its body has a time limit of its own."""
        self._calm()
        super().on_headers_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing more to wait for."""
        self._calm()
        super().connection_lost(exc)

    def _expect(self) -> None:
        self._calm()
        self._silence = self.loop.call_later(self._head_timeout, self.transport.close)

    def _calm(self) -> None:
        if self._silence is not None:
            self._silence.cancel()
            self._silence = None


class Server(uvicorn.Server):
    """A uvicorn server that leaves signals to the lifecycle."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


def server(app: ASGIApp, *, lifespan: bool, head_timeout_seconds: float) -> Server:
    """A server of an application; run it with `serve(sockets=[…])`."""
    return Server(
        uvicorn.Config(
            app,
            http=partial(Protocol, head_timeout_seconds=head_timeout_seconds),  # type: ignore[arg-type]
            ws="none",
            lifespan="on" if lifespan else "off",
            log_config=None,
            access_log=False,
            server_header=False,
            date_header=True,
            limit_concurrency=_CONNECTIONS,
            timeout_keep_alive=75,
            timeout_graceful_shutdown=_GRACE_SECONDS,
        )
    )


def address(listener: socket.socket) -> str:
    """``http://host:port`` of a listening socket."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
