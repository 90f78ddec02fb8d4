"""The embedded engine speaks ClickHouse's HTTP interface: its own client and curl work on the socket."""

import json
import shutil
import socket
import subprocess
import threading

import pytest
from rig import Rig


@pytest.fixture(scope="module")
def rig(tmp_path_factory, spawn_server):
    server = spawn_server(tmp_path_factory.mktemp("engine") / "data")
    yield Rig(server)
    assert server.stop() == 0


@pytest.fixture(scope="module")
def port(rig):
    """A TCP port that leads to the engine's socket."""
    listener = socket.create_server(("127.0.0.1", 0))

    def pump(source, target):
        try:
            while data := source.recv(65536):
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def serve():
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            engine = socket.socket(socket.AF_UNIX)
            engine.connect(str(rig.socket))
            pairs = ((client, engine), (engine, client))
            threads = [threading.Thread(target=pump, args=pair, daemon=True) for pair in pairs]
            for thread in threads:
                thread.start()

            def end(threads=threads, both=(client, engine)):
                for thread in threads:
                    thread.join()
                for one in both:
                    one.close()

            threading.Thread(target=end, daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    yield listener.getsockname()[1]
    listener.close()


@pytest.fixture
def client(port):
    import clickhouse_connect

    made = clickhouse_connect.get_client(host="127.0.0.1", port=port)
    yield made
    made.close()


def test_its_own_client_connects_and_asks(client):
    assert client.ping()
    assert client.command("SELECT 1") == 1
    answer = client.query("SELECT number, toString(number) AS text FROM numbers(3)")
    assert answer.column_names == ("number", "text")
    assert answer.result_rows == [(0, "0"), (1, "1"), (2, "2")]


def test_parameters_are_values_and_never_sql(client):
    hostile = "'; DROP TABLE watchkeeper.spans; -- \\ \n\t ü"
    answer = client.query(
        "SELECT {text:String}, {number:UInt64}, {names:Array(String)}",
        parameters={"text": hostile, "number": 2**64 - 1, "names": ["a", "b'c"]},
    )
    assert answer.result_rows == [(hostile, 2**64 - 1, ["a", "b'c"])]


def test_rows_are_inserted_in_the_native_format(client):
    client.command(
        "CREATE TABLE default.made (n UInt64, text LowCardinality(String), at DateTime64(9, 'UTC')) ENGINE = MergeTree ORDER BY n"
    )
    import datetime as dt

    at = dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC)
    rows = [[number, f"text {number % 3}", at] for number in range(5000)]
    client.insert("default.made", rows, column_names=["n", "text", "at"])
    assert client.query("SELECT count(), sum(n), uniqExact(text), min(at) FROM default.made").result_rows == [
        (5000, sum(range(5000)), 3, at.replace(tzinfo=None))
    ]
    assert client.query("SELECT n FROM default.made ORDER BY n").row_count == 5000
    client.command("DROP TABLE default.made SYNC")


def test_errors_have_their_numbers(client):
    from clickhouse_connect.driver.exceptions import DatabaseError

    for statement, code in (
        ("SELECT nothing", 47),
        ("SELEC 1", 62),
        ("SELECT * FROM nowhere", 60),
        ("SELECT throwIf(1)", 395),
    ):
        with pytest.raises(DatabaseError, match=f"{code}"):
            client.query(statement)


