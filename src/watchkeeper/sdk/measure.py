"""Which metrics a step moves: the rows of ``semconv.KINDS``, and the rules that no row can say."""

from typing import TYPE_CHECKING, Final

from watchkeeper.sdk.metrics import Instruments, label_values
from watchkeeper.sdk.runtime import state
from watchkeeper.semconv import KINDS, KindMetrics
from watchkeeper.semconv import attributes as a

if TYPE_CHECKING:
    from watchkeeper.sdk.scope import Scope
    from watchkeeper.sdk.step import Step

_TASK: Final = KINDS["task"].metrics


def started(step: "Step", around: "Scope") -> None:
    """A step has started."""
    if step.row.name == "agent":
        _adopt(step, around)
    instruments = state.instruments
    metrics = _metrics(step)
    if instruments is None or _waits_for_its_agent(step):
        return
    _started(instruments, metrics, step)


def ended(step: "Step", seconds: float) -> None:
    """A step has ended; its attributes say how."""
    instruments = state.instruments
    if instruments is None:
        return
    metrics = _metrics(step)
    if _waits_for_its_agent(step):
        _started(instruments, metrics, step)
    attributes = step.attributes
    failed = a.ERROR_TYPE in attributes
    cancelled = attributes.get(a.OUTCOME) == a.OUTCOME_CANCELLED
    if step.active_labels is not None:
        instruments.add(metrics.active, -1, step.active_labels)
    if metrics.ended:
        instruments.add(metrics.ended, 1, label_values(metrics.ended, attributes))
    if metrics.seconds:
        instruments.observe(metrics.seconds, seconds, label_values(metrics.seconds, attributes))
    # Cancelled is neither: nobody knows how it would have ended.
    if failed and metrics.failed:
        instruments.add(metrics.failed, 1, label_values(metrics.failed, attributes))
    elif metrics.completed and not failed and not cancelled:
        instruments.add(metrics.completed, 1, label_values(metrics.completed, attributes))
    step.ending(seconds)


def raised(step: "Step") -> None:
    """An exception was raised in a step: counted once, however many steps it passes through."""
    if state.instruments is not None:
        name = "agent_errors_total"
        state.instruments.add(name, 1, label_values(name, step.attributes))


def _started(instruments: Instruments, metrics: KindMetrics, step: "Step") -> None:
    if metrics.started:
        instruments.add(metrics.started, 1, label_values(metrics.started, step.attributes))
    if metrics.active:
        step.active_labels = label_values(metrics.active, step.attributes)
        instruments.add(metrics.active, 1, step.active_labels)


def _metrics(step: "Step") -> KindMetrics:
    """An agent run outside any task counts as a task, as it does on the server."""
    row = step.row
    return _TASK if row.name == "agent" and a.TASK_TYPE not in step.attributes else row.metrics


def _waits_for_its_agent(step: "Step") -> bool:
    """A task without an agent belongs to the first one that works on it."""
    return step.row.name == "task" and a.AGENT_NAME not in step.attributes


def _adopt(agent: "Step", around: "Scope") -> None:
    """Gives the task around an agent run that agent, if it has none yet."""
    found: Scope | None = around
    while found is not None and found.step is not None:
        step = found.step
        if step.row.name == "task":
            if _waits_for_its_agent(step):
                step.set(a.AGENT_NAME, agent.name)
                if state.instruments is not None:
                    _started(state.instruments, step.row.metrics, step)
            return
        found = found.outer
