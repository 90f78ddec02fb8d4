"""Whatever the engine does after an acknowledgement: stored once, or in quarantine with an alarm. Row by row."""

import contextlib
import json
import os
import random
import signal
import sqlite3
import subprocess

import pytest
from rig import Traffic, request

from watchkeeper.model import envelope

ROOM = {"WATCHKEEPER__INGEST__SEGMENT_SECONDS": "0.3"}


def send(rig, rng, count=8, **options):
    """Sends requests that must be acknowledged; their rows."""
    sent = {}
    for _ in range(count):
        body, rows = request(rng, **options)
        assert rig.post(body)[0] == 200
        sent |= rows
    return sent


@pytest.fixture
def rig(start_rig):
    return start_rig(env=ROOM)


@pytest.fixture
def rng(request):
    return random.Random(request.node.name)


@contextlib.contextmanager
def held_together(rig):
    """What is sent inside gets into few segments: the engine answers nothing meanwhile."""
    pid = rig.engine_pid
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def assert_stored_or_aside(rig, sent):
    """Each span that was sent is stored or in quarantine, and none is both; those that are aside."""
    kept = b"".join(path.read_bytes() for path in (rig.server.data_dir / "quarantine").glob("*.pb"))
    aside = {span for span in sent if bytes.fromhex(span) in kept}
    assert rig.stored() == {span: row for span, row in sent.items() if span not in aside}
    return aside


def ledger(rig, query):
    with contextlib.closing(sqlite3.connect(f"file:{rig.server.data_dir}/ledger.db?mode=ro", uri=True)) as db:
        return db.execute(query).fetchall()


def test_a_request_that_a_constraint_refuses_lies_in_quarantine_and_its_neighbours_are_stored(rig, rng):
    rig.sql("ALTER TABLE watchkeeper.spans ADD CONSTRAINT no_poison CHECK SpanName != 'poison'")
    with held_together(rig):
        good = send(rig, rng, 5)
        bad = send(rig, rng, 1, name="poison")
        good |= send(rig, rng, 6)
    rig.drained()
    assert rig.stored() == good

    notes = [json.loads(path.read_text()) for path in (rig.server.data_dir / "quarantine").glob("*.json")]
    [note] = notes
    assert "no_poison" in note["reason"]
    [kept] = (rig.server.data_dir / "quarantine").glob("*.pb")
    [record] = envelope.read(memoryview(kept.read_bytes()))
    assert all(bytes.fromhex(span) in bytes(record.request) for span in bad)
    assert f"{record.request_id:016x}" == note["request_id"]

    rig.until(lambda: ledger(rig, "SELECT 1 FROM audit"), 5)
    [(event_type, project, payload)] = ledger(
        rig, "SELECT event_type, project, payload FROM outbox WHERE event_type = 'monitor.alert.triggered'"
    )
    payload = payload if isinstance(payload, dict) else json.loads(payload)
    assert (event_type, project, payload["severity"]) == ("monitor.alert.triggered", "default", "critical")
    assert "no_poison" in payload["reason"]
    assert ledger(rig, "SELECT count(*) FROM audit WHERE action = 'request.quarantined'") == [(1,)]
    health = rig.get("/health/full")
    [ingest] = [part for part in health["components"] if part["name"] == "ingest"]
    assert ingest["status"] == "degraded"
    assert "quarantine" in ingest["message"]


def test_a_constraint_that_is_lifted_while_a_segment_is_divided_stores_nothing_twice(rig, rng):
    rig.sql("ALTER TABLE watchkeeper.spans ADD CONSTRAINT none CHECK SpanName != 'poison'")
    with held_together(rig):
        sent = send(rig, rng, 5) | send(rig, rng, 1, name="poison") | send(rig, rng, 5)
    # The engine dies between two pieces; afterwards the whole segment could be stored.
    rig.until(lambda: len(rig.stored()) > 0, 20)
    rig.kill_engine()
    rig.sql("ALTER TABLE watchkeeper.spans DROP CONSTRAINT none")
    rig.drained()
    aside = assert_stored_or_aside(rig, sent)
    assert {sent[span][1] for span in aside} <= {"poison"}


def test_a_segment_that_does_not_fit_into_memory_is_split(start_rig, rng):
    rig = start_rig(env={**ROOM, "WATCHKEEPER__STORE__INSERT_MEMORY_BYTES": "24000000"})
    with held_together(rig):
        sent = send(rig, rng, 30, spans=100, text="x" * 1500)
    rig.drained(60)
    aside = assert_stored_or_aside(rig, sent)
    assert metric(rig, "watchkeeper_ingest_retries_total") > 0, "the segment was not too large"
    assert "emory limit" in rig.server.log.read_text()
    assert len(aside) < len(sent) / 2, "pieces fit where the whole did not"


@pytest.mark.parametrize("cost", [float("inf"), float("nan"), 1e300, -1e12])
def test_a_cost_that_is_no_amount_is_no_reason_to_refuse_a_request(rig, rng, cost):
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

    body, rows = request(rng, 3, **{"gen_ai.operation.name": "chat"})
    made = ExportTraceServiceRequest.FromString(body)
    span = made.resource_spans[0].scope_spans[0].spans[1]
    span.attributes.add(key="gen_ai.usage.cost.amount").value.double_value = cost
    assert rig.post(made.SerializeToString())[0] == 200
    rig.drained()
    assert rig.stored().keys() == rows.keys()