def test_a_failed_query_leaves_nothing_for_the_next(rig):
    """Rows that were written before the failure must not stand before another answer."""
    for _ in range(12):
        with pytest.raises(AssertionError, match="Code: 395"):
            rig.sql("SELECT number, throwIf(number = 400000) FROM numbers(1000000)", readonly=True)
        assert rig.sql("SELECT 42", readonly=True) == [[42]]
        with pytest.raises(AssertionError, match="Code: 395"):
            rig.sql("SELECT number, throwIf(number = 400000) FROM numbers(1000000)")
        assert rig.sql("SELECT 42") == [[42]]


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM file('/etc/passwd', 'LineAsString')",
        "SELECT * FROM url('http://127.0.0.1:1/', 'LineAsString')",
        "SELECT * FROM executable('id', 'LineAsString', 'x String')",
        "CREATE TABLE default.x (n UInt8) ENGINE = Memory",
        "INSERT INTO watchkeeper.spans (SpanName) VALUES ('x')",
        "INSERT INTO FUNCTION file('STOLEN', 'CSV', 'x String') SELECT 'x'",
        "SELECT 'x' INTO OUTFILE 'STOLEN'",
        "ALTER TABLE watchkeeper.spans DELETE WHERE 1",
        "TRUNCATE TABLE watchkeeper.spans",
        "DROP TABLE watchkeeper.spans",
        "SET readonly = 0",
        "SET max_memory_usage = 0",
        "SYSTEM STOP MERGES",
        "SELECT 1; SYSTEM STOP MERGES",
        "/* ; */ SYSTEM STOP MERGES",
        "SELECT $$'$$ INTO OUTFILE 'STOLEN'",
        "SELECT 1 INTO/**/OUTFILE 'STOLEN'",
        "KILL QUERY WHERE 1",
        "SELECT 1 SETTINGS readonly = 0",
        "SELECT 1 SETTINGS max_execution_time = 0",
    ],
)
def test_readers_only_read(rig, statement, tmp_path):
    stolen = tmp_path / "stolen"
    statement = statement.replace("STOLEN", str(stolen))
    with pytest.raises(AssertionError, match="Code:"):
        rig.sql(statement, readonly=True)
    assert not stolen.exists()
    assert rig.sql("SELECT count() FROM system.tables WHERE database = 'watchkeeper' AND name = 'spans'") == [
        [1]
    ]


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT ';' AS a, 'it''s; \\' INTO OUTFILE' AS b -- ; DROP",
        "/* one */ -- two\n (SELECT 1);",
        "WITH 1 AS x SELECT x",
        "SHOW DATABASES",
        "DESCRIBE TABLE watchkeeper.spans",
        "EXPLAIN SELECT 1",
        "EXISTS TABLE watchkeeper.spans",
    ],
)
def test_readers_read(rig, statement):
    assert rig.sql(statement, readonly=True)


def curl(rig, *options, text=None):
    if shutil.which("curl") is None:
        pytest.skip("curl is missing")
    done = subprocess.run(
        ["curl", "-sS", "--unix-socket", str(rig.socket), *options],
        capture_output=True,
        text=True,
        timeout=30,
        input=text,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_curl_works(rig):
    assert curl(rig, "http://engine/ping") == "Ok.\n"
    assert curl(rig, "http://engine/?query=SELECT%201%2B1") == "2\n"
    assert curl(rig, "http://engine/", "--data-binary", "SELECT 'a' AS x, 2 AS y FORMAT CSV") == '"a",2\n'
    asked = curl(
        rig, "http://engine/?param_x=a%27b&default_format=JSON", "--data-binary", "SELECT {x:String} AS x"
    )
    assert json.loads(asked)["data"] == [{"x": "a'b"}]
    head = curl(rig, "-i", "http://engine/", "--data-binary", "SELECT wrong")
    assert " 500 " in head.splitlines()[0]
    assert "x-clickhouse-exception-code: 47" in head.lower()
    assert "HTTP/1.1 404" in curl(rig, "-i", "http://engine/elsewhere")


def test_get_only_reads(rig):
    assert "Code: 164" in curl(rig, "http://engine/?query=CREATE%20DATABASE%20x")


def test_the_socket_is_its_owners(rig):
    assert rig.socket.parent.stat().st_mode & 0o077 == 0


def test_many_at_once_wait_for_a_connection(rig):
    answers = []
    threads = [
        threading.Thread(
            target=lambda n=n: answers.append(rig.sql(f"SELECT {n}, sleep(0.05)", readonly=True)[0][0])
        )
        for n in range(40)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == list(range(40))


def test_the_engine_keeps_no_logs_of_its_own(rig):
    # A name in its configuration, also one that is said to be removed, would turn a log table on.
    rig.sql("SYSTEM FLUSH LOGS")
    kept = rig.sql("SELECT name FROM system.tables WHERE database = 'system' AND engine LIKE '%MergeTree'")
    assert kept == []
