"""Access tokens: made once, shown once, kept as a hash, bound to a project and to scopes."""

from __future__ import annotations

import hashlib
import logging
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import RowMapping, func, insert, select, update
from sqlalchemy.exc import SQLAlchemyError

from watchkeeper.kernel.clock import Clock
from watchkeeper.kernel.errors import InvalidInput, WatchkeeperError
from watchkeeper.kernel.ids import uuid7
from watchkeeper.ledger.audit import Audit
from watchkeeper.ledger.engine import Connections
from watchkeeper.ledger.tables import TOKENS
from watchkeeper.model.envelope import MAX_PROJECT_BYTES

log = logging.getLogger(__name__)

# A fixed first part lets secret scanners find a token that was committed by mistake.
PREFIX: Final = "wk_"
DEFAULT_PROJECT: Final = "default"
_USE_IS_NOTED_EVERY_NS: Final = 60_000_000_000


class Scope(StrEnum):
    """What a token may do. `operate` includes `read`; `admin` includes everything."""

    INGEST = "ingest"
    READ = "read"
    OPERATE = "operate"
    ADMIN = "admin"


ALL_SCOPES: Final = frozenset(Scope)
_IMPLIED: Final = {Scope.OPERATE: {Scope.READ}, Scope.ADMIN: set(Scope)}


@dataclass(frozen=True, slots=True)
class TokenInfo:
    """A token without its secret. `scopes` are those it was given; `allows` adds what they include."""

    id: str
    project: str
    name: str
    scopes: frozenset[Scope]
    created_ns: int
    last_used_ns: int | None
    revoked_ns: int | None

    def allows(self) -> frozenset[Scope]:
        """Every scope this token opens."""
        return frozenset(self.scopes.union(*(_IMPLIED.get(scope, set()) for scope in self.scopes)))


def parse_scopes(names: Iterable[str]) -> frozenset[Scope]:
    """Scopes from their names.

    Raises:
        InvalidInput: a name is no scope, or there is none.
    """
    try:
        scopes = frozenset(Scope(name) for name in names)
    except ValueError as wrong:
        known = ", ".join(Scope)
        raise InvalidInput(str(wrong), code="unknown_scope", hint=f"scopes are {known}") from None
    if not scopes:
        raise InvalidInput("a token needs at least one scope", code="unknown_scope")
    return scopes


class Tokens:
    """The table of tokens."""

    def __init__(self, connections: Connections, audit: Audit, clock: Clock) -> None:
        """Work on the ledger's connections; each change is written to the audit trail with it."""
        self._connections = connections
        self._audit = audit
        self._clock = clock
        #: Grows with every change made through this object, so that a cache knows when to forget.
        self.generation = 0

    async def create(
        self, project: str, scopes: Iterable[str], name: str, *, actor: str = "cli"
    ) -> tuple[str, str]:
        """Make a token.

        Returns:
            Its id, and its secret: this is the only time the secret is known.

        Raises:
            InvalidInput: an unknown scope, or an empty or overlong project or name.
        """
        wanted = parse_scopes(scopes)
        for what, text in (("project", project), ("name", name)):
            if not 0 < len(text) <= 200:
                raise InvalidInput(f"a token's {what} must have 1 to 200 characters", code="invalid_token")
        # Each request is stored with its project; what can't be written there would never be taken.
        if len(project.encode(errors="replace")) > MAX_PROJECT_BYTES:
            raise InvalidInput(
                f"a token's project must have at most {MAX_PROJECT_BYTES} bytes of UTF-8",
                code="invalid_token",
            )
        token_id = uuid7(self._clock)
        secret = PREFIX + secrets.token_urlsafe(32)
        row = {
            "id": token_id,
            "project": project,
            "name": name,
            "scopes": " ".join(sorted(wanted)),
            "secret_hash": _hash(secret),
            "created_ns": self._clock.now_ns(),
        }
        async with self._connections.write() as connection:
            await connection.execute(insert(TOKENS).values(row))
            await self._audit.record(
                actor,
                "token.created",
                token_id,
                {"name": name, "scopes": row["scopes"]},
                project=project,
                within=connection,
            )
        self.generation += 1
        return token_id, secret

    async def verify(self, secret: str) -> TokenInfo | None:
        """Whose secret this is; None when nobody's or when the token was revoked."""
        if not secret.startswith(PREFIX):
            return None
        # Looked up by a hash of 256 random bits: no timing tells a guess from a miss.
        wanted = select(TOKENS).where(TOKENS.c.secret_hash == _hash(secret), TOKENS.c.revoked_ns.is_(None))
        async with self._connections.read() as connection:
            row = (await connection.execute(wanted)).mappings().one_or_none()
        if row is None:
            return None
        info = _info(row)
        now_ns = self._clock.now_ns()
        if info.last_used_ns is None or now_ns - info.last_used_ns >= _USE_IS_NOTED_EVERY_NS:
            await self._note_use(info.id, now_ns)
        return info

    async def _note_use(self, token_id: str, now_ns: int) -> None:
        """Write down when a token was used; a ledger that is busy or full does not make it less valid."""
        try:
            async with self._connections.write() as connection:
                await connection.execute(
                    update(TOKENS).where(TOKENS.c.id == token_id).values(last_used_ns=now_ns)
                )
        except (WatchkeeperError, SQLAlchemyError) as error:
            log.warning("the use of token %s is not noted: %s", token_id, error)

    async def list(self, project: str | None = None) -> list[TokenInfo]:
        """Every token, also revoked ones, oldest first; of one project or of all."""
        wanted = select(TOKENS).order_by(TOKENS.c.id)
        if project is not None:
            wanted = wanted.where(TOKENS.c.project == project)
        async with self._connections.read() as connection:
            return [_info(row) for row in (await connection.execute(wanted)).mappings()]

    async def any_active(self) -> bool:
        """Whether a token exists that was not revoked."""
        wanted = select(func.count()).select_from(TOKENS).where(TOKENS.c.revoked_ns.is_(None))
        async with self._connections.read() as connection:
            return bool((await connection.execute(wanted)).scalar_one())

    async def revoke(self, token_id: str, *, project: str | None = None, actor: str = "cli") -> bool:
        """Make a token worthless from now on.

        Args:
            token_id: which one.
            project: when given, only a token of this project is found.
            actor: who does it, for the audit trail.

        Returns:
            False when there is no such token; True also when it was revoked before.
        """
        wanted = select(TOKENS).where(TOKENS.c.id == token_id)
        if project is not None:
            wanted = wanted.where(TOKENS.c.project == project)
        async with self._connections.write() as connection:
            row = (await connection.execute(wanted)).mappings().one_or_none()
            if row is None:
                return False
            if row["revoked_ns"] is None:
                await connection.execute(
                    update(TOKENS).where(TOKENS.c.id == token_id).values(revoked_ns=self._clock.now_ns())
                )
                await self._audit.record(
                    actor,
                    "token.revoked",
                    token_id,
                    {"name": row["name"]},
                    project=row["project"],
                    within=connection,
                )
        self.generation += 1
        return True


def _hash(secret: str) -> str:
    # One round is enough: the secret has 256 random bits, so there is nothing to guess slowly.
    return hashlib.sha256(secret.encode()).hexdigest()


def _info(row: RowMapping | dict[str, Any]) -> TokenInfo:
    return TokenInfo(
        id=row["id"],
        project=row["project"],
        name=row["name"],
        scopes=frozenset(Scope(name) for name in row["scopes"].split()),
        created_ns=row["created_ns"],
        last_used_ns=row["last_used_ns"],
        revoked_ns=row["revoked_ns"],
    )
