"""`kill -9` at random moments: what was acknowledged is there once."""

import os
import random
import signal

import pytest
from rig import Rig, Traffic

ROUNDS = 20
KINDS = ("server", "engine", "both")


@pytest.mark.timeout(400)
def test_what_was_acknowledged_survives_being_killed(start_server, tmp_path):
    rng = random.Random(20261121)
    kinds = [KINDS[number % 3] for number in range(ROUNDS)]
    rng.shuffle(kinds)
    folder = tmp_path / "data"
    acknowledged, sent = {}, {}
    running = Rig(start_server(folder=folder))
    for number, kind in enumerate(kinds):
        traffic = Traffic(running, number)
        traffic._stop.wait(rng.uniform(0.3, 2.5))
        engine, server = running.engine_pid, running.server.process.pid
        victims = {"server": [server], "engine": [engine], "both": [engine, server]}[kind]
        for victim in victims:
            os.kill(victim, signal.SIGKILL)
        if kind == "engine":
            traffic._stop.wait(rng.uniform(0.1, 1.0))  # acknowledged while the engine is away
        acknowledged |= traffic.stop()
        sent |= traffic.sent
        if kind != "engine":
            running.server.process.wait(10)
            running = Rig(start_server(folder=folder))
        assert traffic.acknowledged, f"round {number}: nothing was sent before the kill"
    running.drained()
    stored = running.stored()
    assert len(acknowledged) > 20 * ROUNDS
    missing = acknowledged.keys() - stored.keys()
    assert not missing, f"{len(missing)} of {len(acknowledged)} acknowledged spans are missing"
    assert {span: stored[span] for span in acknowledged} == acknowledged
    # Written but not acknowledged before the kill: may be there, and is then whole.
    assert {span: row for span, row in stored.items() if span not in acknowledged}.items() <= sent.items()
    assert running.status()["quarantined_requests"] == 0
