"""Instrumentation that lives in someone else's process.

Light to import, cheap to call, and never a danger to its host: see ``guard``.
``import watchkeeper as wk`` offers everything here under one name.
"""

from watchkeeper.sdk.guard import internal_errors
from watchkeeper.sdk.make import (
    agent,
    approval,
    context_refresh,
    decision,
    handoff,
    llm_call,
    permission,
    safety_block,
    state_load,
    state_save,
    task,
    tool,
    workflow,
)
from watchkeeper.sdk.propagation import Remote, bind, environment, extract, inject
from watchkeeper.sdk.runtime import configure, export_counts, force_flush, shutdown
from watchkeeper.sdk.step import Step, current
from watchkeeper.sdk.steps import (
    Agent,
    Approval,
    ContextRefresh,
    Decision,
    Handoff,
    LlmCall,
    Permission,
    SafetyBlock,
    StateLoad,
    StateSave,
    Task,
    Tool,
    Workflow,
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
