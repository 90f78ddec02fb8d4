"""Costs by whatever they are grouped by."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from watchkeeper.api.answers import answer
from watchkeeper.api.deps import ApiDeps
from watchkeeper.api.params import End, Start, project_of, time_range
from watchkeeper.api.wire import costs as wire
from watchkeeper.kernel.errors import InvalidInput
from watchkeeper.store.reads import costs

_DAY_SECONDS = 86_400
_MOST_KEYS = 3


def router(deps: ApiDeps) -> APIRouter:
    """The route /costs."""
    routes = APIRouter(tags=["costs"])

    @routes.get("/costs", response_model=wire.CostReport)
    async def get_costs(
        request: Request,
        start: Start = None,
        end: End = None,
        group_by: Annotated[
            str,
            Query(
                description=f"One to {_MOST_KEYS} of {', '.join(costs.GROUPS)}, separated by commas.",
                examples=["agent,model"],
            ),
        ] = "agent",
    ) -> Response:
        """What LLM calls cost, by group, the dearest first; of the last 24 hours by default."""
        within = time_range(deps.clock, start, end, default_seconds=_DAY_SECONDS)
        report = await costs.report(deps.select, project_of(request), within, _keys(group_by))
        return answer(wire.cost_report(report))

    return routes


def _keys(group_by: str) -> tuple[str, ...]:
    keys = tuple(dict.fromkeys(key.strip() for key in group_by.split(",")))
    unknown = [key for key in keys if key not in costs.GROUPS]
    if unknown or len(keys) > _MOST_KEYS:
        wrong = f"{unknown[0]!r} is no group" if unknown else f"{len(keys)} groups are too many"
        raise InvalidInput(
            f"group_by: {wrong}",
            code="invalid_parameter",
            hint=f"give one to {_MOST_KEYS} of {', '.join(costs.GROUPS)}",
        )
    return keys
