import json
import os
import re
import socket
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from watchkeeper.app.data_folder import DataFolder
from watchkeeper.cli.demo import Kind
from watchkeeper.cli.exit_codes import exit_code
from watchkeeper.cli.main import main
from watchkeeper.demo import control
from watchkeeper.kernel.errors import InvalidInput, WatchkeeperError
from watchkeeper.kernel.version import VERSION


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path, monkeypatch):
    """No configuration of the working directory or the environment takes part."""
    monkeypatch.chdir(tmp_path)
    for name in list(os.environ):
        if name.startswith("WATCHKEEPER__"):
            monkeypatch.delenv(name)


def run(*arguments, capsys):
    code = main(arguments)
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_version(capsys):
    assert run("version", capsys=capsys) == (0, f"watchkeeper {VERSION}\n", "")


def test_version_tells_more_when_asked(capsys):
    _, out, _ = run("version", "--verbose", capsys=capsys)
    assert re.search(r"^chdb-core \d", out, re.MULTILINE)


@pytest.mark.parametrize(
    "command", [[str(Path(sys.executable).with_name("watchkeeper"))], [sys.executable, "-m", "watchkeeper"]]
)
def test_both_ways_to_call_it(command):
    done = subprocess.run([*command, "version"], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (0, f"watchkeeper {VERSION}\n")


def test_version_does_not_load_what_it_does_not_need():
    heavy = [
        "sqlalchemy",
        "alembic",
        "chdb",
        "fastapi",
        "uvicorn",
        "grpc",
        "yaml",
        "aiohttp",
        "opentelemetry",
    ]
    script = (
        "import sys; from watchkeeper.cli.main import main; main(['version']); "
        f"print([name for name in {heavy} if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"


def test_help_names_every_command(capsys):
    code, out, _ = run("--help", capsys=capsys)
    assert code == 0
    for command in ("serve", "demo", "doctor", "token", "version"):
        assert re.search(rf"\b{command}\b", out)


def test_without_the_server_extra_it_says_what_to_install():
    # A stand-in for an install without the extra: the import of typer fails.
    script = (
        "import sys; sys.modules['typer'] = None\n"
        "from watchkeeper.cli.main import main; sys.exit(main(['version']))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert "pip install 'watchkeeper[server]'" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_mistyped_option_is_no_traceback(capsys):
    code, _, err = run("serve", "--prot", "1", capsys=capsys)
    assert code == 2
    assert "--prot" in err


def test_a_wrong_configuration_is_one_line_and_its_own_code(capsys, tmp_path):
    (tmp_path / "watchkeeper.yaml").write_text("server:\n  prot: 1\n")
    code, _, err = run("doctor", capsys=capsys)
    assert code == 2
    assert err == "watchkeeper: watchkeeper.yaml:2: unknown setting server.prot; did you mean 'port'?\n"


@pytest.mark.parametrize(
    ("code", "exit_with"),
    [
        ("port_in_use", 3),
        ("data_folder_in_use", 4),
        ("data_folder_not_writable", 5),
        ("ledger_too_new", 6),
        ("schema_too_new", 6),
        ("listen_refused", 7),
        ("anything_else", 1),
    ],
)
def test_exit_codes(code, exit_with):
    assert exit_code(WatchkeeperError("x", code=code)) == exit_with


def test_wrong_input_exits_with_2():
    assert exit_code(InvalidInput("x")) == 2


def test_tokens_are_made_listed_and_revoked_offline(capsys):
    code, secret, notes = run(
        "token", "create", "collector", "--scope", "ingest", "--scope", "read", capsys=capsys
    )
    assert code == 0
    assert re.fullmatch(r"wk_[\w-]{43}\n", secret), "the secret alone is on stdout, to be piped"
    token_id = re.search(r"id (\S+),", notes)[1]
    _, listed, _ = run("token", "list", "--json", capsys=capsys)
    (token,) = json.loads(listed)
    assert (token["id"], token["scopes"], token["revoked"]) == (token_id, ["ingest", "read"], None)
    assert run("token", "revoke", token_id, capsys=capsys)[0] == 0
    _, table, _ = run("token", "list", capsys=capsys)
    assert re.search(rf"{token_id} .* revoked$", table, re.MULTILINE)
    assert secret.strip() not in table


def test_an_unknown_scope_or_token_is_one_line(capsys):
    code, _, err = run("token", "create", "x", "--scope", "root", capsys=capsys)
    assert (code, "scopes are ingest, read, operate, admin" in err) == (2, True)
    code, _, err = run("token", "revoke", "nobody", capsys=capsys)
    assert (code, "there is no token 'nobody'" in err) == (2, True)


def test_doctor_reports_for_programs(capsys, tmp_path):
    arguments = [
        "--data-dir",
        str(tmp_path / "d"),
        "--port",
        "0",
        "--otlp-http-port",
        "0",
        "--otlp-grpc-port",
        "0",
    ]
    code, out, _ = run("doctor", "--json", *arguments, capsys=capsys)
    report = json.loads(out)
    assert (code, report["healthy"]) == (0, True)
    assert {check["name"] for check in report["checks"]} >= {"engine", "ports", "ledger", "web UI"}


def test_doctor_fails_when_something_would_keep_the_server_from_working(capsys, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        code, out, _ = run("doctor", "--data-dir", str(tmp_path / "d"), "--port", port, capsys=capsys)
    assert code == 1
    assert port in out


def test_demo_tells_when_its_folder_is_in_use(capsys, tmp_path):
    with DataFolder(tmp_path / "demo").claim():
        code, _, err = run("demo", "--data-dir", str(tmp_path / "demo"), capsys=capsys)
    assert code == 4
    assert f"in use by process {os.getpid()}" in err


def test_injecting_into_no_demo_says_so(capsys, tmp_path):
    code, _, err = run("demo", "inject", "crash", "--data-dir", str(tmp_path / "demo"), capsys=capsys)
    assert (code, "no demo listens" in err) == (1, True)


def test_an_injection_reaches_the_agents(capsys, tmp_path):
    folder = tmp_path / "demo" / "control"
    control.alive(folder)
    for kind in ("crash", "error-spike"):
        code, out, _ = run("demo", "inject", kind, "--data-dir", str(tmp_path / "demo"), capsys=capsys)
        assert (code, kind in out) == (0, True)
    orders, refused = control.take(folder)
    assert ([order.kind for order in orders], refused) == (["crash", "error_spike"], [])


def test_every_kind_of_failure_can_be_injected_by_name():
    assert [kind.value.replace("-", "_") for kind in Kind] == list(control.KINDS)


def test_it_answers_quickly():
    started = time.monotonic()
    subprocess.run(
        [sys.executable, "-m", "watchkeeper", "version"], check=True, capture_output=True, timeout=60
    )
    # A fifth of this on an idle machine; the test is about not loading the server.
    assert time.monotonic() - started < 3


def test_the_demo_asks_its_own_server_without_a_proxy():
    class Overview(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b'{"active_agents": 7}')

        def log_message(self, *_):
            pass

    # The environment is read when the module is loaded, so this needs a process of its own.
    program = (
        "import sys; from watchkeeper.cli.demo_run import _active_agents; print(_active_agents(sys.argv[1]))"
    )
    with HTTPServer(("127.0.0.1", 0), Overview) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}"
        environment = {**os.environ, "http_proxy": "http://127.0.0.1:9", "no_proxy": ""}
        asked = subprocess.run(
            [sys.executable, "-c", program, url], env=environment, capture_output=True, text=True, timeout=60
        )
        server.shutdown()
    assert asked.stdout == "7\n", asked.stderr
