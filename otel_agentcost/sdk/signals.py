"""Tell metrics and events of each commit."""

from __future__ import annotations

from otel_agentcost.engine.measurements.execution_event import execution_completed
from otel_agentcost.engine.measurements.measurements import Measurements
from otel_agentcost.engine.signals import Committed
from otel_agentcost.sdk.events import EventEmitter
from otel_agentcost.sdk.guard import InternalErrors


class SdkSignals:
    """`engine.signals.Signals` in terms of OpenTelemetry: adds up each commit, and emits each execution once."""

    def __init__(self, measurements: Measurements | None, events: EventEmitter | None) -> None:
        self.errors = InternalErrors()
        self.measurements = measurements
        self.events = events

    def committed(self, committed: Committed, /) -> None:
        """Take one commit. Never raises; a fault of one signal does not keep back the other."""
        try:
            if self.measurements is not None:
                self.measurements.committed(committed)
        except Exception as error:  # noqa: BLE001 - see guard.py
            try:
                self.errors.record("committed", error)
            except Exception:  # noqa: BLE001
                pass
        try:
            if self.events is not None and committed.settles:
                self.events.emit(execution_completed(committed.change.summary))
        except Exception as error:  # noqa: BLE001 - see guard.py
            try:
                self.errors.record("committed", error)
            except Exception:  # noqa: BLE001
                pass
