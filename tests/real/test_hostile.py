"""Hostile senders: the right answer, a server unharmed, neighbours stored."""

import gzip
import http.client
import random
import socket
import struct
import threading
import time
import zlib

import pytest
from backports import zstd
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from rig import PROTOBUF, Rig, request, rss

LIMIT = 8 * 1024 * 1024
ENV = {
    "WATCHKEEPER__INGEST__SEGMENT_SECONDS": "0.3",
    "WATCHKEEPER__INGEST__MAX_BODY_BYTES": str(LIMIT),
    "WATCHKEEPER__INGEST__BODY_TIMEOUT_SECONDS": "1.5",
    "WATCHKEEPER__SERVER__HEAD_TIMEOUT_SECONDS": "1.5",
}


@pytest.fixture(scope="module")
def rig(tmp_path_factory, spawn_server):
    server = spawn_server(tmp_path_factory.mktemp("hostile") / "data", env=ENV)
    yield Rig(server)
    assert server.stop() == 0
    assert "Traceback" not in server.log.read_text()


@pytest.fixture
def rng(request):
    return random.Random(request.node.name)


@pytest.fixture(autouse=True)
def unharmed(rig, rng):
    """After each test: the same processes, memory in bounds, and a neighbour's request is taken and stored."""
    server, engine = rig.server.process.pid, rig.engine_pid
    yield
    body, rows = request(random.Random(rng.random()), 3)
    assert rig.post(body)[0] == 200
    assert rig.server.process.poll() is None
    assert (rig.server.process.pid, rig.engine_pid) == (server, engine)
    assert rss(server) < 400e6
    rig.drained()
    stored = rig.stored()
    assert {span: stored.get(span) for span in rows} == rows
    aside = [path.read_text() for path in (rig.server.data_dir / "quarantine").glob("*.json")]
    assert not aside, "what was acknowledged is stored"


def refused(answer, status, *words):
    code, headers, body = answer
    assert code == status, (code, body)
    assert headers["content-type"] == "application/x-protobuf"
    said = Status.FromString(body)
    assert said.code != 0
    for word in words:
        assert word in said.message
    return said


def good():
    return request(random.Random(1), 5, service="changed")[0]


@pytest.mark.parametrize(
    "body",
    [
        good()[:-3],
        b"garbage",
        b"\xff" * 1000,
        good().replace(b"step", b"\xff\xfe\xfd\xfc"),
        b"\x0a\xff\xff\xff\xff\x0f",
    ],
    ids=["truncated", "garbage", "ff", "name is no UTF-8", "length beyond the end"],
)
@pytest.mark.parametrize("encoding", ["", "gzip", "zstd"])
def test_what_is_no_request_is_refused(rig, body, encoding):
    pack = {"": bytes, "gzip": gzip.compress, "zstd": zstd.compress}[encoding]
    refused(rig.post(pack(body), PROTOBUF | ({"content-encoding": encoding} if encoding else {})), 400)


@pytest.mark.parametrize("encoding", ["gzip", "zstd", "deflate"])
def test_a_body_that_is_not_packed_as_it_says_is_refused(rig, encoding):
    refused(rig.post(good(), PROTOBUF | {"content-encoding": encoding}), 400, encoding)
    refused(rig.post(gzip.compress(good())[:-9], PROTOBUF | {"content-encoding": "gzip"}), 400)


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_that_is_too_large_is_refused(rig, chunked):
    big = bytes(LIMIT + 1)
    body = iter([big[at : at + 65536] for at in range(0, len(big), 65536)]) if chunked else big
    try:
        answer = rig.post(body, dict(PROTOBUF))
    except (BrokenPipeError, ConnectionResetError):
        return  # refused and closed before all of it was sent
    refused(answer, 413, str(LIMIT))


@pytest.mark.parametrize("encoding", ["gzip", "zstd", "deflate"])
def test_bombs_are_refused_and_cost_little_memory(rig, encoding):
    pack = {"gzip": gzip.compress, "zstd": zstd.compress, "deflate": zlib.compress}[encoding]
    bomb = pack(bytes(300_000_000))
    answers = []
    threads = [
        threading.Thread(
            target=lambda: answers.append(rig.post(bomb, PROTOBUF | {"content-encoding": encoding}))
        )
        for _ in range(8)
    ]
    before = rss(rig.server.process.pid)
    for thread in threads:
        thread.start()
    peak = before
    while any(thread.is_alive() for thread in threads):
        peak = max(peak, rss(rig.server.process.pid))
        time.sleep(0.01)
    assert len(answers) == 8
    for answer in answers:
        refused(answer, 413, "decompression")
    assert peak - before < 100e6


@pytest.mark.parametrize("number", [2, 9], ids=["spans", "attributes"])
def test_a_bomb_of_empty_messages_costs_little_memory(rig, number):
    from watchkeeper.model.envelope import varint

    content = bytes([number << 3 | 2, 0]) * 3_900_000
    for outer in (2, 1) if number == 2 else (2, 2, 1):
        content = varint(outer << 3 | 2) + varint(len(content)) + content
    before = rss(rig.server.process.pid)
    refused(rig.post(gzip.compress(content), PROTOBUF | {"content-encoding": "gzip"}), 413, "parts")
    assert rss(rig.server.process.pid) - before < 150e6


