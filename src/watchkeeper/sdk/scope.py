"""What holds inside a step: the attributes it hands down, and the step itself.

A scope travels in OpenTelemetry's own context, beside the span: whoever carries
the context (asyncio tasks, ``bind``, other instrumentations) carries the scope.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from opentelemetry import context as otel_context
from opentelemetry.context import Context

if TYPE_CHECKING:
    from watchkeeper.sdk.step import Step

KEY: Final = "watchkeeper-scope"


class Scope:
    """Attributes that every span inside carries, and the steps around it.

    attributes: never changed once made; shared between scopes
    step:       the innermost step; None when the scope came from another process
    outer:      the scope around that step
    """

    __slots__ = ("attributes", "outer", "step")

    def __init__(self, attributes: Mapping[str, str], step: "Step | None", outer: "Scope | None") -> None:
        self.attributes = attributes
        self.step = step
        self.outer = outer


EMPTY: Final = Scope({}, None, None)


def of(context: Context) -> Scope:
    """The scope in a context; the empty one when there is none."""
    found = context.get(KEY)
    return found if isinstance(found, Scope) else EMPTY


def current() -> Scope:
    """The scope of the running code."""
    return of(otel_context.get_current())
