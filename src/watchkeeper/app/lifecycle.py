"""Starts a server: claims its folder and ports, starts the engine, and hands over to `running`.

The engine starts in its own process while this one imports what it needs: that is a second of the start. So
nothing here imports more than the start itself takes.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import logging
import signal
import sys
from typing import Any

from watchkeeper.app.config import Config
from watchkeeper.app.data_folder import DataFolder
from watchkeeper.app.listening import bind
from watchkeeper.kernel.clock import Clock, SystemClock
from watchkeeper.store.engine.supervisor import EngineProcess


def serve(config: Config) -> int:
    """Run a server until SIGTERM or SIGINT; returns the process's exit status.

    Prints the addresses once it answers: ``otlp-http URL``, ``otlp-grpc HOST:PORT``, ``ready URL``.

    Raises:
        WatchkeeperError: it can't start; the message says what to do.
    """
    logging.basicConfig(
        level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(levelname)-7s %(name)s: %(message)s"
    )
    for name in ("uvicorn.error", "alembic"):
        logging.getLogger(name).setLevel(logging.WARNING)
    with DataFolder(config.server.data_dir) as folder, _runner() as runner:
        return runner.run(_serve(config, folder, SystemClock()))


def _runner() -> asyncio.Runner:
    try:
        import uvloop  # missing on Windows
    except ImportError:
        return asyncio.Runner()
    return asyncio.Runner(loop_factory=uvloop.new_event_loop)


async def _serve(config: Config, folder: DataFolder, clock: Clock) -> int:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    server = config.server
    async with contextlib.AsyncExitStack() as stack:
        main = stack.enter_context(contextlib.closing(bind(server.host, server.port, "--port")))
        otlp = stack.enter_context(
            contextlib.closing(bind(server.host, server.otlp_http_port, "--otlp-http-port"))
        )
        engine = EngineProcess(folder.engine, config.store, clock)
        stack.push_async_callback(engine.stop)
        starting = asyncio.create_task(engine.start())
        stack.push_async_callback(_abandon, starting)
        running: Any = await asyncio.to_thread(importlib.import_module, "watchkeeper.app.running")
        status: int = await running.run(config, folder, clock, engine, starting, (main, otlp), stop)
    logging.getLogger(__name__).info("stopped")
    return status


async def _abandon(task: asyncio.Task[None]) -> None:
    """End a task whose result nobody wants any more."""
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
