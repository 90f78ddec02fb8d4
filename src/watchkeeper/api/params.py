"""Parameters that several routes share."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Annotated, Final

from fastapi import Query, Request

from watchkeeper.api.access import Access
from watchkeeper.kernel.clock import Clock
from watchkeeper.kernel.errors import InvalidInput
from watchkeeper.kernel.times import parse_ns
from watchkeeper.model.ranges import TimeRange

_SECOND_NS: Final = 1_000_000_000
_LONGEST_SECONDS: Final = 400 * 86_400

Start = Annotated[
    str | None,
    Query(description="Start of the range, included: RFC 3339.", examples=["2026-01-31T13:00:00Z"]),
]
End = Annotated[str | None, Query(description="End of the range, excluded: RFC 3339; now when left away.")]
Cursor = Annotated[str | None, Query(description="`next_cursor` of the page before.")]


def access_of(request: Request) -> Access:
    """Who asks, as the guard before the routes has found."""
    access = request.scope["state"]["access"]
    assert isinstance(access, Access)
    return access


def project_of(request: Request) -> str:
    """Whose data is asked for."""
    return access_of(request).project


def only_known_parameters(request: Request) -> None:
    """Refuse a query parameter that the route does not have: a filter that is misspelt must not match everything.

    Raises:
        InvalidInput: names it, and the nearest that there is.
    """
    route = request.scope["route"]
    known = {field.alias for field in route.dependant.query_params}
    for name in request.query_params:
        if name not in known:
            near = get_close_matches(name, known, n=1)
            hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(sorted(known)) or 'none'}"
            raise InvalidInput(f"{name}: is no parameter of this", code="invalid_parameter", hint=hint)


def time_range(clock: Clock, start: str | None, end: str | None, *, default_seconds: int) -> TimeRange:
    """The range asked for; `default_seconds` that end now where nothing else is said.

    Raises:
        InvalidInput: a time is none, the range is empty, or longer than 400 days.
    """
    # A second ahead: what was just stored is in, also where two clocks differ a little.
    end_ns = clock.now_ns() + _SECOND_NS if end is None else _parse("end", end)
    start_ns = end_ns - default_seconds * _SECOND_NS if start is None else _parse("start", start)
    found = TimeRange(start_ns, end_ns)
    if start_ns >= end_ns:
        raise InvalidInput(
            "start: must be before end", code="invalid_parameter", hint="the end is now when left away"
        )
    if found.seconds > _LONGEST_SECONDS:
        raise InvalidInput(
            "start: the range is longer than 400 days", code="invalid_parameter", hint="ask in parts"
        )
    return found


def _parse(name: str, text: str) -> int:
    try:
        # In a URL, a + that was not encoded arrives as a space.
        time_ns = parse_ns(text.replace(" ", "+")) if "T" in text else parse_ns(text)
    except InvalidInput as wrong:
        raise InvalidInput(f"{name}: {wrong.message}", code="invalid_parameter", hint=wrong.hint) from wrong
    if time_ns < 0:
        raise InvalidInput(f"{name}: is before 1970", code="invalid_parameter")
    return time_ns
