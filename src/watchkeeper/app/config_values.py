"""Turns what somebody wrote into the type that a setting has, or says why it can't."""

from __future__ import annotations

import re
import types
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Union, get_args, get_origin

from watchkeeper.kernel import durations
from watchkeeper.kernel.errors import InvalidInput

_SIZE: Final = re.compile(r"(\d+(?:\.\d+)?)\s*([kKMGT]i?)?B?")
_SIZES: Final = {"k": 1000, "M": 1000**2, "G": 1000**3, "T": 1000**4}
_SIZES_BINARY: Final = {"ki": 1024, "Mi": 1024**2, "Gi": 1024**3, "Ti": 1024**4}
_TRUE: Final = frozenset({"true", "yes", "on", "1"})
_FALSE: Final = frozenset({"false", "no", "off", "0"})


class Wrong(Exception):
    """A value that can't be used; the text completes a sentence that starts with the setting's name."""


def convert(value: object, kind: Any, name: str, metadata: Mapping[str, Any]) -> Any:
    """A value in the type of its setting, within its bounds.

    `*_seconds` also takes a duration (`5m`), `*_bytes` also a size (`64MiB`, `500MB`); a list of texts also takes
    one text with commas.

    Raises:
        Wrong: the type does not fit, or the bounds `min` and `max` of the metadata are exceeded.
    """
    converted = _convert(value, kind, name)
    if isinstance(converted, int | float) and not isinstance(converted, bool):
        low, high = metadata.get("min"), metadata.get("max")
        if low is not None and converted < low:
            raise Wrong(f"must be at least {low}, not {value!r}")
        if high is not None and converted > high:
            raise Wrong(f"must be at most {high}, not {value!r}")
    return converted


def describe(kind: Any, name: str) -> str:
    """What a setting takes, in words, for the reference and for messages."""
    if kind is bool:
        return "true or false"
    if kind is int:
        return "a size in bytes, or as in 64MiB" if name.endswith("_bytes") else "a whole number"
    if kind is float:
        return "a number of seconds, or as in 5m" if name.endswith("_seconds") else "a number"
    if kind is str:
        return "text"
    if kind is Path:
        return "a path"
    inner = _optional(kind)
    if inner is not None:
        return describe(inner, name) + ", or nothing"
    if get_origin(kind) is tuple:
        return "a list of texts" if get_args(kind)[0] is str else "a list of mappings"
    return "a mapping"


def _convert(value: object, kind: Any, name: str) -> Any:
    inner = _optional(kind)
    if inner is not None:
        return None if value is None or value == "" else _convert(value, inner, name)
    if get_origin(kind) is tuple:
        return _list(value, get_args(kind)[0], name)
    if get_origin(kind) is dict or kind is dict:
        if isinstance(value, dict):
            return value
        raise _no(value, kind, name)
    reader = {bool: _bool, int: _int, float: _float, str: _str, Path: _path}[kind]
    return reader(value, kind, name)


def _bool(value: object, kind: Any, name: str) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in _TRUE | _FALSE:
        return value.lower() in _TRUE
    raise _no(value, kind, name)


def _int(value: object, kind: Any, name: str) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str):
        try:
            return int(value.replace("_", ""))
        except ValueError:
            size = _SIZE.fullmatch(value.strip()) if name.endswith("_bytes") else None
            if size is not None:
                unit = size.group(2) or ""
                unit = "k" + unit[1:] if unit.startswith("K") else unit
                return round(float(size.group(1)) * ({"": 1} | _SIZES | _SIZES_BINARY)[unit])
    raise _no(value, kind, name)


def _float(value: object, kind: Any, name: str) -> float:
    number: float | None = None
    if isinstance(value, int | float) and not isinstance(value, bool):
        number = float(value)
    elif isinstance(value, str):
        try:
            number = float(value)
        except ValueError:
            if name.endswith("_seconds"):
                try:
                    number = durations.parse_seconds(value)
                except InvalidInput as wrong:
                    raise Wrong(f"must be {describe(kind, name)}: {wrong}") from wrong
    # Infinity and NaN are floats, and nothing that a setting can mean.
    if number is None or number != number or abs(number) == float("inf"):  # noqa: PLR0124
        raise _no(value, kind, name)
    return number


def _str(value: object, kind: Any, name: str) -> str:
    if isinstance(value, str):
        return value
    raise _no(value, kind, name)


def _path(value: object, kind: Any, name: str) -> Path:
    if isinstance(value, Path):
        return value
    if isinstance(value, str) and value:
        return Path(value).expanduser()
    raise _no(value, kind, name)


def _list(value: object, kind: Any, name: str) -> tuple[Any, ...]:
    if isinstance(value, str) and kind is str:
        return tuple(part.strip() for part in value.split(",") if part.strip())
    if isinstance(value, list | tuple):
        return tuple(_convert(item, kind, name) for item in value)
    raise Wrong(f"must be {'a list of texts' if kind is str else 'a list of mappings'}, not {value!r}")


def _optional(kind: Any) -> Any:
    if get_origin(kind) in {Union, types.UnionType}:
        inner = [argument for argument in get_args(kind) if argument is not type(None)]
        return inner[0]
    return None


def _no(value: object, kind: Any, name: str) -> Wrong:
    shown = "nothing" if value is None else repr(value)
    return Wrong(f"must be {describe(kind, name)}, not {shown}")
