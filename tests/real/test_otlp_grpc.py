"""OTLP/gRPC: a real exporter, and what is not one."""

import gzip
import random
import subprocess
import sys

import grpc
import pytest
from google.rpc.error_details_pb2 import RetryInfo
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from rig import Rig, request

METHOD = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
ENV = {"WATCHKEEPER__INGEST__SEGMENT_SECONDS": "0.3", "WATCHKEEPER__INGEST__MAX_BODY_BYTES": "1000000"}


@pytest.fixture(scope="module")
def rig(tmp_path_factory, spawn_server):
    server = spawn_server(tmp_path_factory.mktemp("grpc") / "data", env=ENV)
    yield Rig(server)
    assert server.stop() == 0


@pytest.fixture
def rng(request):
    return random.Random(request.node.name)


def export(rig, body, *, method=METHOD, metadata=(), compression=None):
    """The answer's bytes, or the error."""
    with grpc.insecure_channel(rig.grpc) as channel:
        call = channel.unary_unary(method, request_serializer=None, response_deserializer=None)
        try:
            return call(body, timeout=20, metadata=metadata, compression=compression)
        except grpc.RpcError as error:
            return error


@pytest.mark.parametrize("compression", [None, grpc.Compression.Gzip, grpc.Compression.Deflate])
def test_spans_are_stored_and_once(rig, rng, compression):
    body, rows = request(rng, 10)
    assert export(rig, body, compression=compression) == b""
    assert export(rig, body) == b""
    assert rig.post(body)[0] == 200, "the same request over HTTP"
    rig.drained()
    stored = rig.stored()
    assert {span: stored.get(span) for span in rows} == rows


def test_spans_without_ids_are_a_partial_success(rig, rng):
    made = ExportTraceServiceRequest.FromString(request(rng, 3)[0])
    made.resource_spans[0].scope_spans[0].spans[0].trace_id = b""
    partial = ExportTraceServiceResponse.FromString(export(rig, made.SerializeToString())).partial_success
    assert partial.rejected_spans == 1


def test_garbage_is_refused(rig):
    error = export(rig, b"garbage")
    assert error.code() == grpc.StatusCode.INVALID_ARGUMENT
    assert "ExportTraceServiceRequest" in error.details()


@pytest.mark.parametrize("compression", [None, grpc.Compression.Gzip])
def test_what_is_too_large_is_refused_packed_or_not(rig, compression):
    before = rig.process.memory_info().rss
    error = export(rig, bytes(60_000_000), compression=compression)
    assert error.code() == grpc.StatusCode.RESOURCE_EXHAUSTED
    assert rig.process.memory_info().rss - before < 100e6
    assert len(gzip.compress(bytes(60_000_000))) < 1_000_000, "or it would not be a bomb"


def test_another_method_is_unknown(rig):
    error = export(rig, b"", method="/opentelemetry.proto.collector.metrics.v1.MetricsService/Export")
    assert error.code() == grpc.StatusCode.UNIMPLEMENTED


def test_a_full_log_says_when_to_come_again(start_rig, rng):
    rig = start_rig(env={**ENV, "WATCHKEEPER__INGEST__MIN_FREE_DISK_BYTES": str(2**62)})
    error = export(rig, request(rng, 50)[0])
    assert error.code() == grpc.StatusCode.UNAVAILABLE
    [details] = [value for key, value in error.trailing_metadata() if key == "grpc-status-details-bin"]
    [detail] = Status.FromString(details).details
    info = RetryInfo()
    assert detail.Unpack(info)
    assert info.retry_delay.seconds == 1
    assert rig.post(request(rng, 50)[0])[1]["retry-after"] == "1"


def test_tokens_are_asked_for_and_taken(start_server, tmp_path, rng):
    folder = tmp_path / "data"

    def token(scope):
        command = [
            sys.executable,
            "-m",
            "watchkeeper",
            "token",
            "create",
            scope,
            "--scope",
            scope,
            "--data-dir",
            str(folder),
        ]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

    ingest, read = token("ingest"), token("read")
    rig = Rig(start_server("--host", "0.0.0.0", folder=folder, env=ENV))
    rig.grpc = rig.grpc.replace("0.0.0.0", "127.0.0.1")
    body = request(rng, 3)[0]
    assert export(rig, body).code() == grpc.StatusCode.UNAUTHENTICATED
    before = rig.process.memory_info().rss
    assert export(rig, bytes(60_000_000)).code() == grpc.StatusCode.UNAUTHENTICATED, (
        "before the message is read"
    )
    assert rig.process.memory_info().rss - before < 30e6
    assert (
        export(rig, body, metadata=[("authorization", "Bearer wrong")]).code()
        == grpc.StatusCode.UNAUTHENTICATED
    )
    assert (
        export(rig, body, metadata=[("authorization", f"Bearer {read}")]).code()
        == grpc.StatusCode.PERMISSION_DENIED
    )
    assert export(rig, body, metadata=[("authorization", f"Bearer {ingest}")]) == b""
