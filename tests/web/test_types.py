"""The UI's idea of the API is the server's own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def test_the_generated_types_are_current():
    if not (ROOT / "web" / "node_modules" / "openapi-typescript").exists():
        if os.environ.get("CI") == "true":
            pytest.fail("web/node_modules is missing, and CI must have it")
        pytest.skip("web/node_modules is missing: run `make web`")
    done = subprocess.run(
        [ROOT / "tools" / "with_node.sh", "node", "dev/types.mjs", "--check"],
        cwd=ROOT / "web",
        env={**os.environ, "PYTHON": sys.executable},
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert done.returncode == 0, done.stderr