def test_too_many_parts_make_segments_wait_and_then_go_on(rig, rng):
    sent = send(rig, rng)
    rig.drained()
    rig.sql("SYSTEM STOP MERGES watchkeeper.spans")
    rig.sql(
        "ALTER TABLE watchkeeper.spans MODIFY SETTING parts_to_throw_insert = 1, parts_to_delay_insert = 1"
    )
    sent |= send(rig, rng)
    rig.until(lambda: metric(rig, "watchkeeper_ingest_retries_total") > 0, 20)
    sent |= send(rig, rng)
    assert rig.status()["waiting_bytes"] > 0
    rig.sql("ALTER TABLE watchkeeper.spans RESET SETTING parts_to_throw_insert, parts_to_delay_insert")
    rig.drained()
    assert rig.stored() == sent
    assert rig.status()["quarantined_requests"] == 0


def metric(rig, name):
    import urllib.request

    with urllib.request.urlopen(f"{rig.server.url}/metrics", timeout=10) as answer:
        lines = answer.read().decode().splitlines()
    return next(float(line.split()[1]) for line in lines if line.startswith(f"{name} "))


def test_an_engine_killed_in_mid_insert_has_stored_each_row_once(rig, rng):
    sent = {}
    for number in range(4):
        with held_together(rig):
            sent |= send(rig, rng, 6, spans=400)
        # Freed of the stop, it inserts: that takes some 100 ms.
        Traffic.nap(0.02 + 0.05 * number)
        rig.kill_engine()
    rig.drained(60)
    assert rig.stored() == sent
    assert rig.get("/api/v1/status")["engine"]["restarts"] == 4


def test_a_second_view_that_throws_takes_nothing_away(rig, rng):
    rig.sql("CREATE TABLE watchkeeper.other (n UInt8) ENGINE = MergeTree ORDER BY n")
    rig.sql(
        "CREATE MATERIALIZED VIEW watchkeeper.failing TO watchkeeper.other AS "
        "SELECT throwIf(project = 'default', 'this view fails') AS n FROM watchkeeper.otlp_traces"
    )
    sent = send(rig, rng)
    Traffic.nap(2)
    rig.sql("DROP VIEW watchkeeper.failing SYNC")
    sent |= send(rig, rng)
    rig.drained()
    assert_stored_or_aside(rig, sent)
    if rig.status()["quarantined_requests"]:
        rig.until(lambda: ledger(rig, "SELECT 1 FROM outbox WHERE event_type = 'monitor.alert.triggered'"), 5)


@pytest.mark.parametrize("gone", ["VIEW watchkeeper.otlp_traces_view", "TABLE watchkeeper.otlp_traces"])
def test_a_view_that_is_gone_is_noticed_and_made_again(rig, rng, gone):
    sent = send(rig, rng)
    rig.drained()
    rig.sql(f"DROP {gone} SYNC")
    sent |= send(rig, rng)
    rig.drained()
    assert rig.stored() == sent
    sent |= send(rig, rng)
    rig.drained()
    assert rig.stored() == sent


def test_a_long_absence_of_the_engine_is_waited_for(rig, rng):
    """It does not answer, is found out and replaced; senders notice nothing."""
    os.kill(rig.engine_pid, signal.SIGSTOP)
    sent = {}
    for _ in range(6):
        sent |= send(rig, rng, 4)
        Traffic.nap(3)
    assert rig.status()["waiting_bytes"] > 0
    rig.drained(60)
    assert rig.stored() == sent
    assert rig.get("/api/v1/status")["engine"]["restarts"] >= 1
    rig.until(lambda: rig.get("/health/full")["status"] == "healthy", 20)


@pytest.fixture
def small_disk(tmp_path):
    folder = tmp_path / "disk"
    folder.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=120M", "tmpfs", str(folder)], capture_output=True, text=True
    )
    if done.returncode:
        if os.environ.get("CI") == "true":
            pytest.fail(f"CI must be able to mount a tmpfs: {done.stderr}")
        pytest.skip(f"a tmpfs can't be mounted here: {done.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.mark.parametrize("reserve", [16 * 1024**2, 0])
def test_a_full_disk_is_said_to_senders_and_recovers_without_a_hand(small_disk, start_rig, rng, reserve):
    rig = start_rig(
        folder=small_disk / "data", env={**ROOM, "WATCHKEEPER__INGEST__MIN_FREE_DISK_BYTES": str(reserve)}
    )
    try:
        sent = send(rig, rng, 5)
        rig.drained()
        ballast = small_disk / "ballast"
        with ballast.open("wb") as file, contextlib.suppress(OSError):
            while True:
                file.write(bytes(1024 * 1024))
                file.flush()
        traffic = Traffic(rig, 7, spans=100)
        rig.until(lambda: len(traffic.refusals) > 5, 30, "nobody was refused")
        assert set(traffic.refusals) == {(503, "1")}
        assert rig.sql("SELECT count() FROM watchkeeper.spans")[0][0] >= len(sent), "reads go on"
        assert rig.get("/health/full")["status"] != "healthy"
        before = len(traffic.acknowledged)
        ballast.unlink()
        rig.until(lambda: len(traffic.acknowledged) > before + 300, 30, "it did not recover")
        sent |= traffic.stop()
        rig.drained(60)
        stored = rig.stored()
        assert {span: stored.get(span) for span in sent} == sent
        assert stored.items() <= (sent | traffic.sent).items()
        assert rig.status()["quarantined_requests"] == 0
    finally:
        rig.server.stop()
