"""A step: one thing an orchestrator does, as a span and as metrics.

One object serves ``with``, ``async with`` and as a decorator of functions,
coroutines and generators of both colours. Which span and which metrics it makes
is a row of ``semconv.KINDS``; the classes in ``steps`` only add what is special
about a kind.
"""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from contextvars import Token
from time import perf_counter
from types import TracebackType
from typing import Any, ClassVar, Final, Self, TypeVar, cast

from opentelemetry import context as otel_context
from opentelemetry.context import Context
from opentelemetry.trace import INVALID_SPAN, Span, SpanKind, Status, StatusCode, set_span_in_context

from watchkeeper.sdk import guard, measure, scope
from watchkeeper.sdk.decorate import decorated
from watchkeeper.sdk.metrics import Moves
from watchkeeper.sdk.runtime import state
from watchkeeper.semconv import KINDS, Kind
from watchkeeper.semconv import attributes as a

F = TypeVar("F", bound=Callable[..., Any])
S = TypeVar("S", bound="Step")

MESSAGE_LIMIT: Final = 4_000

_INHERITED = frozenset(a.INHERITED)
_SPAN_KINDS = {name: SpanKind[row.span_kind] for name, row in KINDS.items()}


class Step:
    """Something that starts, ends well or in an error, and may hold further steps.

    Enter it once; a decorated function gets a step of its own for each call.
    """

    __slots__ = ("_context", "_started", "_token", "attributes", "given", "moves", "name", "span")

    row: ClassVar[Kind]

    def __init__(self, name: str, given: Mapping[str, Any]) -> None:
        self.name = name
        self.given = given
        self.attributes: dict[str, Any] = {}
        self.span: Span = INVALID_SPAN
        self._context: Context | None = None
        self._token: Token[Context] | None = None
        self._started = 0.0
        self.moves: Moves | None = None

    # --- what users call ------------------------------------------------------

    def set(self, key: str, value: Any) -> Self:
        """Sets an attribute of the span; None leaves it out."""
        if value is not None:
            self._set({key: value})
        return self

    def fail(self, error_type: str, message: str = "") -> Self:
        """Marks the step as failed without an exception."""
        try:
            self.attributes[a.ERROR_TYPE] = error_type
            self.span.set_attribute(a.ERROR_TYPE, error_type)
            self.span.set_status(Status(StatusCode.ERROR, message or error_type))
        except Exception as error:
            guard.failed("fail", error)
        return self

    @property
    def trace_id(self) -> str:
        """Trace id, 32 hexadecimal digits; zeros when nothing is recorded."""
        return f"{self.span.get_span_context().trace_id:032x}"

    @property
    def span_id(self) -> str:
        """Span id, 16 hexadecimal digits; zeros when nothing is recorded."""
        return f"{self.span.get_span_context().span_id:016x}"

    def __enter__(self) -> Self:
        self.begin()
        self.resume()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.pause()
        self.finish(error)

    async def __aenter__(self) -> Self:
        return self.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.__exit__(kind, error, traceback)

    def __call__(self, function: F) -> F:
        """Decorates a function, coroutine function, generator or async generator."""
        template = self if self.name else self.copy(getattr(function, "__name__", "call"))
        return cast("F", decorated(template, function))

    # --- what kinds add -------------------------------------------------------

    def called(self, function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """A decorated function was called; the span is open."""

    def returned(self, value: Any) -> None:
        """A decorated function returned; the span is still open."""

    def span_name(self) -> str:
        """Name of the span."""
        return self.row.span_name.format(name=self.name).rstrip()

    def ending(self, seconds: float) -> None:
        """The step has ended; the metrics that no table row expresses are recorded here."""

    # --- how it works ---------------------------------------------------------

    def copy(self, name: str | None = None) -> Self:
        """A step like this one that has not been entered."""
        step = type(self).__new__(type(self))
        Step.__init__(step, self.name if name is None else name, self.given)
        return step

    def _set(self, values: dict[str, Any]) -> None:
        try:
            self.attributes.update(values)
            self.span.set_attributes(values)
        except Exception as error:
            guard.failed("set", error)

    def begin(self) -> None:
        """Starts the step without making it current; for code that ``with`` doesn't fit."""
        if not state.active:
            return
        if self._context is not None:
            guard.say_once(
                "entered twice",
                "watchkeeper: the %s %r was entered while it was open already; make a new one for each use",
                self.row.name,
                self.name,
            )
            return
        try:
            parent = otel_context.get_current()
            around = scope.of(parent)
            attributes = {a.SPAN_KIND: self.row.name, **around.attributes}
            if self.row.operation:
                attributes[a.OPERATION_NAME] = self.row.operation
            if self.name:
                attributes[self.row.name_attribute] = self.name
            attributes.update(self.given)
            self.attributes = attributes
            handed_down = around.attributes
            if self.row.scoped:
                handed_down = {key: value for key, value in attributes.items() if key in _INHERITED}
            self.span = state.tracer.start_span(
                self.span_name(), parent, _SPAN_KINDS[self.row.name], attributes
            )
            inside = set_span_in_context(self.span, parent)
            self._context = otel_context.set_value(scope.KEY, scope.Scope(handed_down, self, around), inside)
            self._started = perf_counter()
            measure.started(self, around)
        except Exception as error:
            guard.failed(f"{self.row.name} start", error)

    def finish(self, error: BaseException | None = None) -> None:
        """Records how the step ended and ends its span; nothing when it is not open."""
        if self._context is None:
            return
        self._context = None
        try:
            if error is not None:
                self._record(error)
            measure.ended(self, perf_counter() - self._started)
        except Exception as problem:
            guard.failed(f"{self.row.name} end", problem)
        finally:
            self.span.end()

    def resume(self) -> None:
        """Makes the step the current one until ``pause``."""
        if self._context is not None and self._token is None:
            self._token = otel_context.attach(self._context)

    def pause(self) -> None:
        """Makes the step around it current again."""
        token, self._token = self._token, None
        if token is None:
            return
        try:
            token.var.reset(token)
        except (ValueError, AttributeError):
            # Closed in another context than it was opened in: an async generator that
            # the event loop finalises. That context is gone, there is nothing to restore.
            guard.log.debug("watchkeeper: %s %r ended in another context", self.row.name, self.name)

    def _captures(self) -> bool:
        """Whether content is wanted, and anybody will see it."""
        return state.capture and self.span.is_recording()

    def _record(self, error: BaseException) -> None:
        """Exceptions are errors, but for those that only say: stop here."""
        if isinstance(error, GeneratorExit):
            return
        if isinstance(error, asyncio.CancelledError):
            self._set({a.OUTCOME: a.OUTCOME_CANCELLED})
            return
        if isinstance(error, SystemExit) and error.code in (None, 0):
            return
        kind = type(error)
        name = (
            kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
        )
        text = _text(error)
        self.fail(name, f"{kind.__name__}: {text}")
        if self._first_to_see(error):
            measure.raised(self)
            self.span.record_exception(error)
        else:  # the stack trace is on the span inside, where it was raised
            self.span.add_event("exception", {"exception.type": name, "exception.message": text})

    def _first_to_see(self, error: BaseException) -> bool:
        """Whether no step of this trace has recorded the exception yet; from now on one has."""
        trace_id = self.span.get_span_context().trace_id
        if getattr(error, "__watchkeeper_seen__", None) == trace_id:
            return False
        with suppress(AttributeError, TypeError):  # exceptions with __slots__
            error.__watchkeeper_seen__ = trace_id  # type: ignore[attr-defined]
        return True


def _text(error: BaseException) -> str:
    """What an exception says, within bounds; some can't even say that."""
    try:
        return str(error)[:MESSAGE_LIMIT]
    except Exception:
        return "(no text)"


def current(kind: type[S] = Step) -> S:  # type: ignore[assignment]
    """The innermost running step of a kind, for code that didn't open it: ``current(LlmCall).usage(…)``.

    Outside any such step it returns one that records nothing.
    """
    around: scope.Scope | None = scope.current()
    while around is not None:
        if isinstance(around.step, kind):
            return around.step
        around = around.outer
    inert = kind.__new__(kind)
    Step.__init__(inert, "", {})
    return inert
