"""examples/: they run as their READMEs say."""

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

from otlp_sink import attributes

EXAMPLES = Path(__file__).parents[3] / "examples"


def test_the_orchestrator(sink):
    done = subprocess.run(
        [sys.executable, str(EXAMPLES / "orchestrator" / "orchestrator.py")],
        env={**os.environ, "OTEL_EXPORTER_OTLP_ENDPOINT": sink.url, "WATCHKEEPER_SDK_STRICT": "1"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert not done.stderr
    assert len(done.stdout.splitlines()) == 10
    kinds = Counter(attributes(span)["watchkeeper.span.kind"] for span in sink.spans())
    assert kinds["workflow"] == 10
    assert set(kinds) == {"workflow", "task", "agent", "llm_call", "tool", "handoff", "decision"}
    assert len({span.trace_id for span in sink.spans()}) == 10
