"""Traces: search, one whole or in pages, one span with everything."""

from __future__ import annotations

import asyncio
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Request
from starlette.responses import Response

from watchkeeper.api.answers import answer, answer_from
from watchkeeper.api.deps import ApiDeps
from watchkeeper.api.params import Cursor, End, Start, project_of, time_range
from watchkeeper.api.problems import NotFound
from watchkeeper.api.wire import traces as wire
from watchkeeper.kernel.errors import InvalidInput
from watchkeeper.model.traces import SpanPage, TraceFilter, TraceSummary
from watchkeeper.store.reads import spans, summaries, traces

_DAY_SECONDS = 86_400
_MOST_ATTRIBUTES = 8
_LARGE_SPANS = 2_000

TraceId = Annotated[str, Path(pattern="^[0-9a-fA-F]{32}$", description="32 hex digits.")]
SpanId = Annotated[str, Path(pattern="^[0-9a-fA-F]{16}$", description="16 hex digits.")]
SpanLimit = Annotated[int, Query(ge=1, le=50_000, description="Most spans in the page.")]
Name = Annotated[str | None, Query(max_length=500)]
Bound = Annotated[float | None, Query(ge=0, le=1e9, allow_inf_nan=False)]


def router(deps: ApiDeps) -> APIRouter:
    """The routes under /traces."""
    routes = APIRouter(prefix="/traces", tags=["traces"])
    _add_search(routes, deps)
    _add_traces(routes, deps)
    return routes


def _add_search(routes: APIRouter, deps: ApiDeps) -> None:
    @routes.get("", response_model=wire.TraceList)
    async def list_traces(
        request: Request,
        start: Start = None,
        end: End = None,
        agent: Name = None,
        workflow: Name = None,
        model: Name = None,
        status: Annotated[
            Literal["ok", "error"] | None,
            Query(description="error: a span failed; ok: none did."),
        ] = None,
        min_duration_seconds: Bound = None,
        max_duration_seconds: Bound = None,
        attribute: Annotated[
            list[str] | None,
            Query(
                description="`key=value`, repeatable: the span carries them all. `resource.key=value` looks at "
                "the resource alone.",
                examples=[["customer.id=42"]],
            ),
        ] = None,
        q: Annotated[
            str | None,
            Query(
                max_length=200,
                description="Text in names, messages, attribute values or payload, whatever its case.",
            ),
        ] = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
        cursor: Cursor = None,
    ) -> Response:
        """Traces with a span that meets every condition, newest first; of the last 24 hours by default.

        A page may hold fewer than `limit` traces and still have a `next_cursor`: a search that takes long stops
        early, `searched_from` says where, and the cursor goes on from there.
        """
        wanted = TraceFilter(
            agent=agent,
            workflow=workflow,
            model=model,
            status=status,
            min_duration_seconds=min_duration_seconds,
            max_duration_seconds=max_duration_seconds,
            attributes=_attributes(attribute or []),
            text=q or None,
        )
        within = time_range(deps.clock, start, end, default_seconds=_DAY_SECONDS)
        page = await traces.search(
            deps.select, deps.clock, project_of(request), within, wanted, limit=limit, cursor=cursor
        )
        return answer(wire.trace_list(page))


def _add_traces(routes: APIRouter, deps: ApiDeps) -> None:
    @routes.get("/{trace_id}", response_model=wire.Trace)
    async def get_trace(
        request: Request, trace_id: TraceId, limit: SpanLimit = 1_000, cursor: Cursor = None
    ) -> Response:
        """One trace with its spans by start: whole, or a page of them."""
        summary, page = await asyncio.gather(
            _summary(deps, request, trace_id),
            spans.page(deps.select, project_of(request), trace_id.lower(), limit=limit, cursor=cursor),
        )
        return await answer_from(lambda: wire.trace(summary, page), large=_is_large(page))

    @routes.get("/{trace_id}/spans", response_model=wire.SpanList)
    async def list_spans(
        request: Request, trace_id: TraceId, limit: SpanLimit = 1_000, cursor: Cursor = None
    ) -> Response:
        """Spans of one trace by start, without its summary."""
        summary, page = await asyncio.gather(
            _summary(deps, request, trace_id),
            spans.page(deps.select, project_of(request), trace_id.lower(), limit=limit, cursor=cursor),
        )
        return await answer_from(lambda: wire.span_list(page, summary.start_ns), large=_is_large(page))

    @routes.get("/{trace_id}/spans/{span_id}", response_model=wire.SpanDetail)
    async def get_span(request: Request, trace_id: TraceId, span_id: SpanId) -> Response:
        """One span with attributes, events, links and payload."""
        summary, found = await asyncio.gather(
            _summary(deps, request, trace_id),
            spans.detail(deps.select, project_of(request), trace_id.lower(), span_id.lower()),
        )
        if found is None:
            raise NotFound(f"trace {trace_id} has no span {span_id}")
        return answer(wire.span_detail(found, summary.start_ns))


def _is_large(page: SpanPage) -> bool:
    return len(page.items) > _LARGE_SPANS


async def _summary(deps: ApiDeps, request: Request, trace_id: str) -> TraceSummary:
    found = await summaries.one(deps.select, project_of(request), trace_id.lower())
    if found is None:
        raise NotFound(
            f"there is no trace {trace_id}",
            hint="what was just sent takes up to two seconds to be seen",
            retryable=True,
        )
    return found


def _attributes(pairs: list[str]) -> tuple[tuple[str, str], ...]:
    if len(pairs) > _MOST_ATTRIBUTES:
        raise InvalidInput(
            f"attribute: at most {_MOST_ATTRIBUTES} can be given, not {len(pairs)}", code="invalid_parameter"
        )
    found = []
    for pair in pairs:
        key, separator, value = pair.partition("=")
        if not key or not separator:
            raise InvalidInput(
                f"attribute: {pair!r} is no key=value", code="invalid_parameter", hint="write customer.id=42"
            )
        found.append((key, value))
    return tuple(found)
