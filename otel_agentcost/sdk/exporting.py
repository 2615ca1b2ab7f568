"""Send our metrics and events over OTLP by providers of our own, where the configuration names an endpoint."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource

from otel_agentcost.config.errors import ConfigError, shown
from otel_agentcost.engine.measurements.settings import ExportSettings, protocol_of
from otel_agentcost.sdk.guard import InternalErrors

_SHUTDOWN_MILLIS = 3_000
"""A process that ends does not wait for long for an endpoint that is away."""

_SIGNAL_PATHS = ("/v1/metrics", "/v1/logs", "/v1/traces")


class Exporting(NamedTuple):
    """Providers that nobody else uses, so that neither the application's views nor its exporters are touched."""

    meter_provider: MeterProvider
    logger_provider: LoggerProvider
    errors: InternalErrors

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Export what there is now. Returns whether that went through in time."""
        until = time.monotonic() + timeout_millis / 1000

        def left_millis() -> int:
            return max(1, int((until - time.monotonic()) * 1000))

        # (Older SDKs return None where all went well.)
        metrics = self._try("force_flush", lambda: self.meter_provider.force_flush(left_millis()) is not False)
        return (
            self._try("force_flush", lambda: self.logger_provider.force_flush(left_millis()) is not False) and metrics
        )

    def shutdown(self) -> None:
        """Export what there is, then stop. Whoever started the export does this, after the last commit."""
        self._try("shutdown", lambda: self.meter_provider.shutdown(timeout_millis=_SHUTDOWN_MILLIS))
        self._try("shutdown", self.logger_provider.shutdown)

    def _try(self, callback: str, act: Callable[[], object]) -> bool:
        try:
            return act() is not False
        except Exception as error:  # noqa: BLE001 - see guard.py
            try:
                self.errors.record(callback, error)
            except Exception:  # noqa: BLE001
                pass
            return False


def start_export(settings: ExportSettings, resource: Resource | None = None) -> Exporting:
    """Make providers that export to `settings.otlp_endpoint`, as the given resource: the tracer provider's, if known.

    They are not shut down by themselves at the end of the process, since what the last commit added would be missing.

    Raises:
        ConfigError: the endpoint is none, or the exporters are not installed.
    """
    endpoint = settings.otlp_endpoint or ""
    if urlsplit(endpoint).scheme not in ("http", "https") or not urlsplit(endpoint).netloc:
        raise ConfigError(
            f"export.otlp_endpoint: {shown(endpoint)} is no endpoint's URL, such as http://localhost:4318"
        )
    metric_exporter, log_exporter = _exporters(settings, endpoint)
    resource = resource if resource is not None else Resource.create()
    reader = PeriodicExportingMetricReader(metric_exporter, export_interval_millis=settings.interval_seconds * 1000)
    meters = MeterProvider([reader], resource=resource, shutdown_on_exit=False)
    loggers = LoggerProvider(resource=resource, shutdown_on_exit=False)
    loggers.add_log_record_processor(BatchLogRecordProcessor(log_exporter))
    return Exporting(meters, loggers, InternalErrors())


def resource_of(tracer_provider: object) -> Resource | None:
    """Return the resource of a tracer provider, so that costs stand beside their spans; None where it has none."""
    found = getattr(tracer_provider, "resource", None)
    return found if isinstance(found, Resource) else None


def _exporters(settings: ExportSettings, endpoint: str) -> tuple[Any, Any]:
    try:
        if protocol_of(settings) == "grpc":
            from opentelemetry.exporter.otlp.proto.grpc._log_exporter import OTLPLogExporter
            from opentelemetry.exporter.otlp.proto.grpc.metric_exporter import OTLPMetricExporter

            headers = {key.lower(): value for key, value in settings.headers.items()}  # gRPC allows no capitals
            return OTLPMetricExporter(endpoint, headers=headers), OTLPLogExporter(endpoint, headers=headers)
        from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter as HttpLogExporter
        from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter as HttpMetricExporter
    except ImportError:
        raise ConfigError(
            f"export.otlp_endpoint: the exporter for {protocol_of(settings)} is not installed; "
            "pip install 'otel-agentcost[otlp]'"
        ) from None
    base = endpoint.rstrip("/")
    for path in _SIGNAL_PATHS:
        base = base.removesuffix(path)
    headers = dict(settings.headers)
    return (
        HttpMetricExporter(f"{base}/v1/metrics", headers=headers),
        HttpLogExporter(f"{base}/v1/logs", headers=headers),
    )
