import os
import time

import pytest

from watchkeeper.demo import control


@pytest.fixture
def listening(tmp_path):
    control.alive(tmp_path)
    return tmp_path


def test_orders_arrive_in_turn_and_only_once(listening):
    control.send(listening, "error-spike", 10)
    control.send(str(listening), "crash", 5.5, agent="writer")
    orders, refused = control.take(listening)
    assert orders == [control.Order("error_spike", 10.0), control.Order("crash", 5.5, "writer")]
    assert refused == []
    assert control.take(listening) == ([], [])


def test_nobody_listens(tmp_path):
    with pytest.raises(control.InjectionRefused, match="no demo listens in"):
        control.send(tmp_path / "none", "crash")
    control.alive(tmp_path)
    old = time.time() - 60
    os.utime(tmp_path / "demo.running", (old, old))
    with pytest.raises(control.InjectionRefused, match="no demo listens in"):
        control.send(tmp_path, "crash")
    control.alive(tmp_path)
    control.gone(tmp_path)
    assert not control.running(tmp_path)


@pytest.mark.parametrize(
    ("kind", "seconds", "message"),
    [
        ("earthquake", 5, "one of: error_spike, stuck_agent"),
        ("crash", 0, "between 0 and 3600"),
        ("crash", 1e9, "between"),
    ],
)
def test_orders_that_make_no_sense_are_refused(listening, kind, seconds, message):
    with pytest.raises(control.InjectionRefused, match=message):
        control.send(listening, kind, seconds)


def test_an_agent_that_does_not_exist_is_refused(listening):
    with pytest.raises(control.InjectionRefused, match=r"no agent 'wrter'; one of: .*writer"):
        control.send(listening, "crash", 5, agent="wrter")


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"kind": "crash"}', '{"kind": "quake", "duration_seconds": 1}', "\x00"]
)
def test_files_that_are_no_orders_are_named_and_removed(listening, text):
    (listening / "inject-1.json").write_text(text)
    orders, refused = control.take(listening)
    assert orders == []
    assert refused[0].startswith("inject-1.json: ")
    assert not list(listening.glob("inject-*"))


def test_orders_do_not_pile_up(listening):
    for _ in range(100):
        control.send(listening, "crash", 1)
    with pytest.raises(control.InjectionRefused, match="100 orders wait"):
        control.send(listening, "crash", 1)
