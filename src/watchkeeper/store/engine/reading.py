"""What a reader may ask: one statement, of a kind that only reads.

The engine's ``readonly`` setting keeps tables and settings, but lets some statements through that do more: it
writes ``INTO OUTFILE``, stops merges and kills queries, and runs what stands behind a semicolon.
"""

from __future__ import annotations

import re
from typing import Final

# Text, quoted names and comments: what is in them is no statement.
_ASIDE: Final = re.compile(
    r"""'(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.|"")*"|`(?:[^`\\]|\\.|``)*`|\$(\w*)\$.*?\$\1\$|--[^\n]*|\#[! ][^\n]*|/\*.*?\*/""",
    re.DOTALL,
)
_WORD: Final = re.compile(r"[\s(]*(\w+)")
_READING: Final = frozenset(
    {"SELECT", "WITH", "SHOW", "DESCRIBE", "DESC", "EXPLAIN", "EXISTS", "FROM", "SET"}
)


def refusal(sql: str) -> str:
    """Why a reader may not run this statement, or ''. `SET` is left to the engine, which refuses it."""
    bare = _ASIDE.sub(_left, sql).rstrip("; \t\r\n")
    if ";" in bare:
        return "a reader runs one statement at a time"
    word = _WORD.match(bare)
    if word is None or word[1].upper() not in _READING:
        return f"a reader can't run {word[1].upper()[:20] if word else 'this'}"
    if re.search(r"\bINTO\s+OUTFILE\b", bare, re.IGNORECASE):
        return "a reader can't write files"
    return ""


def _left(found: re.Match[str]) -> str:
    """A comment is white space, text and names are a value."""
    return " " if found[0].startswith(("--", "#", "/*")) else " ? "
