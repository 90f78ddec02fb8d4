"""Refuses what grows too long to read: files over 600 lines, functions over 80. Aim at 400 and 50.

An exception is named here, with its reason.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

FILE_LINES: Final = 600
FUNCTION_LINES: Final = 80

#: Path, or path:function, from the project's root → why it may be longer.
EXCEPTIONS: Final[dict[str, str]] = {
    "src/watchkeeper/semconv/metrics.py": "the metric catalogue is one table, made to be read as one",
}

ROOT: Final = Path(__file__).resolve().parent.parent
PYTHON: Final = ("src", "tests", "tools", "bench", "examples")
WEB: Final = ("*.ts", "*.tsx", "*.css")
# Generated from the API's description.
GENERATED: Final = ("schema.d.ts", "routeTree.gen.ts")


def main() -> int:
    """Print what is too long; exit code 1 when anything is."""
    too_long = [*_python(), *_web()]
    for line in too_long:
        print(line)
    stale = [name for name in EXCEPTIONS if not (ROOT / name.partition(":")[0]).exists()]
    for name in stale:
        print(f"{name}: is an exception in tools/check_sizes.py, but does not exist")
    return 1 if too_long or stale else 0


def _python() -> Iterator[str]:
    for folder in PYTHON:
        for path in sorted((ROOT / folder).rglob("*.py")):
            name = path.relative_to(ROOT).as_posix()
            text = path.read_text(encoding="utf-8")
            yield from _file(name, text)
            for node in ast.walk(ast.parse(text)):
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                    assert node.end_lineno is not None
                    length = node.end_lineno - node.lineno + 1
                    if length > FUNCTION_LINES and f"{name}:{node.name}" not in EXCEPTIONS:
                        yield f"{name}:{node.lineno}: {node.name} has {length} lines, over {FUNCTION_LINES}"


def _web() -> Iterator[str]:
    for pattern in WEB:
        for path in sorted((ROOT / "web" / "src").rglob(pattern)):
            if path.name not in GENERATED:
                yield from _file(path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8"))


def _file(name: str, text: str) -> Iterator[str]:
    length = text.count("\n") + 1
    if length > FILE_LINES and name not in EXCEPTIONS:
        yield f"{name}: has {length} lines, over {FILE_LINES}"


if __name__ == "__main__":
    sys.exit(main())
