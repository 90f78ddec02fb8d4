"""The kinds of steps, and the functions that make them: ``with task("summarise"): …``.

Each class adds to ``Step`` only what its kind has to say; each function names
what a user may give at the start.
"""

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, Literal, Self

from watchkeeper.sdk import guard
from watchkeeper.sdk import messages as wire
from watchkeeper.sdk.runtime import state
from watchkeeper.sdk.step import Step
from watchkeeper.semconv import KINDS
from watchkeeper.semconv import attributes as a

Attributes = Mapping[str, Any] | None


class Workflow(Step):
    """A run of a whole workflow."""

    __slots__ = ()
    row: ClassVar = KINDS["workflow"]


class Task(Step):
    """A unit of work from the orchestrator's queue."""

    __slots__ = ()
    row: ClassVar = KINDS["task"]

    def copy(self, name: str | None = None) -> Self:
        """A decorated function gives its name to the task, and so its type."""
        step = super().copy(name)
        if a.TASK_TYPE not in step.given:
            step.given = {**step.given, a.TASK_TYPE: step.name}
        return step


class Agent(Step):
    """One run of an agent."""

    __slots__ = ()
    row: ClassVar = KINDS["agent"]

    def ending(self, seconds: float) -> None:
        """Adds to the time that the agent was active."""
        if state.instruments is not None:
            state.instruments.add("agent_active_seconds_total", seconds, (self.name,))


class LlmCall(Step):
    """A call of a model: tokens, cost and messages."""

    __slots__ = ()
    row: ClassVar = KINDS["llm_call"]

    def span_name(self) -> str:
        """``chat gpt-4.1``, as the conventions have it."""
        operation = self.given.get(a.OPERATION_NAME, "chat")
        return self.row.span_name.format(operation=operation, name=self.name).rstrip()

    def usage(
        self,
        *,
        input_tokens: int | None = None,
        output_tokens: int | None = None,
        cache_read: int | None = None,
        cache_write: int | None = None,
        reasoning: int | None = None,
    ) -> Self:
        """Tokens used; input includes what was read from a cache, output includes reasoning."""
        tokens = {
            a.USAGE_INPUT_TOKENS: input_tokens,
            a.USAGE_OUTPUT_TOKENS: output_tokens,
            a.USAGE_CACHE_READ_TOKENS: cache_read,
            a.USAGE_CACHE_WRITE_TOKENS: cache_write,
            a.USAGE_REASONING_TOKENS: reasoning,
        }
        self._set({key: value for key, value in tokens.items() if value is not None})
        return self

    def cost(self, usd: float, *, source: Literal["provider", "local"] = "local") -> Self:
        """What the call cost, in USD; without it the server looks up the price."""
        self._set({a.USAGE_COST_AMOUNT: usd, a.USAGE_COST_CURRENCY: "USD", a.USAGE_COST_SOURCE: source})
        return self

    def messages(
        self,
        *,
        input: wire.Messages | None = None,  # noqa: A002  the conventions' own word
        output: wire.Messages | None = None,
        system: wire.Messages | None = None,
    ) -> Self:
        """What was said; nothing is kept when content capture is off."""
        if not self._captures():
            return self
        try:
            values: dict[str, Any] = {}
            if input is not None:
                values[a.INPUT_MESSAGES] = wire.messages_json(input, "user")
            if output is not None:
                values[a.OUTPUT_MESSAGES] = wire.messages_json(output, "assistant")
            if system is not None:
                values[a.SYSTEM_INSTRUCTIONS] = wire.instructions_json(system)
            self.span.set_attributes(values)
        except Exception as error:
            guard.failed("messages", error)
        return self

    def response_model(self, model: str) -> Self:
        """The model that answered, where it differs from the one asked for."""
        self._set({a.RESPONSE_MODEL: model})
        return self

    def response(self, *, id: str | None = None, finish_reasons: Sequence[str] | None = None) -> Self:  # noqa: A002  the conventions' own word
        """Id of the answer and why it ended."""
        if id is not None:
            self._set({a.RESPONSE_ID: id})
        if finish_reasons is not None:
            self._set({a.RESPONSE_FINISH_REASONS: list(finish_reasons)})
        return self

    def ending(self, seconds: float) -> None:  # noqa: ARG002  the interface's argument
        """Counts tokens and cost."""
        instruments = state.instruments
        if instruments is None:
            return
        get = self.attributes.get
        agent = str(get(a.AGENT_NAME, ""))
        model = str(get(a.RESPONSE_MODEL) or get(a.REQUEST_MODEL, ""))
        cost = get(a.USAGE_COST_AMOUNT)
        if cost:
            instruments.add("agent_cost_usd_total", cost, (agent, model, str(get(a.PROVIDER_NAME, ""))))
        for token_type, key in _TOKEN_TYPES:
            count = get(key)
            if count:
                instruments.add("agent_tokens_total", count, (agent, model, token_type))


_TOKEN_TYPES = (
    ("input", a.USAGE_INPUT_TOKENS),
    ("output", a.USAGE_OUTPUT_TOKENS),
    ("cache_read", a.USAGE_CACHE_READ_TOKENS),
    ("cache_write", a.USAGE_CACHE_WRITE_TOKENS),
    ("reasoning", a.USAGE_REASONING_TOKENS),
)


