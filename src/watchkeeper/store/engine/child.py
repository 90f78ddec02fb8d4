"""The engine's process: ClickHouse's HTTP interface over the embedded engine.

It answers as much as `clickhouse-connect` and `curl` need: ``GET /ping``, and statements by GET or POST on ``/``
with ``query``, ``param_<name>``, ``default_format``, ``readonly`` and settings in the URL, the statement or the
rows in the body. Errors come with ``X-ClickHouse-Exception-Code``. Bodies may be gzip, zstd or lz4.

Run as ``python -m watchkeeper.store.engine.child --data DIR --socket PATH …`` by the supervisor; it ends when
its parent does.
"""

from __future__ import annotations

import argparse
import asyncio
import ctypes
import os
import re
import signal
import sys
import uuid
from collections.abc import Awaitable, Callable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl

from watchkeeper.store.engine.pool import Connections, Statement, StatementFailed
from watchkeeper.store.engine.settings import write_config

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

# What clickhouse-connect puts into the URL for a server with sessions and progress; one connection needs none.
_IGNORED: Final = frozenset({
    "session_id", "session_timeout", "session_check", "query_id", "database", "client_protocol_version",
    "wait_end_of_query", "send_progress_in_http_headers", "http_headers_progress_interval_ms", "compress",
    "decompress", "enable_http_compression", "user", "password", "quota_key", "role", "buffer_size",
    "cancel_http_readonly_queries_on_client_close", "add_http_cors_header", "http_write_exception_in_output_format",
})  # fmt: skip
_ROWS_FOLLOW: Final = re.compile(
    rb"\s*INSERT\s+INTO\s[^;]*?\sFORMAT\s+(?!VALUES\b)\w+[ \t]*\r?\n", re.IGNORECASE
)
MAX_BODY_BYTES: Final = 256 * 1024**2


class Interface:
    """The ASGI application."""

    def __init__(self, connections: Connections, *, readers: int, writers: int) -> None:
        """One thread a connection: a statement waits for its connection, never for a thread."""
        self._connections = connections
        self._reading = ThreadPoolExecutor(readers, thread_name_prefix="reader")
        self._writing = ThreadPoolExecutor(writers, thread_name_prefix="writer")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        if scope["path"] == "/ping":
            await _answer(send, 200, b"Ok.\n")
            return
        if scope["path"] not in {"/", "/query"}:
            await _answer(send, 404, b"There is no such path; statements go to /\n")
            return
        body = await _body(receive)
        if body is None:
            await _answer(send, 413, f"A body has at most {MAX_BODY_BYTES} bytes\n".encode())
            return
        try:
            statement = parse(scope, body)
        except ValueError as error:
            await _answer(send, 400, f"Code: 62. DB::Exception: {error} (SYNTAX_ERROR)\n".encode(), code=62)
            return
        pool = self._reading if statement.read_only else self._writing
        try:
            result = await asyncio.get_running_loop().run_in_executor(pool, self._connections.run, statement)
        except StatementFailed as error:
            await _answer(send, 500, f"{error}\n".encode(), code=error.code)
            return
        await _answer(send, 200, result, summary=True)


def parse(scope: Scope, body: bytes) -> Statement:
    """A request's statement.

    Raises:
        ValueError: there is no statement, it is not UTF-8, or the body's coding is unknown.
    """
    arguments = dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True))
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    body = _decompress(body, headers.get("content-encoding", ""))
    sql = arguments.pop("query", "")
    if not sql:
        # Rows may follow their statement in the body, in a format that is no text.
        head = _ROWS_FOLLOW.match(body)
        at = head.end() if head else len(body)
        sql, body = body[:at].decode(), body[at:]
    elif body and not sql.lstrip()[:6].upper().startswith("INSERT"):
        sql, body = f"{sql}\n{body.decode()}", b""
    if not sql.strip():
        raise ValueError("no statement: put it into the body or into ?query=")
    if "\x00" in sql:
        raise ValueError("the statement contains a NUL byte")
    return Statement(
        sql=sql,
        body=body,
        output_format=arguments.pop("default_format", "")
        or headers.get("x-clickhouse-format", "TabSeparated"),
        parameters={name[6:]: value for name, value in arguments.items() if name.startswith("param_")},
        read_only=scope["method"] in {"GET", "HEAD"} or arguments.pop("readonly", "0") not in {"", "0"},
        settings={
            name: value
            for name, value in arguments.items()
            if name not in _IGNORED and not name.startswith("param_") and name != "readonly"
        },
    )


