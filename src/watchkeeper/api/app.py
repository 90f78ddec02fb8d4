"""The HTTP API put together from its routes: `create_app`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

from fastapi import APIRouter, Depends, FastAPI
from fastapi.routing import APIRoute
from starlette.types import ASGIApp

from watchkeeper.api import description, problems, web
from watchkeeper.api.deps import ApiDeps
from watchkeeper.api.params import only_known_parameters
from watchkeeper.api.routes import admin, agents, costs, overview, stream, system, traces
from watchkeeper.api.wire.system import Problem
from watchkeeper.kernel.version import VERSION
from watchkeeper.store.reads.agents import AgentsReader
from watchkeeper.store.reads.day import DayReader
from watchkeeper.store.reads.overview import OverviewReader

PREFIX: Final = "/api/v1"
OPENAPI_PATH: Final = f"{PREFIX}/openapi.json"
_DESCRIPTION: Final = (
    "What a fleet of AI agents does, costs and gets wrong. Times are RFC 3339 in UTC, ids lower-case hex. "
    "Lists are `{items, next_cursor}`. Errors are problem details (RFC 9457) with `code` and `retryable`."
)
# Names the shape of errors once, so that it is among the document's schemas.
_PROBLEMS: Final[dict[int | str, dict[str, Any]]] = {"default": {"model": Problem}}


def create_app(deps: ApiDeps) -> ASGIApp:
    """The API with its access policy in front, ready to be served."""
    return deps.guard(build(deps))


def build(deps: ApiDeps) -> FastAPI:
    """The API without its guard: for OpenAPI, and for what puts its own routes in front."""
    day = DayReader(deps.select, deps.clock, deps.cover)
    overviews = OverviewReader(deps.select, deps.clock, day, deps.cover)
    fleet = AgentsReader(deps.select, deps.clock, day, deps.cover)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        await overviews.close()
        await fleet.close()
        await day.close()

    app = FastAPI(
        title="watchkeeper",
        version=VERSION,
        description=_DESCRIPTION,
        openapi_url=OPENAPI_PATH,
        # Their pages load scripts from elsewhere.
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
        generate_unique_id_function=_operation_id,
        responses=_PROBLEMS,
    )
    problems.install(app)
    description.install(app)
    api = APIRouter(prefix=PREFIX, dependencies=[Depends(only_known_parameters)])
    for router in (
        overview.router(overviews),
        agents.router(deps, fleet),
        traces.router(deps),
        costs.router(deps),
        stream.router(deps),
        system.status_router(deps),
        admin.router(deps),
    ):
        api.include_router(router)
    app.include_router(api)
    app.include_router(system.health_router(deps))
    web.mount(app, deps.web_dir)
    return app


def _operation_id(route: APIRoute) -> str:
    return route.name