class Tool(Step):
    """A call of a tool; as a decorator it takes arguments and result from the function."""

    __slots__ = ()
    row: ClassVar = KINDS["tool"]

    def arguments(self, value: Any = None, /, **named: Any) -> Self:
        """What the tool was called with: one value, or names and values."""
        return self._content(a.TOOL_CALL_ARGUMENTS, named if value is None else value)

    def result(self, value: Any) -> Self:
        """What the tool gave back."""
        return self._content(a.TOOL_CALL_RESULT, value)

    def called(self, function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Notes the arguments of a decorated function by name."""
        if self._captures():
            try:
                bound = inspect.signature(function).bind_partial(*args, **kwargs).arguments
                for name in ("self", "cls"):
                    bound.pop(name, None)
                self.arguments(dict(bound))
            except (TypeError, ValueError):  # the call itself will say what is wrong with it
                guard.log.debug("watchkeeper: no arguments noted for the tool %r", self.name)
            except (
                Exception
            ) as error:  # looking at a signature may run the host's code: annotations, __signature__
                guard.failed("tool arguments", error)

    def returned(self, value: Any) -> None:
        """Notes what a decorated function returned."""
        if value is not None:
            self.result(value)

    def _content(self, key: str, value: Any) -> Self:
        if self._captures():
            try:
                self.span.set_attribute(key, wire.value_json(value))
            except Exception as error:
                guard.failed("tool content", error)
        return self


class Handoff(Step):
    """One agent hands the work to another."""

    __slots__ = ()
    row: ClassVar = KINDS["handoff"]

    def span_name(self) -> str:
        """``handoff planner → writer``."""
        return f"handoff {self.given.get(a.FROM_AGENT, '')} → {self.name}"


class Decision(Step):
    """A choice between alternatives, with its reasons."""

    __slots__ = ()
    row: ClassVar = KINDS["decision"]

    def choose(
        self,
        choice: str,
        *,
        alternatives: Sequence[str] | None = None,
        confidence: float | None = None,
        rationale: str | None = None,
    ) -> Self:
        """What was chosen, from what, how surely (0 to 1) and why."""
        self._set(decision_attributes(choice, alternatives, confidence, rationale))
        return self


class Approval(Step):
    """Waiting for a person's yes or no."""

    __slots__ = ()
    row: ClassVar = KINDS["approval"]

    def answer(
        self, outcome: Literal["approved", "rejected", "expired"], *, approver: str | None = None
    ) -> Self:
        """How it was answered, and by whom."""
        self._set({a.APPROVAL_OUTCOME: outcome} | ({a.APPROVAL_APPROVER: approver} if approver else {}))
        return self


class Permission(Step):
    """A check whether an agent may use a skill."""

    __slots__ = ()
    row: ClassVar = KINDS["permission"]

    def allow(self, reason: str = "") -> Self:
        """The agent may."""
        return self._answer(granted=True, reason=reason)

    def deny(self, reason: str = "") -> Self:
        """The agent may not."""
        return self._answer(granted=False, reason=reason)

    def _answer(self, *, granted: bool, reason: str) -> Self:
        self._set({a.PERMISSION_GRANTED: granted} | ({a.PERMISSION_REASON: reason} if reason else {}))
        return self

    def ending(self, seconds: float) -> None:  # noqa: ARG002  the interface's argument
        """Counts what was allowed and what was denied."""
        granted = self.attributes.get(a.PERMISSION_GRANTED)
        if state.instruments is not None and granted is not None:
            name = "skill_access_allowed_total" if granted else "skill_access_denied_total"
            state.instruments.add(name, 1, (str(self.attributes.get(a.AGENT_NAME, "")), self.name))


class ContextRefresh(Step):
    """An agent's context is rebuilt or compacted."""

    __slots__ = ()
    row: ClassVar = KINDS["context_refresh"]

    def size(self, *, tokens: int | None = None, items: int | None = None) -> Self:
        """What the context holds now."""
        self.set(a.CONTEXT_TOKENS, tokens).set(a.CONTEXT_ITEMS, items)
        return self

    def ending(self, seconds: float) -> None:  # noqa: ARG002  the interface's argument
        """Sets the gauges of the context's size."""
        if state.instruments is None:
            return
        for key, metric in (
            (a.CONTEXT_TOKENS, "agent_context_tokens"),
            (a.CONTEXT_ITEMS, "agent_context_items"),
        ):
            value = self.attributes.get(key)
            if value is not None:
                state.instruments.set(metric, value, (self.name,))


class StateSave(Step):
    """State is written."""

    __slots__ = ()
    row: ClassVar = KINDS["state_save"]

    def size(self, size_bytes: int) -> Self:
        """Size of what was written."""
        self._set({a.STATE_SIZE_BYTES: size_bytes})
        return self

    def ending(self, seconds: float) -> None:  # noqa: ARG002  the interface's argument
        """Sets the gauge of the state's size."""
        size = self.attributes.get(a.STATE_SIZE_BYTES)
        if state.instruments is not None and size is not None:
            state.instruments.set("state_file_size_bytes", size, (self.name,))


class StateLoad(Step):
    """State is read back."""

    __slots__ = ()
    row: ClassVar = KINDS["state_load"]


class SafetyBlock(Step):
    """A guard refused something."""

    __slots__ = ()
    row: ClassVar = KINDS["safety_block"]


def decision_attributes(
    choice: str | None, alternatives: Sequence[str] | None, confidence: float | None, rationale: str | None
) -> dict[str, Any]:
    """Span attributes of a decision; what is None is left out."""
    values = {
        a.DECISION_CHOICE: choice,
        a.DECISION_ALTERNATIVES: None if alternatives is None else list(alternatives),
        a.DECISION_CONFIDENCE: confidence,
        a.DECISION_RATIONALE: None if rationale is None else wire.cut(rationale),
    }
    return {key: value for key, value in values.items() if value is not None}