def test_a_bomb_of_empty_scopes_keeps_nobody_waiting(rig):
    from watchkeeper.model.envelope import varint

    scopes = b"\x12\x00" * 500_000
    bomb = (b"\x0a" + varint(len(scopes)) + scopes) * 7
    before = rss(rig.server.process.pid)
    answers = []
    threads = [threading.Thread(target=lambda: answers.append(rig.post(bomb))) for _ in range(4)]
    for thread in threads:
        thread.start()
    longest = 0.0
    while any(thread.is_alive() for thread in threads):
        started = time.monotonic()
        assert rig.post(b"")[0] in {200, 503}
        longest = max(longest, time.monotonic() - started)
    assert longest < 1
    for answer in answers:
        assert answer[0] in {413, 503}
    assert rss(rig.server.process.pid) - before < 250e6


@pytest.mark.parametrize("kind", ["application/json", "text/plain", "", "application/x-protobufs"])
def test_another_content_type_is_refused(rig, kind):
    refused(rig.post(good(), {"content-type": kind}), 415, "application/x-protobuf")


def test_an_unknown_encoding_a_wrong_method_and_an_unknown_path_are_refused(rig):
    refused(rig.post(good(), PROTOBUF | {"content-encoding": "br"}), 415, "br")
    said = rig.post(None, {}, method="GET")
    refused(said, 405)
    assert said[1]["allow"] == "POST"
    refused(rig.post(good(), dict(PROTOBUF), method="PUT"), 405)
    refused(rig.post(good(), dict(PROTOBUF), path="/v1/nothing"), 404)
    refused(rig.post(good(), dict(PROTOBUF), path="/"), 404)


def test_web_pages_are_kept_out(rig):
    for headers in ({"Host": "evil.example"}, {"Origin": "http://evil.example"}):
        assert rig.post(good(), PROTOBUF | headers)[0] == 403


def raw(rig, data):
    """What the server says to these bytes, until it closes."""
    with socket.create_connection((rig.otlp.hostname, rig.otlp.port), timeout=15) as connection:
        connection.sendall(data)
        said = b""
        started = time.monotonic()
        while part := connection.recv(65536):
            said += part
        return said, time.monotonic() - started


def test_a_body_that_drips_gets_408(rig):
    said, took = raw(
        rig,
        b"POST /v1/traces HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-protobuf\r\nContent-Length: 1000\r\n\r\nxx",
    )
    assert said.startswith(b"HTTP/1.1 408")
    assert 1 < took < 8


def test_bodies_that_are_only_announced_keep_nobody_out(rig):
    head = f"POST /v1/traces HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-protobuf\r\nContent-Length: {LIMIT}\r\n\r\n"
    idle = [socket.create_connection((rig.otlp.hostname, rig.otlp.port)) for _ in range(30)]
    try:
        for connection in idle:
            connection.sendall(head.encode())
        time.sleep(0.2)
        assert rig.post(good())[0] == 200
    finally:
        for connection in idle:
            connection.close()


@pytest.mark.parametrize(
    "start",
    [b"", b"POST /v1/tra", b"POST /v1/traces HTTP/1.1\r\nHost: localhost\r\nX: "],
    ids=["none", "line", "head"],
)
def test_a_head_that_does_not_end_is_cut_off(rig, start):
    said, took = raw(rig, start)
    assert took < 8
    assert not said.startswith(b"HTTP/1.1 200")


def test_garbage_instead_of_http_is_refused(rig):
    assert raw(rig, b"\x16\x03\x01\x02\x00garbage\r\n\r\n")[0].startswith(b"HTTP/1.1 400")


# -- spans that are odd ------------------------------------------------------------------------------------------


def odd(rng, name="odd"):
    """A request of three spans, the middle one to be made odd; the request, that span, the neighbours' ids."""
    body, _ = request(rng, 3, name=name)
    made = ExportTraceServiceRequest.FromString(body)
    spans = made.resource_spans[0].scope_spans[0].spans
    return made, spans[1], [spans[0].span_id.hex(), spans[2].span_id.hex()]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("trace_id", b""),
        ("trace_id", b"x" * 15),
        ("trace_id", bytes(16)),
        ("span_id", b"x" * 9),
        ("span_id", bytes(8)),
    ],
)
def test_spans_without_ids_are_rejected_and_their_neighbours_stored(rig, rng, field, value):
    made, span, neighbours = odd(rng)
    setattr(span, field, value)
    status, _, body = rig.post(made.SerializeToString())
    partial = ExportTraceServiceResponse.FromString(body).partial_success
    assert (status, partial.rejected_spans) == (200, 1)
    assert field in partial.error_message
    rig.drained()
    assert set(neighbours) <= rig.stored().keys()


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (0, 0),
        (2**64 - 1, 2**64 - 1),
        (2**63, 2**63 + 5),
        (9_214_646_400 * 10**9, 9_214_646_401 * 10**9),
        (1, 5),
    ],
    ids=["zero", "2554", "1677 when signed", "2262", "1970"],
)
def test_times_out_of_bounds_are_filed_under_arrival(rig, rng, start, end):
    made, span, neighbours = odd(rng)
    span.start_time_unix_nano, span.end_time_unix_nano = start, end
    assert rig.post(made.SerializeToString())[0] == 200
    rig.drained()
    stored = rig.stored()
    assert set(neighbours) <= stored.keys()
    assert abs(stored[span.span_id.hex()][2] - time.time_ns()) < 60 * 10**9


