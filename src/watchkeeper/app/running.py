"""A server from the moment its engine starts until nothing accepted is left to store."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import sys
from collections.abc import AsyncIterator
from socket import socket
from typing import Any, Final

from watchkeeper.api.access import require_listening_allowed
from watchkeeper.app import http, web_files
from watchkeeper.app.config import Config
from watchkeeper.app.data_folder import DataFolder
from watchkeeper.app.listening import PortInUse, bind
from watchkeeper.app.spine import Spine, wire
from watchkeeper.ingest import otlp_grpc
from watchkeeper.kernel.clock import Clock
from watchkeeper.ledger.ledger import Ledger
from watchkeeper.store.client import Engine
from watchkeeper.store.engine.supervisor import EngineProcess
from watchkeeper.store.migrate import DATABASE, migrate

log = logging.getLogger(__name__)

_DRAIN_SECONDS: Final = 20.0
_REMEMBER_SECONDS: Final = 900


async def run(
    config: Config,
    folder: DataFolder,
    clock: Clock,
    process: EngineProcess,
    starting: asyncio.Task[None],
    listeners: tuple[socket, socket],
    stop: asyncio.Event,
) -> int:
    """Wire, start, listen, and stop in the opposite order.

    Args:
        config: all rooms' sections.
        folder: the claimed data folder.
        clock: of the whole server.
        process: the engine's process.
        starting: done when it answers.
        listeners: of the UI and API, and of OTLP/HTTP.
        stop: set to end the server.

    Raises:
        WatchkeeperError: it can't start.
    """
    async with contextlib.AsyncExitStack() as stack:
        ledger = await Ledger.open(config.ledger.url or folder.ledger, clock, config.ledger)
        stack.push_async_callback(ledger.close)
        require_listening_allowed(config.server.host, has_tokens=await ledger.tokens.any_active())
        await starting
        engine = Engine(process.socket)
        stack.push_async_callback(engine.close)
        await migrate(engine, clock)

        spine = wire(config, folder, ledger, process, engine, clock)
        await _start(spine)
        stack.push_async_callback(_stop, spine)
        grpc_server, grpc_port = await _grpc(spine, config)
        stack.push_async_callback(grpc_server.stop, 2)
        async with _listening(
            spine, *listeners, head_timeout_seconds=config.server.head_timeout_seconds
        ) as ended:
            _say_ready(config, *listeners, grpc_port)
            # What was made for the start will not go away again: keep the collector from looking at it.
            gc.collect()
            gc.freeze()
            waits = [asyncio.create_task(stop.wait()), *ended]
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            waits[0].cancel()
            if not stop.is_set():
                log.error("a listener ended by itself; stopping")
                return 1
            log.info("stopping: storing what was accepted")
    return 0


async def _start(spine: Spine) -> None:
    rows = await spine.engine.select(
        f"SELECT DISTINCT RequestId FROM {DATABASE}.spans WHERE ReceivedAt > now() - {_REMEMBER_SECONDS} LIMIT 100000"
    )
    spine.alarms.start()
    await spine.log.start(int(row[0]) for row in rows.data)
    spine.announcer.start()
    spine.pricer.start()
    spine.rollup.start()


async def _stop(spine: Spine) -> None:
    await spine.rollup.stop()
    await spine.pricer.stop()
    await spine.log.stop(timeout_seconds=_DRAIN_SECONDS)
    await spine.announcer.stop()
    await spine.alarms.stop()


async def _grpc(spine: Spine, config: Config) -> tuple[Any, int]:
    host, port = config.server.host, config.server.otlp_grpc_port
    if port:
        # gRPC's own error does not say that a port is in use.
        bind(host, port, "--otlp-grpc-port").close()
    try:
        return await otlp_grpc.serve(spine.otlp_grpc, host, port, max_body_bytes=config.ingest.max_body_bytes)
    except OSError as error:
        raise PortInUse(
            f"port {port} is in use on {host}", hint="choose another with --otlp-grpc-port"
        ) from error


@contextlib.asynccontextmanager
async def _listening(
    spine: Spine, main: socket, otlp: socket, *, head_timeout_seconds: float
) -> AsyncIterator[list[asyncio.Task[None]]]:
    """Both HTTP servers run inside; leaving stops them, streams first."""
    servers = [
        http.server(app, lifespan=lifespan, head_timeout_seconds=head_timeout_seconds)
        for app, lifespan in ((spine.everything, True), (spine.otlp_http, False))
    ]
    tasks = [
        asyncio.create_task(server.serve(sockets=[listener]))
        for server, listener in zip(servers, (main, otlp), strict=True)
    ]
    try:
        # uvicorn has no event for it
        while not all(server.started for server in servers) and not any(task.done() for task in tasks):  # noqa: ASYNC110
            await asyncio.sleep(0.005)
        yield tasks
    finally:
        spine.feed.close()
        for server in servers:
            server.should_exit = True
        await asyncio.gather(*tasks, return_exceptions=True)


def _say_ready(config: Config, main: socket, otlp: socket, grpc_port: int) -> None:
    if web_files.find(config.server.web_dir) is None:
        log.warning("the web UI is not built; `make web` builds it. The API works without it.")
    say = sys.stdout.write
    say(f"otlp-http {http.address(otlp)}\n")
    say(f"otlp-grpc {config.server.host}:{grpc_port}\n")
    say(f"ready {http.address(main)}\n")
    sys.stdout.flush()
