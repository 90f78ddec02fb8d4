"""``python -m watchkeeper.demo``: runs the fleet against a server."""

import argparse
import asyncio
import contextlib
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from watchkeeper import sdk as wk
from watchkeeper.demo import control
from watchkeeper.demo.fleet import FLEET
from watchkeeper.demo.orchestrator import Orchestrator

REPORT_SECONDS: Final = 30.0
POLL_SECONDS: Final = 0.2


def main(arguments: list[str] | None = None) -> int:
    """Runs until the duration is over or a signal comes; returns the exit status."""
    options = _options(arguments)
    wk.configure("watchkeeper-demo", endpoint=options.endpoint, token=options.token, service_namespace="demo")
    try:
        asyncio.run(_run(options))
    except KeyboardInterrupt:  # a second Ctrl-C while stopping
        return 130
    finally:
        wk.shutdown()
    return 0


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m watchkeeper.demo", description=__doc__)
    parser.add_argument(
        "--endpoint", help="OTLP/HTTP address of the server (default: as OTEL_* say, else local)"
    )
    parser.add_argument("--token", help="access token, scope ingest")
    parser.add_argument("--seed", type=int, default=7, help="the same seed makes the same choices")
    parser.add_argument("--rate", type=float, default=2.0, help="workflow runs per second")
    parser.add_argument("--duration", type=float, default=0.0, help="seconds; 0 runs until stopped")
    parser.add_argument(
        "--control-dir", type=Path, default=Path("watchkeeper-data/demo"), help="where orders to fail arrive"
    )
    parser.add_argument("--quiet", action="store_true", help="say nothing on the way")
    options = parser.parse_args(arguments)
    if not 0 < options.rate <= 50:
        parser.error("--rate: expected a number above 0 and at most 50")
    if options.duration < 0:
        parser.error("--duration: expected 0 or a number of seconds")
    return options


async def _run(options: argparse.Namespace) -> None:
    def say(line: str) -> None:
        if not options.quiet:
            sys.stdout.write(f"demo: {line}\n")
            sys.stdout.flush()

    orchestrator = Orchestrator(options.seed, options.rate, say)
    fleet = asyncio.create_task(orchestrator.run())
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):  # Windows has no handlers on the loop
            loop.add_signal_handler(number, fleet.cancel)
    say(f"{len(FLEET)} agents, {options.rate:g} runs a second, seed {options.seed}")
    watch = asyncio.create_task(_listen(orchestrator, options.control_dir, say))
    try:
        await asyncio.wait(
            {fleet, watch}, timeout=options.duration or None, return_when=asyncio.FIRST_COMPLETED
        )
    finally:
        for task in (watch, fleet):
            task.cancel()
        results = await asyncio.gather(fleet, watch, return_exceptions=True)
        control.gone(options.control_dir)
    for result in results:
        if isinstance(result, Exception):
            raise result
    say(f"stopped after {orchestrator.finished} runs, {orchestrator.failed} of them failed")


async def _listen(orchestrator: Orchestrator, control_dir: Path, say: Callable[[str], None]) -> None:
    """Takes orders and reports now and then."""
    control.take(control_dir)  # what was ordered from an earlier demo is over
    reported = time.monotonic()
    while True:
        control.alive(control_dir)
        orders, refused = control.take(control_dir)
        for order in orders:
            orchestrator.inject(order)
        for line in refused:
            say(f"order refused: {line}")
        if time.monotonic() - reported >= REPORT_SECONDS:
            reported = time.monotonic()
            say(f"{orchestrator.finished} runs, {orchestrator.failed} failed, {orchestrator.queued} waiting")
        await asyncio.sleep(POLL_SECONDS)


if __name__ == "__main__":
    sys.exit(main())
