"""The first page in one answer."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from watchkeeper.api.answers import answer
from watchkeeper.api.params import project_of
from watchkeeper.api.wire import overview as wire
from watchkeeper.store.reads.overview import OverviewReader


def router(reader: OverviewReader) -> APIRouter:
    """The route /overview."""
    routes = APIRouter(tags=["overview"])

    @routes.get("/overview", response_model=wire.Overview)
    async def get_overview(
        request: Request,
        window_seconds: Annotated[
            int, Query(ge=60, le=7 * 86_400, description="The window, which ends now.")
        ] = 3_600,
    ) -> Response:
        """Agents, tasks, errors, latency and cost over a window that ends now."""
        found = await reader.read(project_of(request), window_seconds)
        return answer(wire.overview(found))

    return routes