def _decompress(body: bytes, coding: str) -> bytes:
    if not coding or not body:
        return body
    import cramjam

    codecs: dict[str, Any] = {"gzip": cramjam.gzip, "zstd": cramjam.zstd, "lz4": cramjam.lz4}
    if coding not in codecs:
        raise ValueError(f"unknown Content-Encoding {coding!r}; known are {', '.join(sorted(codecs))}")
    return bytes(codecs[coding].decompress(body))


async def _body(receive: Receive) -> bytes | None:
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        part = message.get("body", b"")
        size += len(part)
        if size > MAX_BODY_BYTES:
            return None
        parts.append(part)
        if not message.get("more_body"):
            return b"".join(parts)


async def _answer(send: Send, status: int, body: bytes, *, code: int = 0, summary: bool = False) -> None:
    headers = [
        (b"content-type", b"text/plain; charset=UTF-8"),
        (b"content-length", str(len(body)).encode()),
        (b"x-clickhouse-server-display-name", b"watchkeeper"),
        (b"x-clickhouse-query-id", str(uuid.uuid4()).encode()),
        (b"x-clickhouse-timezone", b"UTC"),
    ]
    if code:
        headers.append((b"x-clickhouse-exception-code", str(code).encode()))
    if summary:
        headers.append((b"x-clickhouse-summary", b"{}"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _end_with_parent() -> None:
    # A killed server must not leave an engine behind that holds the data folder.
    pr_set_pdeathsig = 1
    if sys.platform == "linux" and ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL) != 0:
        raise OSError("prctl(PR_SET_PDEATHSIG) failed")


def _arguments(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="watchkeeper-engine")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--socket", type=Path, required=True)
    parser.add_argument("--parent", type=int, required=True)
    parser.add_argument("--readers", type=int, default=4)
    parser.add_argument("--writers", type=int, default=3)
    parser.add_argument("--max-memory", type=int, required=True)
    parser.add_argument("--query-memory", type=int, required=True)
    parser.add_argument("--query-threads", type=int, default=0)
    parser.add_argument("--query-seconds", type=int, default=60)
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    """Serve until told to stop; 0 when stopped, 3 when the data folder can't be opened."""
    arguments = _arguments(sys.argv[1:] if argv is None else argv)
    _end_with_parent()
    if os.getppid() != arguments.parent:
        return 0
    arguments.data.mkdir(parents=True, exist_ok=True)
    os.chdir(arguments.data)  # format schemas given as strings leave a cache folder in the working directory
    limits = {
        "max_memory_usage": arguments.query_memory,
        "max_bytes_before_external_group_by": arguments.query_memory // 2,
        "max_bytes_before_external_sort": arguments.query_memory // 2,
        "max_threads": arguments.query_threads or os.cpu_count() or 2,
        "max_execution_time": arguments.query_seconds,
        "max_result_bytes": 256 * 1024**2,
    }
    try:
        connections = Connections(
            arguments.data / "db",
            write_config(arguments.data, memory_bytes=arguments.max_memory),
            limits=limits,
            readers=arguments.readers,
            writers=arguments.writers,
        )
    except StatementFailed as error:
        sys.stderr.write(f"engine: {arguments.data} can't be opened: {str(error)[:500]}\n")
        return 3
    import uvicorn

    arguments.socket.unlink(missing_ok=True)
    interface = Interface(connections, readers=arguments.readers, writers=arguments.writers)
    config = uvicorn.Config(
        interface, uds=str(arguments.socket), lifespan="off", access_log=False, log_level="warning",
        timeout_graceful_shutdown=20, ws="none", h11_max_incomplete_event_size=1 << 20,
    )  # fmt: skip
    uvicorn.Server(config).run()
    connections.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
