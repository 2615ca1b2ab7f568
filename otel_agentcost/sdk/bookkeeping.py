"""Compose what keeps an engine's books in a process: store, metrics, events, and the thread that flushes."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from opentelemetry._logs import get_logger_provider
from opentelemetry.metrics import get_meter_provider

from otel_agentcost.config.errors import ConfigError
from otel_agentcost.engine.books import Books
from otel_agentcost.engine.flushing import Flusher
from otel_agentcost.engine.measurements.health import Health
from otel_agentcost.engine.measurements.measurements import Measurements
from otel_agentcost.engine.store import StoreError, StoreUnavailableError
from otel_agentcost.sdk.arrival import arrival_unix_nano
from otel_agentcost.sdk.events import EventEmitter
from otel_agentcost.sdk.metrics.attach import attach
from otel_agentcost.sdk.recording import Recording
from otel_agentcost.sdk.signals import SdkSignals
from otel_agentcost.stores.open import open_store

if TYPE_CHECKING:
    from opentelemetry.sdk.resources import Resource

    from otel_agentcost.config.model import Config
    from otel_agentcost.engine.account import ToolCharges
    from otel_agentcost.engine.engine import Engine
    from otel_agentcost.sdk.exporting import Exporting
    from otel_agentcost.stores.open import Store

_logger = logging.getLogger("otel_agentcost")

_LAST_FLUSH_SECONDS = 5.0
_OPENING_SECONDS = 2.0
_REFRESH_SECONDS = 2.0
_TRIM_SECONDS = 3600.0
_IN_MEMORY = "memory:"


class Bookkeeping:
    """Keeps the books of one engine, from the moment on at which somebody is there to read them.

    That is at once where the configuration names a store or an export, else as soon as the application has a meter or
    logger provider of the SDK: until then nothing is added up, which costs the application nothing.

    Args:
        engine: whose executions are booked.
        config: store, export, time zone.
        tool_charges: what tool calls cost by themselves.
        ignored_baggage: counts baggage that is not trusted, for the metric.
        internal_errors: counts faults of the edge, for the metric.
        resource: what the tracer provider's spans come from, so that metrics stand beside them.

    Raises:
        ConfigError: the store refuses for good: a wrong address, a missing package, a schema of a later version.
    """

    def __init__(
        self,
        engine: Engine,
        config: Config,
        *,
        tool_charges: ToolCharges | None = None,
        ignored_baggage: Callable[[], int] | None = None,
        internal_errors: Callable[[], int] | None = None,
        resource: Resource | None = None,
    ) -> None:
        self._engine = engine
        self._config = config
        self._store: Store | None = None
        self._flusher: Flusher | None = None
        self._opening = threading.Lock()
        self._exporting: Exporting | None = None
        self._is_listening = False
        self._trimmed_at = time.monotonic()
        self._refused_said = self._too_old_said = 0
        self._measurements = Measurements(config.export, clock=time.time_ns)
        self.signals = SdkSignals(self._measurements, None)
        self.books = Books(self.signals, tool_charges, config.store.max_pending_spans)
        stats = self.books.stats_now
        self._measurements.health = Health(
            executions_evicted=lambda: engine.stats().evicted_executions,
            spans_late=lambda: stats().late_spans + stats().too_old_spans,
            store_retries=lambda: stats().failed_commits,
            store_refused=lambda: stats().refused_spans,
            store_pending=lambda: stats().pending_spans,
            baggage_ignored=ignored_baggage,
            internal_errors=internal_errors,
        )
        if config.export.otlp_endpoint is not None:
            from otel_agentcost.sdk.exporting import start_export

            self._exporting = start_export(config.export, resource)
        if self._should_listen():
            self._listen()
            self._open_early()
        self._recording = Recording(self, config.store.flush_seconds)
        self._measurements.refresh = lambda: self._recording.flush(_REFRESH_SECONDS)

    def flush(self) -> None:
        """Make durable what is pending; open the store first, where that has not been possible yet."""
        if not self._is_listening:
            if not self._should_listen():
                return
            self._listen()
        try:
            self._open()
            if self._flusher is not None:
                self._flusher.flush()
        finally:
            self._say_refused()  # while the store is away: later it may be too late
        if self._store is not None and time.monotonic() - self._trimmed_at >= _TRIM_SECONDS:
            self._trimmed_at = time.monotonic()
            self._store.trim(time.time_ns())

    def force_flush(self, timeout_seconds: float) -> bool:
        """Return whether all that has ended by now is durable."""
        return self._recording.flush(timeout_seconds)

    def stop(self) -> None:
        """Settle what is complete, make all durable, and end. May be called twice."""
        if self._is_listening:
            self._engine.retire()
        self._recording.stop(_LAST_FLUSH_SECONDS)
        if self._exporting is not None:
            self._exporting.shutdown()
        self._measurements.refresh = None
        if self._store is not None:
            self._store.close()

    def begin_again(self) -> None:
        self.books.forget()
        self._opening = threading.Lock()
        self._refused_said = 0
        if self._flusher is not None:
            self._flusher.begin_again()

    def pending(self) -> int:
        return self.books.stats.pending_spans

    @property
    def store(self) -> Store | None:
        """The store, once it is open."""
        return self._store

    def _should_listen(self) -> bool:
        return (
            self._config.store.url != _IN_MEMORY
            or self._exporting is not None
            or _is_real(get_meter_provider())
            or _is_real(get_logger_provider())
        )

    def _listen(self) -> None:
        """Have metrics and events told, and books kept, from now on."""
        self._is_listening = True
        exporting = self._exporting
        attach(self._measurements, None if exporting is None else exporting.meter_provider)
        self.signals.events = EventEmitter(None if exporting is None else exporting.logger_provider)
        self._engine.keep(self.books)

    def _open_early(self) -> None:
        """Open the store, so that a fault of the configuration is told at once; a server that hangs holds up nobody."""
        faults: list[BaseException] = []

        def attempt() -> None:
            try:
                self._open()
            except BaseException as error:  # noqa: BLE001 - raised where it is waited for
                faults.append(error)

        opening = threading.Thread(target=attempt, name="agentcost-opening", daemon=True)
        opening.start()
        opening.join(_OPENING_SECONDS)
        fault = faults[0] if faults else None
        if opening.is_alive():
            _logger.warning("otel_agentcost: the store does not answer yet; it is waited for in the background")
        elif isinstance(fault, StoreUnavailableError):
            _logger.warning("otel_agentcost: the store cannot be reached yet (%s); it is tried again", fault)
        elif isinstance(fault, StoreError):
            raise ConfigError(f"{self._config.source or 'configuration'}: store: {fault}") from None
        elif fault is not None:
            raise fault

    def _open(self) -> None:
        with self._opening:
            if self._flusher is None:
                self._open_once()

    def _open_once(self) -> None:
        settings = self._config.store
        self._store = open_store(
            settings.url, self._config.time_zone, settings.retention, synchronous=settings.synchronous
        )
        limits = self._config.engine
        self._flusher = Flusher(
            self.books,
            self._store,
            arrival_unix_nano,
            max_spans=limits.max_spans_per_execution,
            idle_nano=int(limits.idle_seconds * 1e9),
        )

    def _say_refused(self) -> None:
        stats = self.books.stats
        if stats.refused_spans > self._refused_said:
            _logger.error(
                "otel_agentcost: %d spans are in no total, they came faster than the store took them, or it was "
                "away, and %d waited already; by their own numbers those refused since the start cost $%.6f, a call "
                "that several spans tell with each of them, and tools at no price of theirs",
                stats.refused_spans - self._refused_said,
                self.books.max_pending_spans,
                stats.refused_nano_usd / 1e9,
            )
        self._refused_said = stats.refused_spans
        if stats.too_old_spans > self._too_old_said:
            _logger.error(
                "otel_agentcost: %d spans are in no total: they belong to executions that retention has dropped, or "
                "began before what the store still keeps; is a clock wrong, here or where the store is trimmed?",
                stats.too_old_spans - self._too_old_said,
            )
        self._too_old_said = stats.too_old_spans


def _is_real(provider: object) -> bool:
    """Return whether a provider is the SDK's, and not the API's stand-in for one."""
    return not type(provider).__module__.startswith(("opentelemetry.metrics", "opentelemetry._logs"))