def test_an_end_before_the_start_is_no_duration(rig, rng):
    made, span, neighbours = odd(rng)
    span.end_time_unix_nano = span.start_time_unix_nano - 10**9
    assert rig.post(made.SerializeToString())[0] == 200
    rig.drained()
    stored = rig.stored()
    assert stored[span.span_id.hex()][3] == 0
    assert set(neighbours) <= stored.keys()


def nested(value, depth):
    for _ in range(depth):
        value = value.array_value.values.add()
    value.string_value = "deep"


def attribute_cases():
    def numbers(span):
        for at, value in enumerate((float("nan"), float("inf"), float("-inf"), -0.0, 5e-324)):
            span.attributes.add(key=f"d{at}").value.double_value = value
        span.attributes.add(key="int").value.int_value = -(2**63)
        span.attributes.add(key="gen_ai.usage.input_tokens").value.double_value = float("nan")
        span.attributes.add(key="gen_ai.operation.name").value.string_value = "chat"

    def large(span):
        span.attributes.add(key="large").value.string_value = "ü" * 500_000

    def many(span):
        for number in range(10_000):
            span.attributes.add(key=f"attribute {number}").value.int_value = number

    def twenty_levels(span):
        nested(span.attributes.add(key="deep").value, 20)

    def strange(span):
        span.attributes.add(key="")
        span.attributes.add(key="same").value.string_value = "1"
        span.attributes.add(key="same").value.string_value = "2"
        span.attributes.add(key="nul\0key").value.bytes_value = b"\xff\x00'\\"
        span.attributes.add(key="'; DROP TABLE spans; --").value.string_value = "{project:String}"
        span.kind, span.status.code = 99, 77
        span.parent_span_id = b"short"
        span.links.add(trace_id=b"x", span_id=b"")
        span.events.add(time_unix_nano=2**64 - 1, name="late")
        span.trace_state = "ot=th:zz;rv:x,," * 20

    return [numbers, large, many, twenty_levels, strange]


@pytest.mark.parametrize("make", attribute_cases(), ids=lambda make: make.__name__)
def test_odd_attributes_are_stored_beside_their_neighbours(rig, rng, make):
    made, span, neighbours = odd(rng)
    make(span)
    assert rig.post(made.SerializeToString())[0] == 200
    rig.drained()
    stored = rig.stored()
    assert {*neighbours, span.span_id.hex()} <= stored.keys()
    assert len(stored[span.span_id.hex()][5]) >= 2


def test_nesting_beyond_the_parsers_limit_is_refused(rig, rng):
    from watchkeeper.model.envelope import varint

    value = b"\x0a\x04deep"
    for _ in range(200):
        value = b"\x0a" + varint(len(value)) + value  # ArrayValue.values
        value = b"\x2a" + varint(len(value)) + value  # AnyValue.array_value
    made, span, _ = odd(rng)
    attribute = b"\x0a\x01k\x12" + varint(len(value)) + value
    span.MergeFromString(b"")
    content = span.SerializeToString() + b"\x4a" + varint(len(attribute)) + attribute
    for number in (2, 2, 1):
        content = varint(number << 3 | 2) + varint(len(content)) + content
    refused(rig.post(content), 400)
    assert made


def test_an_empty_request_is_fine(rig):
    assert rig.post(b"")[0] == 200
    assert rig.post(b"")[2] == b""


def test_a_request_that_comes_twice_is_stored_once(rig, rng):
    body, rows = request(rng, 5)
    assert [rig.post(body)[0] for _ in range(5)] == [200] * 5
    packed = rig.post(gzip.compress(body), PROTOBUF | {"content-encoding": "gzip"})
    assert packed[0] == 200
    rig.drained()
    assert rows.keys() <= rig.stored().keys()  # fails on a span that is there twice


def test_random_bytes_and_flipped_bits_never_harm(rig, rng):
    body = good()
    for _ in range(150):
        changed = bytearray(body)
        for _ in range(rng.randrange(1, 6)):
            changed[rng.randrange(len(changed))] = rng.randrange(256)
        assert rig.post(bytes(changed))[0] in {200, 400}
    connection = http.client.HTTPConnection(rig.otlp.hostname, rig.otlp.port)
    connection.request("POST", "/v1/traces", struct.pack("<40I", *range(40)), PROTOBUF)
    assert connection.getresponse().status == 400
    connection.close()
