"""Emit events as OpenTelemetry log records.

The SDK changed how a record is made twice: before 1.35 it carries ids and has no name, up to 1.37 a record of the SDK's
own carries a context and the resource, from 1.38 on the logger takes the parts. This module knows it, nobody else does.
"""

from __future__ import annotations

import inspect
import time
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Literal, TypeAlias

from opentelemetry._logs import Logger, LoggerProvider, SeverityNumber, get_logger_provider
from opentelemetry.context import Context
from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags, set_span_in_context

from otel_agentcost.model import names
from otel_agentcost.model.event import Event, Severity
from otel_agentcost.sdk.guard import InternalErrors
from otel_agentcost.sdk.scope import SCOPE, scope_version

RecordWay: TypeAlias = Literal["parts", "named record", "record"]
"""How a log record is made. `record`: it has no field for the event's name, which `event.name` carries instead."""

_SEVERITIES: Mapping[Severity, SeverityNumber] = {
    "INFO": SeverityNumber.INFO,
    "WARN": SeverityNumber.WARN,
    "ERROR": SeverityNumber.ERROR,
}


@cache
def find_record_way() -> RecordWay:
    """Return how the SDK that is installed makes records."""
    if "event_name" in inspect.signature(Logger.emit).parameters:
        return "parts"
    from opentelemetry.sdk import _logs

    made_of = inspect.signature(_logs.LogRecord.__init__).parameters  # type: ignore[attr-defined,unused-ignore]
    return "named record" if "event_name" in made_of else "record"


class EventEmitter:
    """Send events to a logger provider; without one, to the global one as it is when the event happens."""

    def __init__(
        self, logger_provider: LoggerProvider | None = None, *, clock: Callable[[], int] = time.time_ns
    ) -> None:
        self.errors = InternalErrors()
        self._provider = logger_provider
        self._clock = clock

    def emit(self, event: Event) -> None:
        """Send one event. Never raises, and waits for nothing: the provider's processors batch and export."""
        try:
            provider = self._provider if self._provider is not None else get_logger_provider()
            self._emit(provider, provider.get_logger(SCOPE, scope_version()), event)
        except Exception as error:  # noqa: BLE001 - see guard.py
            try:
                self.errors.record("emit", error)
            except Exception:  # noqa: BLE001
                pass

    def _emit(self, provider: LoggerProvider, logger: Any, event: Event) -> None:
        way = find_record_way()
        parts: dict[str, Any] = {
            "timestamp": event.time_unix_nano,
            "observed_timestamp": self._clock(),
            "severity_number": _SEVERITIES[event.severity],
            "severity_text": event.severity,
            "attributes": dict(event.attributes),
        }
        if way == "parts":
            logger.emit(context=_context(event), event_name=event.name, **parts)
            return
        from opentelemetry.sdk import _logs

        record: Any = getattr(_logs, "LogRecord")  # noqa: B009 - newer SDKs have none, as type checkers know
        resource = getattr(provider, "resource", None)
        if way == "named record":
            logger.emit(record(context=_context(event), event_name=event.name, resource=resource, **parts))
            return
        parts["attributes"][names.EVENT_NAME] = event.name
        ids = {"trace_id": event.trace_id, "span_id": event.span_id, "trace_flags": TraceFlags(TraceFlags.DEFAULT)}
        logger.emit(record(**ids, resource=resource, **parts))


def _context(event: Event) -> Context:
    """Return the event's own trace: what is current in the thread that emits has nothing to do with it."""
    return set_span_in_context(NonRecordingSpan(SpanContext(event.trace_id, event.span_id, is_remote=False)))
