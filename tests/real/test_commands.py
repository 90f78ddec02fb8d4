"""The commands as people run them: real processes, real ports, real folders."""

import json
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest

FREE_PORTS = ("--port", "0", "--otlp-http-port", "0", "--otlp-grpc-port", "0")


def watchkeeper(*arguments, timeout=60, **more):
    command = [sys.executable, "-m", "watchkeeper", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=timeout, **more)


def refused(done, code, *words):
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    # The last thing said is one line and at most a hint; what was logged before may stand above.
    message = "watchkeeper: " + done.stderr.rpartition("watchkeeper: ")[2]
    assert len(message.splitlines()) <= 2
    assert done.stdout == "", "it was never ready"
    for word in words:
        assert word in message


def get(url, **headers):
    """Status and body; a refusal is an answer too."""
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=20) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()


def test_a_server_gets_ready_answers_and_stops_cleanly(start_server):
    for how in (signal.SIGTERM, signal.SIGINT):
        server = start_server()
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+", server.url)
        assert get(f"{server.url}/health/live")[0] == 200
        assert get(f"{server.url}/health/ready")[0] == 200
        assert server.stop(how) == 0, server.log.read_text()[-2000:]
        assert "Traceback" not in server.log.read_text()


def test_a_second_server_on_the_same_folder_is_refused(start_server):
    server = start_server()
    done = watchkeeper("serve", "--data-dir", server.data_dir, *FREE_PORTS)
    refused(done, 4, str(server.data_dir), f"process {server.process.pid}", "--data-dir")
    assert get(f"{server.url}/health/ready")[0] == 200, "the first one goes on"


@pytest.mark.parametrize("option", ["--port", "--otlp-http-port", "--otlp-grpc-port"])
def test_a_port_in_use_is_named_with_its_option(tmp_path, option):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        options = [*FREE_PORTS]
        options[options.index(option) + 1] = str(port)
        done = watchkeeper("serve", "--data-dir", tmp_path / "data", *options)
    refused(done, 3, str(port), option)


def test_a_folder_that_can_not_be_made_is_named(tmp_path):
    (tmp_path / "file").touch()
    done = watchkeeper("serve", "--data-dir", tmp_path / "file" / "data", *FREE_PORTS)
    refused(done, 5, str(tmp_path / "file" / "data"))


def test_a_wrong_configuration_is_named_with_its_line(tmp_path):
    (tmp_path / "c.yaml").write_text("server:\n  port: 0\ningest:\n  segment_second: 1\n")
    done = watchkeeper("serve", "--config", tmp_path / "c.yaml", "--data-dir", tmp_path / "data")
    refused(done, 2, "c.yaml:4", "ingest.segment_second", "'segment_seconds'")
    assert not (tmp_path / "data").exists()


def test_a_newer_schema_is_refused_and_left_alone(start_server):
    server = start_server()
    server.stop()
    ledger = server.data_dir / "ledger.db"
    with sqlite3.connect(ledger) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0999'")
    connection.close()
    before = ledger.read_bytes()
    done = watchkeeper("serve", "--data-dir", server.data_dir, *FREE_PORTS)
    refused(done, 6, "0999", "newer version")
    assert ledger.read_bytes() == before


def test_beyond_loopback_it_needs_a_token_and_then_asks_for_it(start_server, tmp_path):
    folder = tmp_path / "data"
    done = watchkeeper("serve", "--host", "0.0.0.0", "--data-dir", folder, *FREE_PORTS)
    refused(done, 7, "0.0.0.0", "watchkeeper token create")
    secret = watchkeeper("token", "create", "x", "--scope", "read", "--data-dir", folder).stdout.strip()
    server = start_server("--host", "0.0.0.0", folder=folder)
    url = server.url.replace("0.0.0.0", "127.0.0.1")
    assert get(f"{url}/health/live")[0] == 200
    assert get(f"{url}/api/v1/overview")[0] == 401
    assert get(f"{url}/api/v1/overview", Authorization=f"Bearer {secret}")[0] == 200
    assert get(f"{url}/api/v1/tokens", Authorization=f"Bearer {secret}")[0] == 403


