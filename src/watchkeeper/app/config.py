"""The configuration: the rooms' sections composed, and read from a file, the environment and the command line.

    defaults  <  watchkeeper.yaml  <  WATCHKEEPER__SECTION__NAME  <  command line

A section is a frozen dataclass that its room owns; a field carries its help, and its bounds where it has any,
in `metadata`. What is wrong is named with the place it was written at.
"""

from __future__ import annotations

import dataclasses
import difflib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, get_type_hints

from watchkeeper.app.config_values import Wrong, convert
from watchkeeper.app.config_yaml import Written, read_text, read_yaml
from watchkeeper.health.config import HealthConfig
from watchkeeper.ingest.config import IngestConfig
from watchkeeper.kernel.errors import InvalidInput
from watchkeeper.ledger.config import LedgerConfig
from watchkeeper.store.config import StoreConfig

ENV_PREFIX: Final = "WATCHKEEPER__"
DEFAULT_FILE: Final = Path("watchkeeper.yaml")
_PORT: Final = {"min": 0, "max": 65_535}


class ConfigError(InvalidInput):
    """The configuration is wrong; the message says where and what."""

    code = "invalid_config"


@dataclass(frozen=True, slots=True)
class ServerConfig:
    """The `server` section of the configuration file."""

    host: str = field(
        default="127.0.0.1",
        metadata={
            "help": "Address to listen on. Beyond loopback the server starts only when a token exists "
            "(`watchkeeper token create`)."
        },
    )
    port: int = field(
        default=7070, metadata={"help": "Port of the web UI and the API; 0 picks a free one.", **_PORT}
    )
    otlp_http_port: int = field(
        default=4318, metadata={"help": "Port of OTLP over HTTP; 0 picks a free one.", **_PORT}
    )
    otlp_grpc_port: int = field(
        default=4317, metadata={"help": "Port of OTLP over gRPC; 0 picks a free one.", **_PORT}
    )
    data_dir: Path = field(
        default=Path("watchkeeper-data"),
        metadata={"help": "Folder of all data. A relative one starts at the working directory."},
    )
    allowed_hosts: tuple[str, ...] = field(
        default=(),
        metadata={
            "help": "Further names under which a server on loopback may be reached without a token, such as "
            "`host.docker.internal`. Whoever reaches it under such a name gets in: list none that others can use."
        },
    )
    head_timeout_seconds: float = field(
        default=20.0,
        metadata={
            "help": "A connection whose first request does not begin, or whose head does not end, by then is closed."
        },
    )
    web_dir: Path | None = field(
        default=None,
        metadata={"help": "Folder of the built web UI; by default the one that came with the program."},
    )


@dataclass(frozen=True, slots=True)
class Config:
    """Every section, complete and checked."""

    server: ServerConfig = field(default_factory=ServerConfig)
    store: StoreConfig = field(default_factory=StoreConfig)
    ingest: IngestConfig = field(default_factory=IngestConfig)
    ledger: LedgerConfig = field(default_factory=LedgerConfig)
    health: HealthConfig = field(default_factory=HealthConfig)


def load(
    path: Path | None = None,
    env: Mapping[str, str] | None = None,
    overrides: Mapping[str, object] | None = None,
) -> Config:
    """The configuration of this run.

    Args:
        path: a YAML file; None reads none.
        env: where `WATCHKEEPER__…` is looked up; the process's environment when None.
        overrides: values by `section.name`, from the command line; a value None is none.

    Raises:
        ConfigError: an unknown key (with the nearest known one), a wrong type, a value out of bounds; with
            file and line, or the variable's name, or the option's.
    """
    found: dict[tuple[str, str], Written] = {}
    for written in (
        *_from_file(path),
        *_from_env(os.environ if env is None else env),
        *_given(overrides or {}),
    ):
        found[written.section, written.name] = written
    _refuse_unknown(found)
    sections = {name: _section(kind, name, found) for name, kind in section_types().items()}
    return Config(**sections)


def section_types() -> dict[str, type[Any]]:
    """The dataclass of each section, by its name in the file."""
    return get_type_hints(Config)


def _from_file(path: Path | None) -> Iterator[Written]:
    if path is None:
        return
    try:
        yield from read_yaml(path)
    except Wrong as wrong:
        raise ConfigError(str(wrong)) from wrong


def _from_env(env: Mapping[str, str]) -> Iterator[Written]:
    for variable in sorted(env):
        if not variable.startswith(ENV_PREFIX):
            continue
        section, separator, name = variable.removeprefix(ENV_PREFIX).lower().partition("__")
        if not separator:
            raise ConfigError(f"{variable}: write {ENV_PREFIX}SECTION__NAME, with two underscores between")
        try:
            value = read_text(env[variable])
        except Wrong as wrong:
            raise ConfigError(f"{variable}: {wrong}") from wrong
        yield Written(section, name, value, variable)


def _given(overrides: Mapping[str, object]) -> Iterator[Written]:
    for key, value in overrides.items():
        if value is not None:
            section, _, name = key.partition(".")
            yield Written(section, name, value, f"--{name.replace('_', '-')}")


def _section(kind: type[Any], section: str, found: Mapping[tuple[str, str], Written]) -> Any:
    types = get_type_hints(kind)
    values = {}
    for setting in dataclasses.fields(kind):
        written = found.get((section, setting.name))
        if written is None:
            continue
        try:
            values[setting.name] = convert(written.value, types[setting.name], setting.name, setting.metadata)
        except Wrong as wrong:
            raise ConfigError(f"{written.where}: {section}.{setting.name} {wrong}") from wrong
    try:
        return kind(**values)
    except ValueError as wrong:
        raise ConfigError(f"the section {section} is wrong: {wrong}") from wrong


def _refuse_unknown(found: Mapping[tuple[str, str], Written]) -> None:
    known = {name: [f.name for f in dataclasses.fields(kind)] for name, kind in section_types().items()}
    for (section, name), written in found.items():
        if section not in known:
            raise ConfigError(f"{written.where}: unknown section {section!r}{_nearest(section, known)}")
        # An empty name stands for a section that is there without a setting.
        if name and name not in known[section]:
            everywhere = [f"{s}.{n}" for s, names in known.items() for n in names]
            # The very name in another section is nearer than any that looks like it in this one.
            moved = next(
                (f"; did you mean {place!r}?" for place in everywhere if place.endswith(f".{name}")), ""
            )
            near = moved or _nearest(name, known[section]) or _nearest(f"{section}.{name}", everywhere)
            raise ConfigError(f"{written.where}: unknown setting {section}.{name}{near}")


def _nearest(name: str, known: object) -> str:
    close = difflib.get_close_matches(name, list(known), n=1, cutoff=0.5)  # type: ignore[call-overload]
    return f"; did you mean {close[0]!r}?" if close else ""
