import sqlite3
from contextlib import AsyncExitStack

import pytest

from watchkeeper.kernel.errors import InvalidInput
from watchkeeper.ledger import Ledger
from watchkeeper.ledger.engine import READERS
from watchkeeper.ledger.errors import LedgerBusy
from watchkeeper.ledger.tokens import Scope


async def test_a_secret_opens_its_project_with_its_scopes(ledger):
    token_id, secret = await ledger.tokens.create("ships", ["ingest", "read"], "collector")
    info = await ledger.tokens.verify(secret)
    assert info is not None
    assert (info.id, info.project, info.name) == (token_id, "ships", "collector")
    assert info.scopes == {Scope.INGEST, Scope.READ}


@pytest.mark.parametrize(
    ("given", "allowed"),
    [
        (["ingest"], {"ingest"}),
        (["read"], {"read"}),
        (["operate"], {"operate", "read"}),
        (["admin"], {"ingest", "read", "operate", "admin"}),
    ],
)
async def test_what_scopes_include(ledger, given, allowed):
    _, secret = await ledger.tokens.create("default", given, "x")
    info = await ledger.tokens.verify(secret)
    assert info is not None
    assert info.allows() == allowed


async def test_a_secret_is_nowhere_in_the_file(tmp_path, clock):
    async with await Ledger.open(tmp_path / "ledger.db", clock) as ledger:
        _, secret = await ledger.tokens.create("default", ["read"], "x")
    stored = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert secret.encode() not in stored
    assert secret.removeprefix("wk_").encode() not in stored


@pytest.mark.parametrize("secret", ["", "wk_", "wk_wrong", "Bearer x", "x" * 10_000, "wk_\x00"])
async def test_other_secrets_open_nothing(ledger, secret):
    await ledger.tokens.create("default", ["admin"], "x")
    assert await ledger.tokens.verify(secret) is None


async def test_a_revoked_token_opens_nothing_and_stays_in_the_list(ledger):
    token_id, secret = await ledger.tokens.create("default", ["read"], "x")
    assert await ledger.tokens.any_active()
    assert await ledger.tokens.revoke(token_id)
    assert await ledger.tokens.verify(secret) is None
    assert not await ledger.tokens.any_active()
    assert [token.revoked_ns is not None for token in await ledger.tokens.list()] == [True]


async def test_revoking_twice_is_one_change_and_a_missing_token_none(ledger):
    token_id, _ = await ledger.tokens.create("default", ["read"], "x")
    assert await ledger.tokens.revoke(token_id)
    assert await ledger.tokens.revoke(token_id)
    assert not await ledger.tokens.revoke("nobody")
    assert not await ledger.tokens.revoke(token_id, project="other")
    assert [entry.action for entry in await ledger.audit.read()] == ["token.revoked", "token.created"]


async def test_making_a_token_is_in_the_audit_trail_without_its_secret(ledger):
    token_id, secret = await ledger.tokens.create("ships", ["read"], "dashboards", actor="token:1")
    entry = (await ledger.audit.read())[0]
    assert (entry.actor, entry.action, entry.target, entry.project) == (
        "token:1",
        "token.created",
        token_id,
        "ships",
    )
    assert entry.detail == {"name": "dashboards", "scopes": "read"}
    assert secret not in str(entry)


@pytest.mark.parametrize(
    ("project", "scopes", "name"),
    [
        ("default", [], "x"),
        ("default", ["root"], "x"),
        ("", ["read"], "x"),
        ("default", ["read"], "x" * 201),
        ("p" * 121, ["read"], "x"),
        ("ü" * 61, ["read"], "x"),
    ],
)
async def test_wrong_tokens_are_not_made(ledger, project, scopes, name):
    with pytest.raises(InvalidInput):
        await ledger.tokens.create(project, scopes, name)
    assert await ledger.tokens.list() == []
    assert await ledger.audit.read() == []


async def test_use_is_noted_once_a_minute(ledger, clock):
    _, secret = await ledger.tokens.create("default", ["read"], "x")

    async def used():
        await ledger.tokens.verify(secret)
        return (await ledger.tokens.list())[0].last_used_ns

    first = await used()
    assert first == clock.now_ns()
    clock.advance(59)
    assert await used() == first
    clock.advance(1)
    assert await used() == clock.now_ns()


async def test_a_use_that_can_not_be_noted_leaves_the_token_valid(ledger, monkeypatch, caplog):
    token_id, secret = await ledger.tokens.create("ü" * 60, ["read"], "x")

    def busy():
        raise LedgerBusy("another process is writing")

    monkeypatch.setattr(ledger.tokens._connections, "write", busy)
    info = await ledger.tokens.verify(secret)
    assert info is not None
    assert info.id == token_id
    assert "is not noted" in caplog.text


async def test_lists_are_of_one_project(ledger):
    await ledger.tokens.create("a", ["read"], "x")
    await ledger.tokens.create("b", ["read"], "y")
    assert [token.name for token in await ledger.tokens.list("b")] == ["y"]
    assert len(await ledger.tokens.list()) == 2


async def test_changes_are_countable_so_that_caches_can_forget(ledger):
    before = ledger.tokens.generation
    token_id, _ = await ledger.tokens.create("a", ["read"], "x")
    made = ledger.tokens.generation
    await ledger.tokens.revoke(token_id)
    assert before < made < ledger.tokens.generation


async def test_a_token_made_by_another_process_is_known_at_once(tmp_path, clock):
    async with (
        await Ledger.open(tmp_path / "ledger.db", clock) as server,
        await Ledger.open(tmp_path / "ledger.db", clock) as command,
    ):
        _, secret = await command.tokens.create("default", ["read"], "x")
        assert await server.tokens.verify(secret) is not None


async def test_a_hash_is_there_once(ledger, tmp_path):
    await ledger.tokens.create("default", ["read"], "x")
    with sqlite3.connect(tmp_path / "ledger.db") as connection:
        row = connection.execute("SELECT * FROM tokens").fetchone()
        with pytest.raises(sqlite3.IntegrityError):
            connection.execute(f"INSERT INTO tokens VALUES ({','.join('?' * len(row))})", ("other", *row[1:]))
    connection.close()


async def test_connections_that_are_all_taken_are_a_reason_to_come_again(ledger, monkeypatch):
    connections = ledger.tokens._connections
    monkeypatch.setattr(connections._readers.sync_engine.pool, "_timeout", 0.05)
    async with AsyncExitStack() as taken:
        for _ in range(READERS):
            await taken.enter_async_context(connections.read())
        with pytest.raises(LedgerBusy):
            await ledger.tokens.verify("wk_secret")
