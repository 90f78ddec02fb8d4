"""Failure injection: one small file per order, in a folder that both sides know.

``send`` writes an order, the running demo takes and removes it. A file per order
needs no port, survives a reader that is busy, and can be written by hand.
"""

import json
import os
import time
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from watchkeeper.demo.fleet import FLEET

KINDS: Final = (
    "error_spike",
    "stuck_agent",
    "crash",
    "queue_flood",
    "cost_runaway",
    "permission_denials",
)
_RUNNING: Final = "demo.running"
_STALE_SECONDS: Final = 5.0
# Orders that nobody took must not pile up.
_MAX_ORDERS: Final = 100


class InjectionRefused(Exception):
    """An order that can't be given; the message says what to do instead."""


@dataclass(frozen=True, slots=True)
class Order:
    """One failure to inject: its kind, for how long, and on whom ('' lets the demo choose)."""

    kind: str
    duration_seconds: float
    agent: str = ""


def send(
    control_dir: str | os.PathLike[str], kind: str, duration_seconds: float = 30.0, agent: str = ""
) -> Order:
    """Orders the demo that listens in ``control_dir`` to fail in a certain way.

    Raises:
        InjectionRefused: no demo listens there, or the kind, agent or duration makes no sense
    """
    folder = Path(control_dir)
    order = Order(kind.strip().lower().replace("-", "_"), duration_seconds, agent)
    if order.kind not in KINDS:
        raise InjectionRefused(f"unknown kind of failure {kind!r}; one of: {', '.join(KINDS)}")
    if not 0 < duration_seconds <= 3600:
        raise InjectionRefused(f"a duration of {duration_seconds} s is not between 0 and 3600")
    if agent and agent not in FLEET:
        raise InjectionRefused(f"no agent {agent!r}; one of: {', '.join(FLEET)}")
    if not running(folder):
        raise InjectionRefused(f"no demo listens in {folder}; start one with: watchkeeper demo")
    if len(list(folder.glob("inject-*.json"))) >= _MAX_ORDERS:
        raise InjectionRefused(f"{_MAX_ORDERS} orders wait in {folder} already")
    text = json.dumps({"kind": order.kind, "duration_seconds": order.duration_seconds, "agent": order.agent})
    name = f"{time.time_ns()}-{uuid.uuid4().hex[:8]}"
    draft = folder / f".{name}.tmp"
    draft.write_text(text, encoding="utf-8")
    draft.replace(folder / f"inject-{name}.json")  # appears whole or not at all
    return order


def running(control_dir: str | os.PathLike[str]) -> bool:
    """Whether a demo gave a sign of life there in the last seconds."""
    try:
        return time.time() - (Path(control_dir) / _RUNNING).stat().st_mtime < _STALE_SECONDS
    except FileNotFoundError:
        return False


def alive(control_dir: Path) -> None:
    """The demo's sign of life."""
    control_dir.mkdir(parents=True, exist_ok=True)
    (control_dir / _RUNNING).write_text(f"{os.getpid()}\n", encoding="utf-8")


def gone(control_dir: Path) -> None:
    """The demo ends."""
    (control_dir / _RUNNING).unlink(missing_ok=True)


def take(control_dir: Path) -> tuple[list[Order], list[str]]:
    """The orders that wait, oldest first, and a line for each file that was none. Removes both."""
    orders: list[Order] = []
    refused: list[str] = []
    for path in sorted(control_dir.glob("inject-*.json"))[:_MAX_ORDERS]:
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
            order = Order(str(found["kind"]), float(found["duration_seconds"]), str(found.get("agent", "")))
            if order.kind not in KINDS:
                raise ValueError(f"unknown kind {order.kind!r}")
            orders.append(order)
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            refused.append(f"{path.name}: {type(error).__name__}: {error}")
        path.unlink(missing_ok=True)
    return orders, refused
