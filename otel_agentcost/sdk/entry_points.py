"""Zero code: the hooks that `opentelemetry-instrument` calls, switched on by an environment variable.

A hook that raises aborts the rest of the application's set-up, even while it is being imported. So this module imports
nothing that could fail, and what goes wrong in a hook is logged.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from typing import Any

_logger = logging.getLogger("otel_agentcost")

ENABLED = "OTEL_PYTHON_AGENTCOST_ENABLED"


def pre_instrument() -> None:
    """Make the provider record every span, before any instrumentation has taken a tracer with the old sampler."""
    _run(_record_everything)


def post_instrument() -> None:
    """Add the processor to the provider that `opentelemetry-instrument` has set up."""
    _run(_attach)


def _record_everything(provider: Any) -> None:
    from otel_agentcost.sdk.sampling import record_all_spans_of

    record_all_spans_of(provider)


def _attach(provider: Any) -> None:
    from otel_agentcost.sdk.processor import AgentCostSpanProcessor
    from otel_agentcost.sdk.sampling import record_all_spans_of

    present = getattr(provider._active_span_processor, "_span_processors", ())
    if any(isinstance(processor, AgentCostSpanProcessor) for processor in present):
        return
    provider.add_span_processor(AgentCostSpanProcessor())
    record_all_spans_of(provider)


def _run(step: Callable[[Any], None]) -> None:
    """Run a step on the global tracer provider where the product is switched on. Never raises."""
    try:
        if os.environ.get(ENABLED, "").strip().lower() != "true":
            return
        from opentelemetry import trace

        provider: Any = trace.get_tracer_provider()
        if hasattr(provider, "add_span_processor"):
            step(provider)
        elif step is _attach:
            _logger.warning(
                "otel_agentcost: %s is set, but the tracer provider is a %s, not the OpenTelemetry SDK's, so no cost "
                "is recorded. Is opentelemetry-distro installed?",
                ENABLED,
                type(provider).__name__,
            )
    except Exception as error:  # noqa: BLE001 - an error here would abort the instrumentation of the application
        _logger.error("otel_agentcost is not switched on: %s", _explain(error))


def _explain(error: Exception) -> str:
    """Return a configuration error's own words, and of any other only where it happened: it may hold content."""
    try:
        from otel_agentcost.config.errors import ConfigError
        from otel_agentcost.sdk.guard import place

        return str(error) if isinstance(error, ConfigError) else f"{type(error).__name__} at {place(error)}"
    except Exception:  # noqa: BLE001 - see _run
        return type(error).__name__
