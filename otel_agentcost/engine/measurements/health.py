"""What the engine, its store and its edges say about themselves, read when a reader asks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from otel_agentcost.engine.measurements import catalogue
from otel_agentcost.engine.measurements.catalogue import Instrument

Count: TypeAlias = Callable[[], int]


@dataclass(frozen=True)
class Health:
    """Where each count is read; None where there is nothing to read. All count from the start, but `store_pending`."""

    executions_evicted: Count | None = None
    spans_late: Count | None = None
    store_retries: Count | None = None
    store_refused: Count | None = None
    store_pending: Count | None = None
    baggage_ignored: Count | None = None
    internal_errors: Count | None = None

    def read(self) -> Iterator[tuple[Instrument, int]]:
        """Yield what can be read now. What fails is left out: the other metrics must not suffer."""
        for instrument, count in (
            (catalogue.EVICTED, self.executions_evicted),
            (catalogue.LATE_SPANS, self.spans_late),
            (catalogue.STORE_RETRIES, self.store_retries),
            (catalogue.STORE_REFUSED, self.store_refused),
            (catalogue.STORE_PENDING, self.store_pending),
            (catalogue.BAGGAGE_IGNORED, self.baggage_ignored),
            (catalogue.INTERNAL_ERRORS, self.internal_errors),
        ):
            if count is not None:
                try:
                    value = count()
                except Exception:  # noqa: BLE001, S112 - whatever it is, there is no number to show
                    continue
                yield instrument, value
