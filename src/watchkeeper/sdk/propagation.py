"""Carrying a trace, and what its scope hands down, over threads, messages and processes.

In a carrier it is W3C: ``traceparent``, ``tracestate`` and ``baggage``. Workflow,
task and agent go into the baggage only when a carrier is filled, so a span pays
nothing for them.
"""

import os
from collections.abc import Callable, Iterable, Mapping, MutableMapping
from contextvars import Token
from functools import wraps
from types import TracebackType
from typing import Any, Final, ParamSpec, Self, TypeVar

from opentelemetry import baggage, propagate
from opentelemetry import context as otel_context
from opentelemetry.baggage.propagation import W3CBaggagePropagator
from opentelemetry.context import Context
from opentelemetry.propagators.composite import CompositePropagator
from opentelemetry.propagators.textmap import (
    Getter,
    Setter,
    TextMapPropagator,
    default_getter,
    default_setter,
)
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from watchkeeper.sdk import guard, scope
from watchkeeper.semconv import attributes as a

P = ParamSpec("P")
R = TypeVar("R")

FIELDS: Final = ("traceparent", "tracestate", "baggage")
# A header has to stay small, whatever the names are.
VALUE_LIMIT: Final = 200


class ScopeBaggage(TextMapPropagator):
    """W3C Baggage of the context, with the scope's attributes beside its entries."""

    _baggage = W3CBaggagePropagator()

    def inject(
        self, carrier: Any, context: Context | None = None, setter: Setter[Any] = default_setter
    ) -> None:
        """Writes the baggage header."""
        found = otel_context.get_current() if context is None else context
        for key, value in scope.of(found).attributes.items():
            found = baggage.set_baggage(key, value[:VALUE_LIMIT], found)
        self._baggage.inject(carrier, found, setter)

    def extract(
        self, carrier: Any, context: Context | None = None, getter: Getter[Any] = default_getter
    ) -> Context:
        """Reads the baggage header; known entries become the scope."""
        found = self._baggage.extract(carrier, context, getter)
        entries = baggage.get_all(found)
        handed_down = {key: str(entries[key]) for key in a.INHERITED if key in entries}
        if not handed_down:
            return found
        for key in handed_down:  # the scope carries them from here; twice would let them disagree
            found = baggage.remove_baggage(key, found)
        return otel_context.set_value(scope.KEY, scope.Scope(handed_down, None, None), found)

    @property
    def fields(self) -> set[str]:
        """Header names written."""
        return self._baggage.fields


_OURS: Final = CompositePropagator([TraceContextTextMapPropagator(), ScopeBaggage()])


def install() -> None:
    """Adds the scope to the process' global propagator, so instrumented HTTP clients carry it too."""
    existing = propagate.get_global_textmap()
    parts = getattr(existing, "_propagators", [existing])
    if any(isinstance(part, ScopeBaggage) for part in parts):
        return
    propagate.set_global_textmap(CompositePropagator([existing, ScopeBaggage()]))


def inject(carrier: MutableMapping[str, str] | None = None) -> MutableMapping[str, str]:
    """Writes the current trace and scope into a carrier (headers, a message's dict) and returns it."""
    carrier = {} if carrier is None else carrier
    try:
        _OURS.inject(carrier)
    except Exception as error:
        guard.failed("inject", error)
    return carrier


def environment(base: Mapping[str, str] | None = None) -> dict[str, str]:
    """A copy of ``base`` (by default this process' environment) that continues the trace in a child.

    The child picks it up with ``with extract(os.environ): …``.
    """
    variables = dict(os.environ if base is None else base)
    for name in FIELDS:  # what this process inherited itself is over
        variables.pop(name.upper(), None)
    variables.update({key.upper(): value for key, value in inject().items()})
    return variables


class _AnyCase(Getter[Mapping[str, str]]):
    """Reads a carrier whatever the case of its keys: headers and environments differ."""

    def get(self, carrier: Mapping[str, str], key: str) -> list[str] | None:
        for name in (key, key.upper(), key.title()):
            value = carrier.get(name)
            if value:
                return [_text(value)]
        return None

    def keys(self, carrier: Mapping[str, str]) -> list[str]:
        return list(carrier)


class Remote:
    """The trace and scope found in a carrier; ``with`` makes them the current ones."""

    __slots__ = ("_token", "context")

    def __init__(self, context: Context) -> None:
        self.context = context
        self._token: Token[Context] | None = None

    def __enter__(self) -> Self:
        self._token = otel_context.attach(self.context)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._token is not None:
            otel_context.detach(self._token)
            self._token = None


def extract(carrier: Mapping[str, str] | Iterable[tuple[Any, Any]] | None = None) -> Remote:
    """Continues the trace that ``inject`` wrote: ``with wk.extract(headers)`` around the work.

    Takes headers, a message's dict, ``os.environ`` (the default) or the pairs of
    an ASGI scope. A carrier without a trace leaves the current one in place.
    """
    try:
        return Remote(_OURS.extract(_as_mapping(carrier), otel_context.get_current(), _AnyCase()))
    except Exception as error:
        guard.failed("extract", error)
        return Remote(otel_context.get_current())


def _as_mapping(carrier: Mapping[str, str] | Iterable[tuple[Any, Any]] | None) -> Mapping[str, str]:
    if carrier is None:
        return os.environ
    if isinstance(carrier, Mapping):
        return carrier
    return {_text(key).lower(): _text(value) for key, value in carrier}


def _text(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def bind(function: Callable[P, R]) -> Callable[P, R]:
    """The function, run in the current trace and scope wherever it is called: threads, callbacks.

    ``pool.submit(bind(work), item)``; asyncio tasks need nothing.
    """
    context = otel_context.get_current()

    @wraps(function)
    def bound(*args: P.args, **kwargs: P.kwargs) -> R:
        token = otel_context.attach(context)
        try:
            return function(*args, **kwargs)
        finally:
            otel_context.detach(token)

    return bound
