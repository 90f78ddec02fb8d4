"""Which metrics a step moves: the rows of ``semconv.KINDS``, and the rules that no row can say."""

from typing import TYPE_CHECKING

from watchkeeper.sdk.metrics import Instruments, Moves, label_values
from watchkeeper.sdk.runtime import state
from watchkeeper.semconv import attributes as a

if TYPE_CHECKING:
    from watchkeeper.sdk.scope import Scope
    from watchkeeper.sdk.step import Step


def started(step: "Step", around: "Scope") -> None:
    """A step has started."""
    if step.row.name == "agent":
        adopt(step.name, around)
    if state.instruments is not None and not _waits_for_its_agent(step):
        _start(state.instruments, step)


def ended(step: "Step", seconds: float) -> None:
    """A step has ended; its attributes say how."""
    if state.instruments is None:
        return
    moves = step.moves
    if moves is None:  # a task that nobody took
        moves = _start(state.instruments, step)
    if moves.lower is not None:
        moves.lower()
    if moves.ended is not None:
        moves.ended()
    if moves.seconds is not None:
        moves.seconds(seconds)
    if a.ERROR_TYPE in step.attributes:
        if moves.failed is not None:
            moves.failed()
    # Cancelled is neither: nobody knows how it would have ended.
    elif moves.completed is not None and step.attributes.get(a.OUTCOME) != a.OUTCOME_CANCELLED:
        moves.completed()
    step.ending(seconds)


def raised(step: "Step") -> None:
    """An exception was raised in a step: counted once, however many steps it passes through."""
    if state.instruments is not None:
        name = "agent_errors_total"
        state.instruments.add(name, 1, label_values(name, step.attributes))


def adopt(agent: str, around: "Scope") -> None:
    """An agent starts to work: the task around it is its own, if it was nobody's yet."""
    found: Scope | None = around
    while found is not None and found.step is not None:
        step = found.step
        if step.row.name == "task":
            if _waits_for_its_agent(step):
                step.set(a.AGENT_NAME, agent)
                if state.instruments is not None:
                    _start(state.instruments, step)
            return
        found = found.outer


def _start(instruments: Instruments, step: "Step") -> Moves:
    # An agent run outside any task counts as a task, as it does on the server.
    alone = step.row.name == "agent" and a.TASK_TYPE not in step.attributes
    # Kept on the step: what is raised under some labels is lowered under the same.
    moves = step.moves = instruments.moves("task" if alone else step.row.name, step.attributes)
    if moves.started is not None:
        moves.started()
    if moves.raised is not None:
        moves.raised()
    return moves


def _waits_for_its_agent(step: "Step") -> bool:
    """A task without an agent belongs to the first one that works on it."""
    return step.row.name == "task" and a.AGENT_NAME not in step.attributes
