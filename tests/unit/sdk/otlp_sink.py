"""A tiny OTLP/HTTP server: keeps what arrives, so that tests can look at the wire."""

import gzip
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


class Sink:
    def __init__(self, status=200):
        self.requests = []
        self.headers = []
        self.status = status
        sink = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                if self.headers.get("content-encoding") == "gzip":
                    body = gzip.decompress(body)
                if sink.status == 200:
                    sink.requests.append(ExportTraceServiceRequest.FromString(body))
                    sink.headers.append({key.lower(): value for key, value in self.headers.items()})
                self.send_response(sink.status)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *args):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def spans(self):
        return [
            span
            for request in self.requests
            for resource in request.resource_spans
            for scoped in resource.scope_spans
            for span in scoped.spans
        ]

    def resource(self):
        return {
            item.key: item.value.string_value
            for item in self.requests[0].resource_spans[0].resource.attributes
        }

    def close(self):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def attributes(span):
    """A span's attributes as plain values."""
    values = {}
    for item in span.attributes:
        arm = item.value.WhichOneof("value")
        values[item.key] = getattr(item.value, arm) if arm else None
    return values
