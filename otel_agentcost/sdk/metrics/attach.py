"""Report measurements through a meter provider, whatever provider that is and whenever it comes."""

from __future__ import annotations

import logging
import os
import threading
import weakref
from typing import Literal, TypeAlias

from opentelemetry.metrics import MeterProvider, get_meter_provider
from opentelemetry.sdk.util.instrumentation import InstrumentationScope

from otel_agentcost.engine.measurements.measurements import Measurements
from otel_agentcost.sdk.guard import InternalErrors
from otel_agentcost.sdk.metrics.injection import Injection, is_configured, sdk_instrument
from otel_agentcost.sdk.metrics.instruments import Instruments
from otel_agentcost.sdk.scope import SCOPE, scope_version

_logger = logging.getLogger("otel_agentcost")

MetricsWay: TypeAlias = Literal["undecided", "injected", "instruments", "none"]
"""How metrics reach the readers: `undecided` until a first collection shows what is there, `none` once detached."""

_MISSED_COLLECTIONS = 2
"""After so many collections in which nobody asked for what we put there, it is taken that nobody will."""

_attaching = threading.Lock()
_attached: weakref.WeakKeyDictionary[MeterProvider, Attached] = weakref.WeakKeyDictionary()
_measurements: weakref.WeakSet[Measurements] = weakref.WeakSet()


class Attached:
    """Measurements and the provider that reports them. Costs nothing between collections."""

    def __init__(self, measurements: Measurements, meter_provider: MeterProvider) -> None:
        self.errors = InternalErrors()
        self._scope = InstrumentationScope(SCOPE, scope_version())
        meter = meter_provider.get_meter(self._scope.name, self._scope.version)
        self._instruments = Instruments(measurements, meter, self._collecting)
        self._begin(measurements)

    def _begin(self, measurements: Measurements) -> None:
        self.way: MetricsWay = "undecided"
        self.measurements = measurements
        self._injection = Injection(measurements, self._scope, self.errors)
        self._unanswered = 0

    def use(self, measurements: Measurements) -> None:
        """Report again, after `detach`, and other measurements."""
        self._instruments.use(measurements)
        self._begin(measurements)

    def _collecting(self) -> bool:
        """Decide, at the start of a collection, whether the instruments report; else the injection does."""
        try:
            self.measurements.bring_up_to_date()
        except Exception as error:  # noqa: BLE001 - see guard.py
            try:
                self.errors.record("refresh", error)
            except Exception:  # noqa: BLE001
                pass
        try:
            if self.way in ("undecided", "injected"):
                self._decide()
        except Exception as error:  # noqa: BLE001 - see guard.py
            try:
                self.errors.record("collecting", error)
                self._use_instruments("this version of the SDK keeps its readers otherwise")
            except Exception:  # noqa: BLE001
                pass
        return self.way == "instruments"

    def _decide(self) -> None:
        found = [sdk_instrument(each) for each in self._instruments.all]
        if any(each is None for each in found):
            self._use_instruments("this meter provider is not the SDK's own")
            return
        consumer = found[0]._measurement_consumer
        if self.way == "undecided":
            if is_configured(consumer, found):
                self._use_instruments()
                return
            self.way = "injected"
        self._injection.reach(consumer)
        if self._injection.is_broken:
            self._use_instruments("this version of the SDK collects otherwise")
        elif self._injection.collections:
            self._instruments.stop_recording()
        else:
            self._unanswered += 1
            if self._unanswered > _MISSED_COLLECTIONS:
                self._use_instruments("this version of the SDK collects otherwise")

    def _use_instruments(self, why: str | None = None) -> None:
        self._injection.leave()
        self._instruments.start_recording()
        self.way = "instruments"
        if why is not None:
            _logger.warning(
                "otel_agentcost: %s. Metrics go through instruments, which is slower, and whose histograms keep a cost "
                "that is corrected later as it was.", why,
            )  # fmt: skip

    def forget(self) -> None:
        """Drop what waits to be reported."""
        self._instruments.forget()

    def detach(self) -> None:
        """Report no more. What the readers were told stays told."""
        self.way = "none"
        self._injection.leave()
        self._instruments.stop_recording()


def attach(measurements: Measurements, meter_provider: MeterProvider | None = None) -> Attached:
    """Report measurements through a provider; without one, through the global one, which may be set later.

    Where others report through that provider already, these count into them: it is one set of series.
    """
    provider = meter_provider if meter_provider is not None else get_meter_provider()
    with _attaching:
        attached = _attached.get(provider)
        if attached is not None and attached.way != "none":
            measurements.join(attached.measurements)
            return attached
        measurements = measurements.counting()
        _measurements.add(measurements)
        if attached is None:
            attached = _attached[provider] = Attached(measurements, provider)
        else:
            attached.use(measurements)
        return attached


def _start_anew() -> None:
    """Let a forked child count its own calls only: the parent reports what was counted before."""
    global _attaching  # noqa: PLW0603 - another thread may have held it
    _attaching = threading.Lock()
    for measurements in list(_measurements):
        measurements.start_anew()
    for attached in list(_attached.values()):
        attached.forget()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_start_anew)
