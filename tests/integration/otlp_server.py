"""An OTLP endpoint on the loopback interface, over HTTP or gRPC, that keeps and decodes what it is sent."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import grpc
from opentelemetry.proto.collector.logs.v1 import logs_service_pb2 as logs
from opentelemetry.proto.collector.logs.v1 import logs_service_pb2_grpc as logs_grpc
from opentelemetry.proto.collector.metrics.v1 import metrics_service_pb2 as metrics
from opentelemetry.proto.collector.metrics.v1 import metrics_service_pb2_grpc as metrics_grpc


class Received:
    """What has come in so far."""

    def __init__(self) -> None:
        self.port = 0
        self.metrics: list[Any] = []
        self.logs: list[Any] = []
        self.headers: list[dict[str, str]] = []

    def last_metrics(self) -> dict[str, Any]:
        """Return each metric as it was told last."""
        return {metric.name: metric for metric in self.all_metrics()}

    def all_metrics(self) -> Iterator[Any]:
        """Yield each metric each time that it was told."""
        for request in self.metrics:
            for resource in request.resource_metrics:
                for scope in resource.scope_metrics:
                    yield from scope.metrics

    def records(self) -> list[Any]:
        return [
            record
            for request in self.logs
            for resource in request.resource_logs
            for scope in resource.scope_logs
            for record in scope.log_records
        ]

    def wait_for(self, condition: Callable[[], object], seconds: float = 20) -> None:
        until = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < until, "nothing came in time"
            time.sleep(0.02)


@contextmanager
def http_endpoint() -> Iterator[Received]:
    received = Received()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            received.headers.append({key.lower(): value for key, value in self.headers.items()})
            if self.path == "/v1/metrics":
                received.metrics.append(metrics.ExportMetricsServiceRequest.FromString(body))
            elif self.path == "/v1/logs":
                received.logs.append(logs.ExportLogsServiceRequest.FromString(body))
            self.send_response(200 if self.path in ("/v1/metrics", "/v1/logs") else 404)
            self.send_header("content-type", "application/x-protobuf")
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None: ...  # noqa: A002 - as its base names it

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    received.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield received
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def grpc_endpoint() -> Iterator[Received]:
    received = Received()

    class Metrics(metrics_grpc.MetricsServiceServicer):
        def Export(self, request: Any, context: Any) -> Any:  # noqa: N802 - as the protocol names it
            received.headers.append({key: str(value) for key, value in context.invocation_metadata()})
            received.metrics.append(request)
            return metrics.ExportMetricsServiceResponse()

    class Logs(logs_grpc.LogsServiceServicer):
        def Export(self, request: Any, context: Any) -> Any:  # noqa: N802 - as the protocol names it
            received.headers.append({key: str(value) for key, value in context.invocation_metadata()})
            received.logs.append(request)
            return logs.ExportLogsServiceResponse()

    with ThreadPoolExecutor(2) as pool:
        server = grpc.server(pool)
        metrics_grpc.add_MetricsServiceServicer_to_server(Metrics(), server)
        logs_grpc.add_LogsServiceServicer_to_server(Logs(), server)
        received.port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        try:
            yield received
        finally:
            server.stop(None).wait()
