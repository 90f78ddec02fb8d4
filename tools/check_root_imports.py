"""Refuses an import of the package's root from inside the package.

`watchkeeper/__init__.py` is a façade for users. A module inside that imports it closes an import cycle through
everything the façade offers. import-linter can't express this: the root is the ancestor of every module.
"""

from __future__ import annotations

import ast
import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
PACKAGE: Final = "watchkeeper"


def main() -> int:
    """Print each import of the root; exit code 1 when there is one."""
    found = 0
    source = ROOT / "src"
    for path in sorted((source / PACKAGE).rglob("*.py")):
        parts = {entry.stem if entry.is_file() else entry.name for entry in (source / PACKAGE).iterdir()}
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if _imports_root(node, parts):
                found += 1
                print(f"{path.relative_to(ROOT)}:{node.lineno}: imports the package's root")  # type: ignore[attr-defined]
    return 1 if found else 0


def _imports_root(node: ast.AST, parts: set[str]) -> bool:
    if isinstance(node, ast.Import):
        return any(alias.name == PACKAGE for alias in node.names)
    if isinstance(node, ast.ImportFrom) and node.module == PACKAGE and node.level == 0:
        # `from watchkeeper import semconv` names a module, which is fine; anything else comes from the façade.
        return any(alias.name not in parts for alias in node.names)
    return False


if __name__ == "__main__":
    sys.exit(main())
