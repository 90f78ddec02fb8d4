"""Access tokens and the audit trail, for administrators of a project."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from watchkeeper.api.answers import answer
from watchkeeper.api.deps import ApiDeps
from watchkeeper.api.params import Cursor, access_of, project_of
from watchkeeper.api.problems import NotFound
from watchkeeper.api.wire import common
from watchkeeper.api.wire import system as wire
from watchkeeper.ledger.audit import AuditEntry
from watchkeeper.ledger.tokens import Scope, TokenInfo
from watchkeeper.store.reads import cursors


class TokenRequest(BaseModel):
    """A token to be made, in the caller's project."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=200, description="What it is for.")
    scopes: list[Scope] = Field(min_length=1, max_length=10, description="What it may do.")


def router(deps: ApiDeps) -> APIRouter:
    """The routes /tokens and /audit."""
    routes = APIRouter(tags=["access"])

    @routes.get("/tokens", response_model=wire.TokenList)
    async def list_tokens(request: Request) -> Response:
        """Tokens of the caller's project, also revoked ones, oldest first."""
        tokens = await deps.tokens.list(project_of(request))
        return answer({"items": [_token(one) for one in tokens], "next_cursor": None})

    @routes.post("/tokens", response_model=wire.NewToken, status_code=201)
    async def create_token(request: Request, wanted: TokenRequest) -> Response:
        """Make a token in the caller's project. Its secret is shown this once."""
        access = access_of(request)
        scopes = sorted({str(scope) for scope in wanted.scopes})
        token_id, secret = await deps.tokens.create(access.project, scopes, wanted.name, actor=access.actor)
        made: wire.NewToken = {
            "id": token_id,
            "name": wanted.name,
            "project": access.project,
            "scopes": scopes,
            "secret": secret,
        }
        return answer(made, status=201)

    @routes.delete("/tokens/{token_id}", status_code=204, response_class=Response)
    async def revoke_token(request: Request, token_id: Annotated[str, Path(max_length=64)]) -> Response:
        """Make a token worthless from now on."""
        access = access_of(request)
        if not await deps.tokens.revoke(token_id, project=access.project, actor=access.actor):
            raise NotFound(f"there is no token {token_id} in this project")
        return Response(status_code=204)

    @routes.get("/audit", response_model=wire.AuditList)
    async def list_audit(
        request: Request, limit: Annotated[int, Query(ge=1, le=1_000)] = 100, cursor: Cursor = None
    ) -> Response:
        """Who did what to what, newest first."""
        before = None if cursor is None else cursors.decode("audit", cursor)[0]
        entries = await deps.audit.read(project=project_of(request), before_seq=before, limit=limit)
        following = cursors.encode("audit", entries[-1].seq, "") if len(entries) == limit else None
        return answer({"items": [_entry(entry) for entry in entries], "next_cursor": following})

    return routes


def _token(info: TokenInfo) -> wire.Token:
    return {
        "id": info.id,
        "name": info.name,
        "project": info.project,
        "scopes": sorted(str(scope) for scope in info.scopes),
        "created_time": common.time(info.created_ns),
        "last_used_time": None if info.last_used_ns is None else common.time(info.last_used_ns),
        "revoked_time": None if info.revoked_ns is None else common.time(info.revoked_ns),
    }


def _entry(entry: AuditEntry) -> wire.AuditEntry:
    return {
        "seq": entry.seq,
        "time": common.time(entry.time_ns),
        "project": entry.project,
        "actor": entry.actor,
        "action": entry.action,
        "target": entry.target,
        "detail": dict(entry.detail),
        "previous_hash": entry.previous_hash,
        "hash": entry.hash,
    }
