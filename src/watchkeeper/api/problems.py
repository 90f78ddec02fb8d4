"""Errors as RFC 9457 problem details: what is wrong, where, and what to do."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from watchkeeper.api.answers import problem
from watchkeeper.api.wire.system import ParameterError, Problem
from watchkeeper.kernel.errors import InvalidInput, WatchkeeperError
from watchkeeper.store.errors import QueryTimeout

_LOG: Final = logging.getLogger("watchkeeper.api")
_RETRY_SECONDS: Final = "2"
_LONGEST_SHOWN: Final = 80

_CODES: Final = {
    404: "not_found",
    405: "method_not_allowed",
    413: "too_large",
    415: "unsupported_media_type",
}


class NotFound(WatchkeeperError):
    """What was asked for is not there."""

    code = "not_found"


class Forbidden(WatchkeeperError):
    """The caller's token does not allow this."""

    code = "scope_missing"


def install(app: FastAPI) -> None:
    """Answer every error of an application as problem details."""
    app.add_exception_handler(RequestValidationError, _invalid_parameters)
    app.add_exception_handler(WatchkeeperError, _foreseen)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _unforeseen)


def body(
    status: int,
    code: str,
    detail: str,
    *,
    retryable: bool = False,
    hint: str = "",
    errors: Sequence[ParameterError] = (),
) -> Problem:
    """The members of a problem."""
    made: Problem = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "code": code,
        "retryable": retryable,
    }
    if hint:
        made["hint"] = hint
    if errors:
        made["errors"] = list(errors)
    return made


async def _invalid_parameters(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    errors = [_parameter_error(one) for one in error.errors()]
    detail = "; ".join(f"{one['parameter']}: {one['problem']}" for one in errors)
    return problem(body(400, "invalid_parameter", detail, errors=errors))


def _parameter_error(error: dict[str, Any]) -> ParameterError:
    where = [str(part) for part in error["loc"] if part not in {"query", "path", "body", "header"}]
    message = str(error["msg"]).removeprefix("Value error, ").removeprefix("Input ")
    given = error.get("input")
    shown = (
        "" if given is None or isinstance(given, dict | list) else f", not {str(given)[:_LONGEST_SHOWN]!r}"
    )
    return {"parameter": ".".join(where) or "body", "problem": f"{message}{shown}"}


async def _foreseen(_: Request, error: Exception) -> Response:
    assert isinstance(error, WatchkeeperError)
    status = _status_of(error)
    if status >= 500:
        _LOG.warning("a question could not be answered: %s", error)
    headers = {"retry-after": _RETRY_SECONDS} if status == 503 else {}
    return problem(
        body(status, error.code, error.message, retryable=error.retryable, hint=error.hint), headers
    )


def _status_of(error: WatchkeeperError) -> int:
    if isinstance(error, NotFound):
        return 404
    if isinstance(error, Forbidden):
        return 403
    if isinstance(error, InvalidInput):
        return 400
    if isinstance(error, QueryTimeout):
        return 504
    return 503 if error.retryable else 500


async def _http(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    code = _CODES.get(error.status_code, "error")
    return problem(body(error.status_code, code, str(error.detail)), error.headers)


async def _unforeseen(request: Request, error: Exception) -> Response:
    _LOG.error("%s %s failed", request.method, request.url.path, exc_info=error)
    return problem(
        body(
            500,
            "internal_error",
            "the server failed on this request; its log has the details",
            hint="this is a bug: please report it with the log",
        )
    )
