"""YAML with the line of every value, so that an error can point at it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from watchkeeper.app.config_values import Wrong

MAX_FILE_BYTES: Final = 1_048_576


@dataclass(frozen=True, slots=True)
class Written:
    """One value as somebody wrote it. `where` names the place: `watchkeeper.yaml:12`, a variable, an option."""

    section: str
    name: str
    value: object
    where: str


def read_yaml(path: Path) -> Iterator[Written]:
    """The settings of a file: two levels, section and name.

    A section without settings gives one entry with an empty name, so that a misspelt one is noticed.

    Raises:
        Wrong: with file and line: unreadable, no YAML, not two levels, a key twice.
    """
    try:
        with path.open("rb") as file:
            text = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise Wrong(f"{path}: can't be read: {error.strerror}") from error
    if len(text) > MAX_FILE_BYTES:
        raise Wrong(f"{path}: is over {MAX_FILE_BYTES} bytes, which no configuration is")
    root = _compose(text, str(path))
    if root is None:
        return
    for section, line, node in _pairs(root, str(path), "the file"):
        yield Written(section, "", None, f"{path}:{line}")
        if isinstance(node, yaml.ScalarNode) and node.tag == "tag:yaml.org,2002:null":
            continue
        for name, name_line, value in _pairs(node, str(path), f"the section {section!r}"):
            yield Written(
                section, name, _value(value, f"{path}:{value.start_mark.line + 1}: "), f"{path}:{name_line}"
            )


def read_text(text: str) -> object:
    """The value of an environment variable, as YAML reads it: `8080`, `true`, `[a, b]`, or text.

    Raises:
        Wrong: it starts like a list or a mapping and is none.
    """
    # Only lists and mappings need YAML's grammar; other text is taken as it is, whatever signs it holds.
    if not text.strip().startswith(("[", "{")):
        return text
    node = _compose(text.encode(), "")
    return None if node is None else _value(node)


def _compose(text: bytes, where: str) -> yaml.Node | None:
    try:
        node: yaml.Node | None = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = f":{mark.line + 1}" if mark and where else ""
        raise Wrong(f"{where}{line}{': ' if where else ''}is no YAML: {error.problem}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise Wrong(f"{where}{': ' if where else ''}is no YAML: {error}") from error
    return node


def _pairs(node: yaml.Node, path: str, what: str) -> Iterator[tuple[str, int, yaml.Node]]:
    line = node.start_mark.line + 1
    if not isinstance(node, yaml.MappingNode):
        raise Wrong(f"{path}:{line}: {what} must be a mapping of names to values")
    seen: dict[str, int] = {}
    for key, value in node.value:
        line = key.start_mark.line + 1
        if not isinstance(key, yaml.ScalarNode):
            raise Wrong(f"{path}:{line}: a name must be plain text")
        if key.value in seen:
            raise Wrong(f"{path}:{line}: {key.value!r} is there twice, first on line {seen[key.value]}")
        seen[key.value] = line
        yield key.value, line, value


def _value(node: yaml.Node, where: str = "") -> Any:
    loader = yaml.SafeLoader("")
    try:
        return loader.construct_document(node)
    except yaml.MarkedYAMLError as error:
        raise Wrong(f"{where}can't be read: {error.problem}") from error
    finally:
        loader.dispose()