def test_web_pages_are_kept_out_on_every_port(start_server):
    server = start_server()
    assert get(f"{server.url}/api/v1/overview")[0] == 200
    assert get(f"{server.url}/api/v1/overview", Host="evil.example")[0] == 403
    assert get(f"{server.url}/api/v1/overview", Origin="http://evil.example")[0] == 403
    for url in (f"{server.url}/v1/traces", *(f"{u}/v1/traces" for u in otlp_urls(server))):
        request = urllib.request.Request(
            url,
            data=b"",
            headers={"Content-Type": "application/x-protobuf", "Origin": "http://evil.example"},
        )
        with pytest.raises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(request, timeout=20)
        caught.value.close()
        assert caught.value.code == 403


def otlp_urls(server):
    """Other addresses that the server said it listens on for OTLP over HTTP."""
    text = "\n".join(server.lines)
    return [url for url in re.findall(r"http://127\.0\.0\.1:\d+", text) if url != server.url]


def test_tokens_can_be_made_and_revoked_while_the_server_runs(start_server):
    server = start_server()
    made = watchkeeper("token", "create", "x", "--scope", "read", "--json", "--data-dir", server.data_dir)
    token = json.loads(made.stdout)
    bearer = f"Bearer {token['token']}"
    assert get(f"{server.url}/api/v1/overview", Authorization=bearer)[0] == 200
    assert watchkeeper("token", "revoke", token["id"], "--data-dir", server.data_dir).returncode == 0
    deadline = time.monotonic() + 10
    while get(f"{server.url}/api/v1/overview", Authorization=bearer)[0] != 401:
        assert time.monotonic() < deadline, "a revoked token must be refused within seconds"
        time.sleep(0.5)


def test_doctor_recognises_the_server_that_runs(start_server):
    server = start_server()
    port = server.url.rpartition(":")[2]
    done = watchkeeper(
        "doctor",
        "--json",
        "--data-dir",
        server.data_dir,
        "--port",
        port,
        "--otlp-http-port",
        "0",
        "--otlp-grpc-port",
        "0",
    )
    checks = {check["name"]: check for check in json.loads(done.stdout)["checks"]}
    assert (done.returncode, checks["data folder"]["status"], checks["ports"]["status"]) == (
        0,
        "warn",
        "warn",
    )


@pytest.mark.timeout(180)
def test_the_demo_shows_twelve_agents_and_fails_on_request(tmp_path):
    folder = tmp_path / "demo"
    command = [sys.executable, "-m", "watchkeeper", "demo", "--data-dir", str(folder), "--port", "0"]
    output = tmp_path / "output"
    with output.open("w") as log:
        demo = subprocess.Popen(
            command, stdout=log, stderr=subprocess.STDOUT, env={**os.environ, "COLUMNS": "200"}
        )
    try:
        deadline = time.monotonic() + 120
        while "Open http" not in output.read_text():
            assert demo.poll() is None, output.read_text()
            assert time.monotonic() < deadline, output.read_text()
            time.sleep(0.5)
        url = re.search(r"Open (http://\S+)", output.read_text())[1]
        overview = json.loads(get(f"{url}/api/v1/overview")[1])
        assert overview["active_agents"] == 12
        assert len(overview["by_agent"]) >= 12
        done = watchkeeper("demo", "inject", "error-spike", "--data-dir", folder)
        assert done.returncode == 0, done.stderr
        before = error_rate(url)
        while error_rate(url) <= max(0.1, 1.5 * before):
            assert time.monotonic() < deadline, f"errors did not rise above {before}"
            time.sleep(1)
    finally:
        demo.send_signal(signal.SIGTERM)
        code = demo.wait(timeout=40)
    assert code == 0, output.read_text()
    assert watchkeeper("demo", "inject", "crash", "--data-dir", folder).returncode == 1, (
        "nobody listens any more"
    )
    shutil.rmtree(folder)


def error_rate(url):
    return json.loads(get(f"{url}/api/v1/overview?window_seconds=60")[1])["error_rate"]
