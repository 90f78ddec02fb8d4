"""Agents: all of them, and one in depth."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Request
from starlette.responses import Response

from watchkeeper.api.answers import answer
from watchkeeper.api.deps import ApiDeps
from watchkeeper.api.params import End, Start, project_of, time_range
from watchkeeper.api.problems import NotFound
from watchkeeper.api.wire import agents as wire
from watchkeeper.store.reads.agents import AgentsReader

_HOUR_SECONDS = 3_600


def router(deps: ApiDeps, reader: AgentsReader) -> APIRouter:
    """The routes under /agents."""
    routes = APIRouter(prefix="/agents", tags=["agents"])

    @routes.get("", response_model=wire.AgentList)
    async def list_agents(request: Request, start: Start = None, end: End = None) -> Response:
        """Agents seen in the range (by default the last hour) or in the last 24 hours, those seen last first."""
        within = time_range(deps.clock, start, end, default_seconds=_HOUR_SECONDS)
        found = await reader.stats(project_of(request), within)
        return answer(wire.agent_list(found, within))

    @routes.get("/{agent:path}", response_model=wire.AgentDetail)
    async def get_agent(
        request: Request,
        agent: Annotated[str, Path(max_length=500)],
        start: Start = None,
        end: End = None,
    ) -> Response:
        """One agent: what it did, with which models, with whom, and when; by default in the last hour."""
        within = time_range(deps.clock, start, end, default_seconds=_HOUR_SECONDS)
        found = await reader.detail(project_of(request), within, agent)
        if found is None:
            raise NotFound(
                f"no agent {agent!r} was seen in the range or in the last 24 hours", hint="widen the range"
            )
        return answer(wire.agent_detail(found, within))

    return routes
