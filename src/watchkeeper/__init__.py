"""watchkeeper: see what a fleet of AI agents does, act when something goes wrong, keep what was learned.

This is the SDK's façade: ``import watchkeeper as wk``, then ``wk.configure(…)`` and
``with wk.task("summarise"): …``. It loads nothing until a name is used, so that
importing it costs the host next to nothing. Nothing inside the package imports it.
"""

# Type checkers know this name; importing typing would be most of the cost of this module.
TYPE_CHECKING = False

if TYPE_CHECKING:
    from watchkeeper.sdk import (
        Agent,
        Approval,
        ContextRefresh,
        Decision,
        Handoff,
        LlmCall,
        Permission,
        Remote,
        SafetyBlock,
        StateLoad,
        StateSave,
        Step,
        Task,
        Tool,
        Workflow,
        agent,
        approval,
        bind,
        configure,
        context_refresh,
        current,
        decision,
        environment,
        export_counts,
        extract,
        force_flush,
        handoff,
        inject,
        internal_errors,
        llm_call,
        permission,
        safety_block,
        shutdown,
        state_load,
        state_save,
        task,
        tool,
        workflow,
    )

__all__ = [
    "Agent",
    "Approval",
    "ContextRefresh",
    "Decision",
    "Handoff",
    "LlmCall",
    "Permission",
    "Remote",
    "SafetyBlock",
    "StateLoad",
    "StateSave",
    "Step",
    "Task",
    "Tool",
    "Workflow",
    "agent",
    "approval",
    "bind",
    "configure",
    "context_refresh",
    "current",
    "decision",
    "environment",
    "export_counts",
    "extract",
    "force_flush",
    "handoff",
    "inject",
    "internal_errors",
    "llm_call",
    "permission",
    "safety_block",
    "shutdown",
    "state_load",
    "state_save",
    "task",
    "tool",
    "workflow",
]


if not TYPE_CHECKING:  # with a __getattr__ in sight, type checkers would accept any name

    def __getattr__(name: str) -> object:
        if name in __all__:
            from watchkeeper import sdk  # deferred: start-up time of programs that only import the name

            value = getattr(sdk, name)
            globals()[name] = value
            return value
        if name == "__version__":
            from importlib.metadata import version  # deferred: reads the file system

            return version("watchkeeper")
        raise AttributeError(f"module 'watchkeeper' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
