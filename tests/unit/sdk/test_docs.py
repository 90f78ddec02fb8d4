"""docs/sdk.md: each example runs, each setting is there."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from watchkeeper.sdk.settings import SETTINGS

PAGE = (Path(__file__).parents[3] / "docs" / "sdk.md").read_text(encoding="utf-8")
SNIPPETS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.parametrize("number", range(len(SNIPPETS)))
def test_each_example_runs_without_a_warning(number, tmp_path, sink):
    path = tmp_path / "snippet.py"
    path.write_text(SNIPPETS[number].replace("http://127.0.0.1:4318", sink.url), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, str(path)],
        env={**os.environ, "OTEL_EXPORTER_OTLP_ENDPOINT": sink.url, "WATCHKEEPER_SDK_STRICT": "1"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert not done.stderr
    assert sink.spans()


def test_each_setting_is_documented_with_its_variables():
    rows = dict(re.findall(r"^\| `(\w+)` \| (.*?) \|", PAGE, re.MULTILINE))
    assert set(rows) == {setting.name for setting in SETTINGS}
    for setting in SETTINGS:
        assert re.findall(r"`([A-Z_]+)`", rows[setting.name]) == list(setting.env)
