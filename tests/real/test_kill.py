"""`kill -9` at random moments: what was acknowledged is there once."""

import http.client
import os
import random
import signal
import socket
import threading

import pytest
from rig import Rig, Traffic

ROUNDS = 20
KINDS = ("server", "engine", "both")
RESTARTS = 6


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


class Retried(Rig):
    """Keeps which requests were answered at a later attempt than the first."""

    def __init__(self, server):
        super().__init__(server)
        self.failed, self.retried = set(), set()
        self._lock = threading.Lock()

    def post(self, body, headers=None, **more):
        try:
            answer = super().post(body, headers, **more)
        except (OSError, http.client.HTTPException):
            with self._lock:
                self.failed.add(body)
            raise
        with self._lock:
            if answer[0] == 200 and body in self.failed:
                self.retried.add(body)
        return answer


def test_what_a_sender_repeats_after_a_restart_is_there_once(start_server, tmp_path):
    rng = random.Random(20261122)
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = str(found.getsockname()[1])
    folder = tmp_path / "data"
    sending = running = Retried(start_server("--otlp-http-port", port, folder=folder))
    traffic = Traffic(sending, 0, threads=6, pause=0)
    for number in range(RESTARTS):
        traffic._stop.wait(rng.uniform(0.5, 1.5))
        before = len(sending.retried)
        running.server.process.kill()
        running.server.process.wait(10)
        running = Rig(start_server("--otlp-http-port", port, folder=folder))
        running.until(lambda: len(sending.retried) > before, 10, f"restart {number}: nothing was sent again")  # noqa: B023  called at once
    acknowledged = traffic.stop()
    running.drained()
    stored = running.stored()  # fails when a span is there twice
    assert len(sending.retried) >= RESTARTS
    assert {span: stored.get(span) for span in acknowledged} == acknowledged
    assert stored.items() <= traffic.sent.items()
