"""Looks at everything the server needs, without changing any of it."""

from __future__ import annotations

import os
import re
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Final, Literal

from watchkeeper.api.access import is_loopback
from watchkeeper.app import web_files
from watchkeeper.app.config import Config
from watchkeeper.app.data_folder import DataFolder, DataFolderError, DataFolderInUse
from watchkeeper.app.listening import ListenError, PortInUse, bind
from watchkeeper.ledger.schema import HEAD
from watchkeeper.store.quarantine import newest

# A requirement of the extra as the package's metadata has it. Those for some systems only have a longer condition.
_OF_SERVER: Final = re.compile(r"""([\w.-]+)[^;]*;\s*extra == ['"]server['"]$""")
_SPACE_WARN: Final = 2 * 1024**3
_SPACE_FAIL: Final = 256 * 1024**2
# In a process of its own: a broken engine must not take the doctor with it.
_TRY_ENGINE: Final = (
    "import chdb; print(chdb.query('SELECT version()', 'TabSeparated').bytes().decode().strip())"
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One check: `fail` keeps the server from working, `warn` does not."""

    name: str
    status: Literal["ok", "warn", "fail"]
    message: str
    hint: str = ""


def examine(config: Config) -> list[Finding]:
    """Run every check; none raises."""
    findings: list[Finding] = []
    for name, check in CHECKS:
        try:
            findings.append(check(config))
        except Exception as error:  # a check that breaks is a finding too
            findings.append(
                Finding(name, "fail", f"the check itself failed: {type(error).__name__}: {error}")
            )
    return findings


def _python(_config: Config) -> Finding:
    version = ".".join(str(part) for part in sys.version_info[:3])
    return Finding("python", "ok", f"Python {version} on {sys.platform}")


def _packages(_config: Config) -> Finding:
    needed = [
        found[1] for line in metadata.requires("watchkeeper") or () if (found := _OF_SERVER.match(line))
    ]
    missing = []
    for name in needed:
        try:
            metadata.version(name)
        except metadata.PackageNotFoundError:
            missing.append(name)
    if missing:
        return Finding(
            "packages", "fail", "missing: " + ", ".join(missing), "pip install 'watchkeeper[server]'"
        )
    return Finding("packages", "ok", f"all {len(needed)} packages of the server are there")


def _engine(_config: Config) -> Finding:
    try:
        tried = subprocess.run(
            [sys.executable, "-c", _TRY_ENGINE], capture_output=True, text=True, timeout=60, check=False
        )
    except subprocess.TimeoutExpired:
        return Finding("engine", "fail", "the column store did not answer within 60 seconds")
    if tried.returncode != 0:
        last = (tried.stderr.strip().splitlines() or [f"exit code {tried.returncode}"])[-1]
        return Finding("engine", "fail", f"the column store does not start: {last}")
    return Finding("engine", "ok", f"the column store starts, version {tried.stdout.strip()}")


def _folder(config: Config) -> Finding:
    folder = DataFolder(config.server.data_dir)
    if not folder.path.exists():
        parent = next(place for place in folder.path.parents if place.exists())
        if not _writable(parent):
            return Finding(
                "data folder",
                "fail",
                f"{folder.path} can't be made in {parent}",
                "choose another with --data-dir",
            )
        return Finding("data folder", "ok", f"{folder.path} will be made at the first start")
    try:
        folder.claim().release()
    except DataFolderInUse as error:
        return Finding("data folder", "warn", error.message, "a server runs on it; that is fine if it should")
    except DataFolderError as error:
        return Finding("data folder", "fail", error.message, error.hint)
    return Finding("data folder", "ok", f"{folder.path} is writable and free to use")


def _space(config: Config) -> Finding:
    free = DataFolder(config.server.data_dir).free_bytes()
    text = f"{free / 1024**3:.1f} GiB free"
    if free < _SPACE_FAIL:
        return Finding("disk space", "fail", text, "data needs at least 256 MiB")
    if free < _SPACE_WARN:
        return Finding("disk space", "warn", text, "that fills up soon; 2 GiB or more is comfortable")
    return Finding("disk space", "ok", text)


def _ports(config: Config) -> Finding:
    server = config.server
    taken = []
    for option, port in (
        ("--port", server.port),
        ("--otlp-http-port", server.otlp_http_port),
        ("--otlp-grpc-port", server.otlp_grpc_port),
    ):
        try:
            bind(server.host, port, option).close()
        except PortInUse:
            taken.append((option, port))
        except ListenError as error:
            return Finding("ports", "fail", error.message, error.hint)
    if not taken:
        ports = ", ".join(str(p) for p in (server.port, server.otlp_http_port, server.otlp_grpc_port))
        return Finding("ports", "ok", f"{ports} are free on {server.host}")
    text = ", ".join(str(port) for _, port in taken) + f" in use on {server.host}"
    try:
        DataFolder(server.data_dir).claim().release() if server.data_dir.exists() else None
    except DataFolderInUse:
        return Finding("ports", "warn", text, "by the server that runs on this data folder, it seems")
    return Finding("ports", "fail", text, "choose others with " + ", ".join(option for option, _ in taken))


def _web(config: Config) -> Finding:
    found = web_files.find(config.server.web_dir)
    if found is None:
        return Finding("web UI", "warn", "not built; the API works without it", "make web")
    return Finding("web UI", "ok", f"built, in {found}")


def _ledger(config: Config) -> Finding:
    if config.ledger.url:
        return Finding("ledger", "ok", "is at ledger.url; checked at start")
    path = DataFolder(config.server.data_dir).ledger
    if not path.exists():
        return Finding("ledger", "ok", "will be made at the first start")
    try:
        version = _one(path, "SELECT version_num FROM alembic_version")
    except sqlite3.Error as error:
        return Finding("ledger", "fail", f"{path} can't be read: {error}", "restore it from a backup")
    if version > HEAD:
        return Finding(
            "ledger",
            "fail",
            f"has schema {version}, this program knows up to {HEAD}",
            "run the newer version of watchkeeper, or restore a backup",
        )
    later = "" if version == HEAD else f"; will be brought to {HEAD} at the next start"
    return Finding("ledger", "ok", f"schema {version}{later}")


def _quarantine(config: Config) -> Finding:
    folder = DataFolder(config.server.data_dir).quarantine
    count, reason = newest(folder)
    if not count:
        return Finding("quarantine", "ok", "holds nothing")
    return Finding(
        "quarantine",
        "warn",
        f"{count} requests that the store refused lie in {folder}; the last one because: {reason}",
        "a .json file beside each says why; mend the cause, then remove what is not wanted",
    )


def _tokens(config: Config) -> Finding:
    path = DataFolder(config.server.data_dir).ledger
    count = 0
    if path.exists():
        try:
            count = int(_one(path, "SELECT count(*) FROM tokens WHERE revoked_ns IS NULL"))
        except sqlite3.Error:
            return Finding("access", "warn", "can't tell whether there is a token: see the ledger")
    if is_loopback(config.server.host):
        return Finding("access", "ok", f"listens on this machine alone; {count} active tokens")
    if count == 0:
        return Finding(
            "access",
            "fail",
            f"{config.server.host} can be reached by others and there is no token: the server will refuse to start",
            "watchkeeper token create NAME --scope …",
        )
    return Finding("access", "ok", f"{config.server.host} can be reached by others; {count} active tokens")


#: In the order in which they are shown.
CHECKS: Final[tuple[tuple[str, Callable[[Config], Finding]], ...]] = (
    ("python", _python),
    ("packages", _packages),
    ("engine", _engine),
    ("data folder", _folder),
    ("disk space", _space),
    ("ports", _ports),
    ("web UI", _web),
    ("ledger", _ledger),
    ("quarantine", _quarantine),
    ("access", _tokens),
)


def _one(path: Path, sql: str) -> str:
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=2)) as connection:
        row = connection.execute(sql).fetchone()
    return str(row[0]) if row else ""


def _writable(folder: Path) -> bool:
    return os.access(folder, os.W_OK | os.X_OK)
