"""Looks prices up in a process of its own: the list takes memory that a server should not keep.

``python -m watchkeeper.store.price_lookup`` reads pairs of provider and model as JSON, or ``null`` for all that
are known, and writes what it finds.
"""

from __future__ import annotations

import asyncio
import dataclasses
import json
import sys
from collections.abc import Sequence
from typing import Final

from watchkeeper.store.errors import EngineError
from watchkeeper.store.price_list import Prices, find, known

_SECONDS: Final = 60.0

Found = tuple[str, str, Prices]


async def lookup(pairs: Sequence[tuple[str, str]] | None) -> list[Found]:
    """Prices of these providers and models, as far as they are known; of all when None.

    Raises:
        EngineError: the process failed; its message stands in the log.
    """
    if pairs is not None and not pairs:
        return []
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "watchkeeper.store.price_lookup",
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    try:
        answer, _ = await asyncio.wait_for(process.communicate(json.dumps(pairs).encode()), _SECONDS)
    except BaseException:
        if process.returncode is None:
            process.kill()
            await process.wait()
        raise
    if process.returncode:
        raise EngineError(f"looking prices up ended with status {process.returncode}")
    return [(provider, model, _prices(entry)) for provider, model, entry in json.loads(answer)]


def _prices(entry: dict[str, object]) -> Prices:
    values = {name: tuple(value) if isinstance(value, list) else value for name, value in entry.items()}
    return Prices(**values)  # type: ignore[arg-type]


def main() -> int:
    """Answer one question; returns 0."""
    pairs = json.load(sys.stdin)
    if pairs is None:
        found = list(known())
    else:
        found = [(provider, model, prices) for provider, model in pairs if (prices := find(provider, model))]
    json.dump(
        [(provider, model, dataclasses.asdict(prices)) for provider, model, prices in found], sys.stdout
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
