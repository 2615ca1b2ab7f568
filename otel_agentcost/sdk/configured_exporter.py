"""`OTEL_TRACES_EXPORTER=agentcost`: the exporter that wraps another, named in the environment."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from otel_agentcost.config.errors import ConfigError
from otel_agentcost.sdk.build import Built
from otel_agentcost.sdk.exporter import AgentCostSpanExporter

if TYPE_CHECKING:
    from otel_agentcost.config.model import Config

_logger = logging.getLogger("otel_agentcost")

EXPORTER = "OTEL_PYTHON_AGENTCOST_EXPORTER"
DEFAULT_EXPORTER = "otlp_proto_http"
_GROUP = "opentelemetry_traces_exporter"
_OWN_NAME = "agentcost"


class ConfiguredSpanExporter(AgentCostSpanExporter):
    """Wrap the exporter that `OTEL_PYTHON_AGENTCOST_EXPORTER` names. A class, since the SDK takes nothing else."""

    def __init__(self, **exporter_arguments: Any) -> None:
        super().__init__(build_span_exporter(**exporter_arguments))

    def _build(self, config: Config | str | None) -> Built:
        """Build the engine; a wrong configuration is logged here, since an exception would stop the SDK's set-up."""
        try:
            return super()._build(config)
        except ConfigError as error:
            _logger.error("otel_agentcost: spans are exported without cost: %s", error)
            return Built(None)


def build_span_exporter(**arguments: Any) -> SpanExporter:
    """Return the exporter to wrap or, where there is none, one that exports nothing; the log then says why."""
    name = os.environ.get(EXPORTER, "").strip() or DEFAULT_EXPORTER
    installed = {entry.name: entry for entry in entry_points(group=_GROUP) if entry.name != _OWN_NAME}
    if name not in installed:
        _logger.error(
            "otel_agentcost: %s=%s names no installed trace exporter, so no span is exported. Installed: %s.%s",
            EXPORTER,
            name,
            ", ".join(sorted(installed)) or "none",
            " `pip install otel-agentcost[otlp]` adds the OTLP ones." if name.startswith("otlp") else "",
        )
        return _NoExporter()
    try:
        return installed[name].load()(**arguments)
    except Exception:
        _logger.exception("otel_agentcost: the trace exporter %s could not be made, so no span is exported", name)
        return _NoExporter()


class _NoExporter(SpanExporter):
    """Export nothing, and say so with each result."""

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        return SpanExportResult.FAILURE

    def shutdown(self) -> None:
        """Close nothing."""

    def force_flush(self, timeout_millis: int = 30000) -> bool:
        return True
