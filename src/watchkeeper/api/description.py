"""The OpenAPI document of an application, with errors described as they are really answered."""

from __future__ import annotations

from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

# FastAPI describes its own validation error for every route; here these are answered as problems.
_UNUSED_SCHEMAS: Final = ("HTTPValidationError", "ValidationError")
_PROBLEM: Final = {
    "description": "What is wrong, and whether trying again may help.",
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
}


def install(app: FastAPI) -> None:
    """Let an application describe itself by `describe`; the document is made once."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = describe(app)
        return app.openapi_schema

    # The way FastAPI documents for this: the method is looked up on the object.
    app.openapi = openapi  # type: ignore[method-assign]


def describe(app: FastAPI) -> dict[str, Any]:
    """An application's document."""
    found = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
    for path in found["paths"].values():
        for operation in path.values():
            operation["responses"].pop("422", None)
            operation["responses"]["default"] = _PROBLEM
    for name in _UNUSED_SCHEMAS:
        found["components"]["schemas"].pop(name, None)
    return found
