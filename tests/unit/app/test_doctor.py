import dataclasses
import json
import socket
import sqlite3

import pytest

from watchkeeper.app import doctor
from watchkeeper.app.config import Config, ServerConfig
from watchkeeper.app.data_folder import DataFolder
from watchkeeper.ledger import Ledger


@pytest.fixture
def config(tmp_path):
    return Config(ServerConfig(data_dir=tmp_path / "data", port=0, otlp_http_port=0, otlp_grpc_port=0))


def of(config, name, **server):
    changed = dataclasses.replace(config, server=dataclasses.replace(config.server, **server))
    return dict(doctor.CHECKS)[name](changed)


def test_a_good_machine_has_nothing_that_fails(config):
    findings = doctor.examine(config)
    assert [f.name for f in findings] == [name for name, _ in doctor.CHECKS]
    assert [f for f in findings if f.status == "fail"] == []
    assert not config.server.data_dir.exists(), "looking must not make anything"


def test_a_folder_in_use_is_told_with_its_process(config):
    with DataFolder(config.server.data_dir).claim():
        found = of(config, "data folder")
    assert found.status == "warn"
    assert "in use by process" in found.message


def test_a_folder_that_can_not_be_made_fails(config, tmp_path):
    (tmp_path / "file").touch()
    assert of(config, "data folder", data_dir=tmp_path / "file" / "x").status == "fail"


def test_a_port_in_use_fails_unless_its_own_server_runs(config):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        found = of(config, "ports", port=port)
        assert (found.status, str(port) in found.message) == ("fail", True)
        with DataFolder(config.server.data_dir).claim():
            assert of(config, "ports", port=port).status == "warn"


async def test_a_newer_ledger_fails(config, clock):
    config.server.data_dir.mkdir()
    path = config.server.data_dir / "ledger.db"
    async with await Ledger.open(path, clock):
        pass
    assert of(config, "ledger").message == "schema 0001"
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0999'")
    connection.close()
    assert of(config, "ledger").status == "fail"


def test_a_ledger_that_is_no_database_is_one_failure(config):
    config.server.data_dir.mkdir()
    (config.server.data_dir / "ledger.db").write_text("no database, though long enough to be one")
    failed = [finding.name for finding in doctor.examine(config) if finding.status == "fail"]
    assert failed == ["ledger"]


async def test_listening_to_others_without_a_token_fails(config, clock):
    assert of(config, "access", host="0.0.0.0").status == "fail"
    assert of(config, "access", host="127.0.0.1").status == "ok"
    config.server.data_dir.mkdir()
    async with await Ledger.open(config.server.data_dir / "ledger.db", clock) as ledger:
        await ledger.tokens.create("default", ["read"], "x")
    assert of(config, "access", host="0.0.0.0").status == "ok"


def test_a_check_that_breaks_is_a_finding(config, monkeypatch):
    def broken(_config):
        raise RuntimeError("oh")

    monkeypatch.setattr(doctor, "CHECKS", (("odd", broken),))
    (found,) = doctor.examine(config)
    assert (found.status, found.message) == ("fail", "the check itself failed: RuntimeError: oh")


def test_findings_are_plain_values():
    assert json.dumps(dataclasses.asdict(doctor.Finding("a", "ok", "b")))


def test_what_lies_in_quarantine_is_told_with_its_place_and_reason(config):
    assert of(config, "quarantine").status == "ok"
    folder = DataFolder(config.server.data_dir).quarantine
    folder.mkdir(parents=True)
    for number, reason in enumerate(("too odd", "too large")):
        (folder / f"{number}.pb").touch()
        (folder / f"{number}.json").write_text(
            json.dumps({"quarantined_unix_nano": number, "reason": reason})
        )
    found = of(config, "quarantine")
    assert (found.status, found.message.startswith("2 requests")) == ("warn", True)
    assert str(folder) in found.message
    assert "too large" in found.message
