"""OTLP/gRPC for traces: the same bytes as OTLP/HTTP, taken from the wire without decoding in between."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Final

# The engine's process is started by fork and exec; gRPC would say for each that it can't follow a fork.
os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "0")

import grpc
from google.protobuf import duration_pb2
from google.protobuf.any_pb2 import Any as AnyMessage
from google.rpc.error_details_pb2 import RetryInfo
from google.rpc.status_pb2 import Status

from watchkeeper.ingest.errors import IngestError
from watchkeeper.ingest.receive import Receiver

METHOD: Final = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
_RETRY_SECONDS: Final = 1
_STREAMS: Final = 256

# Project of a caller by its metadata, or the gRPC status number and the reason to refuse it.
Identify = Callable[[Iterable[tuple[bytes, bytes]]], Awaitable["str | tuple[int, str]"]]


class OtlpGrpc(grpc.GenericRpcHandler):  # type: ignore[misc]
    """The handler of the Export method."""

    def __init__(self, receiver: Receiver, identify: Identify) -> None:
        """Hand what comes in to `receiver`."""
        self._receiver = receiver
        self._identify = identify
        self._handler = grpc.unary_unary_rpc_method_handler(self._export)

    def service(self, handler_call_details: Any) -> Any:
        """The handler of a method, or None when there is none."""
        return self._handler if handler_call_details.method == METHOD else None

    async def _export(self, body: bytes, context: Any) -> bytes:
        who = await self._identify(_headers(context))
        if isinstance(who, tuple):
            code = grpc.StatusCode.UNAUTHENTICATED if who[0] == 401 else grpc.StatusCode.PERMISSION_DENIED
            await context.abort(code, who[1])  # raises
            return b""
        try:
            with self._receiver.memory(len(body)) as held:
                checked = await self._receiver.traces(who, body, "", held)
        except IngestError as error:
            self._receiver.count_refusal(error)
            await context.abort_with_status(_Refusal(error))
            raise
        return checked.answer()


class _Refusal(grpc.Status):  # type: ignore[misc]
    """A status with RetryInfo where trying again helps."""

    def __init__(self, error: IngestError) -> None:
        self.code = next(code for code in grpc.StatusCode if code.value[0] == error.grpc_code)
        self.details = str(error)
        status = Status(code=error.grpc_code, message=str(error)[:1000])
        if error.retryable:
            detail = AnyMessage()
            detail.Pack(RetryInfo(retry_delay=duration_pb2.Duration(seconds=_RETRY_SECONDS)))
            status.details.append(detail)
        self.trailing_metadata = (("grpc-status-details-bin", status.SerializeToString()),)


def _headers(context: Any) -> list[tuple[bytes, bytes]]:
    pairs = ((key, value) for key, value in context.invocation_metadata() or ())
    return [(key.encode(), value if isinstance(value, bytes) else value.encode()) for key, value in pairs]


async def serve(handler: OtlpGrpc, host: str, port: int, *, max_body_bytes: int) -> tuple[Any, int]:
    """Start to listen; returns the server and the port that it listens on.

    Raises:
        OSError: the port is in use.
    """
    server = grpc.aio.server(
        options=[
            ("grpc.max_receive_message_length", max_body_bytes),
            ("grpc.so_reuseport", 0),  # two servers on one port would share its requests unnoticed
            ("grpc.max_concurrent_streams", _STREAMS),
        ]
    )
    server.add_generic_rpc_handlers((handler,))
    address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    try:
        bound = server.add_insecure_port(address)
    except RuntimeError as error:
        raise OSError(98, str(error)) from error
    await server.start()
    return server, bound
