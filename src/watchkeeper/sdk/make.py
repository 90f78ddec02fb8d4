"""The functions that make steps; what a user writes: ``with task("summarise"): …``.

All of them work as ``with``, ``async with`` and as decorators. A name that is
left out is taken from the decorated function. ``attributes`` adds any other
span attributes.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from watchkeeper.sdk import steps
from watchkeeper.semconv import attributes as a

Attributes = Mapping[str, Any] | None


def workflow(
    name: str = "",
    *,
    conversation_id: str | None = None,
    user_id: str | None = None,
    phase_id: str | None = None,
    attributes: Attributes = None,
) -> steps.Workflow:
    """A run of a whole workflow, usually the root of a trace.

    Args:
        name: of the workflow; few different ones, it labels metrics
        conversation_id: which conversation or session it belongs to
        user_id: whom it works for
        phase_id: phase of the project
        attributes: any other span attributes
    """
    given = {a.CONVERSATION_ID: conversation_id, a.USER_ID: user_id, a.PHASE_ID: phase_id}
    return steps.Workflow(name, _given(given, attributes))


def task(
    name: str = "",
    *,
    type: str | None = None,  # noqa: A002  the user's own word
    agent: str | None = None,
    phase_id: str | None = None,
    attributes: Attributes = None,
) -> steps.Task:
    """A unit of work.

    Args:
        name: of the task
        type: what kind of task it is, by default the name; labels metrics, so keep the
            number of different ones small
        agent: who does it; by default the agent around it, else the first agent inside it
        phase_id: phase of the project
        attributes: any other span attributes
    """
    given = {a.TASK_TYPE: type or name or None, a.AGENT_NAME: agent, a.PHASE_ID: phase_id}
    return steps.Task(name, _given(given, attributes))


def agent(
    name: str = "",
    *,
    conversation_id: str | None = None,
    id: str | None = None,  # noqa: A002  the conventions' own word
    description: str | None = None,
    version: str | None = None,
    attributes: Attributes = None,
) -> steps.Agent:
    """One run of an agent.

    Args:
        name: of the agent
        conversation_id: which conversation or session it belongs to
        id: the agent's stable id, where it has one
        description: what it is for
        version: of the agent
        attributes: any other span attributes
    """
    given = {
        a.CONVERSATION_ID: conversation_id,
        a.AGENT_ID: id,
        a.AGENT_DESCRIPTION: description,
        a.AGENT_VERSION: version,
    }
    return steps.Agent(name, _given(given, attributes))


def llm_call(
    model: str = "",
    *,
    provider: str | None = None,
    operation: str = "chat",
    temperature: float | None = None,
    max_tokens: int | None = None,
    attributes: Attributes = None,
) -> steps.LlmCall:
    """A call of a model.

    Args:
        model: the model asked for
        provider: ``openai``, ``anthropic``, ``gcp.gemini``, … as the GenAI conventions call them
        operation: ``chat``, ``text_completion``, ``generate_content`` or ``embeddings``
        temperature: as sent to the model
        max_tokens: as sent to the model
        attributes: any other span attributes
    """
    given = {
        a.OPERATION_NAME: operation,
        a.PROVIDER_NAME: provider,
        a.REQUEST_TEMPERATURE: temperature,
        a.REQUEST_MAX_TOKENS: max_tokens,
    }
    return steps.LlmCall(model, _given(given, attributes))


def tool(
    name: str = "",
    *,
    call_id: str | None = None,
    type: str = "function",  # noqa: A002  the conventions' own word
    description: str | None = None,
    attributes: Attributes = None,
) -> steps.Tool:
    """A call of a tool or skill; as a decorator it notes arguments and result by itself.

    Args:
        name: of the tool
        call_id: id of the model's tool call that this answers
        type: ``function``, ``extension`` or ``datastore``
        description: what it does
        attributes: any other span attributes
    """
    given = {a.TOOL_CALL_ID: call_id, a.TOOL_TYPE: type, a.TOOL_DESCRIPTION: description}
    return steps.Tool(name, _given(given, attributes))


def handoff(
    from_agent: str,
    to_agent: str,
    *,
    reason: str | None = None,
    returns: bool = False,
    attributes: Attributes = None,
) -> steps.Handoff:
    """One agent hands the work to another.

    Args:
        from_agent: who gives
        to_agent: who takes
        reason: why
        returns: whether control comes back to the giver
        attributes: any other span attributes
    """
    given = {
        a.FROM_AGENT: from_agent,
        a.AGENT_NAME: from_agent,
        a.TRANSFER_TARGET_NAME: to_agent,
        a.TRANSFER_MODE: "return_to_caller" if returns else "pass_control",
        a.HANDOFF_REASON: reason,
    }
    return steps.Handoff(to_agent, _given(given, attributes))


def decision(
    type: str = "",  # noqa: A002  the user's own word
    *,
    choice: str | None = None,
    alternatives: Sequence[str] | None = None,
    confidence: float | None = None,
    rationale: str | None = None,
    agent: str | None = None,
    attributes: Attributes = None,
) -> steps.Decision:
    """A choice between alternatives. What is not known at the start is given by ``choose``.

    Args:
        type: what is decided (``routing``, ``retry``, …); labels metrics
        choice: what was chosen
        alternatives: what it was chosen from
        confidence: 0 to 1
        rationale: why
        agent: who decides, by default the agent around it
        attributes: any other span attributes
    """
    given = steps.decision_attributes(choice, alternatives, confidence, rationale) | {a.AGENT_NAME: agent}
    return steps.Decision(type, _given(given, attributes))


def approval(name: str = "", *, agent: str | None = None, attributes: Attributes = None) -> steps.Approval:
    """Waiting for a person's answer; end it with ``answer``."""
    return steps.Approval(name, _given({a.AGENT_NAME: agent}, attributes))


def permission(
    skill: str = "", *, agent: str | None = None, attributes: Attributes = None
) -> steps.Permission:
    """A check whether an agent may use a skill; say ``allow`` or ``deny``."""
    return steps.Permission(skill, _given({a.AGENT_NAME: agent}, attributes))


def context_refresh(agent: str = "", *, attributes: Attributes = None) -> steps.ContextRefresh:
    """An agent's context is rebuilt or compacted; ``size`` says what it holds afterwards."""
    return steps.ContextRefresh(agent, _given({}, attributes))


def state_save(name: str = "", *, attributes: Attributes = None) -> steps.StateSave:
    """State is written."""
    return steps.StateSave(name, _given({}, attributes))


def state_load(name: str = "", *, attributes: Attributes = None) -> steps.StateLoad:
    """State is read back."""
    return steps.StateLoad(name, _given({}, attributes))


def safety_block(
    rule: str = "", *, agent: str | None = None, attributes: Attributes = None
) -> steps.SafetyBlock:
    """A safety rule refused an input, an output or an action."""
    return steps.SafetyBlock(rule, _given({a.AGENT_NAME: agent}, attributes))


def _given(values: dict[str, Any], attributes: Attributes) -> dict[str, Any]:
    """What was given at all; the helper's own arguments win over ``attributes``."""
    given = {key: value for key, value in attributes.items() if value is not None} if attributes else {}
    given.update({key: value for key, value in values.items() if value is not None})
    return given
