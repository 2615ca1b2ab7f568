"""Counters that may be corrected, and that nobody ever sees fall."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from otel_agentcost.engine.measurements.catalogue import Instrument
from otel_agentcost.engine.measurements.label_sets import Attributes, LabelSets


class Column(NamedTuple):
    """One number of each row: the metric it belongs to, and the labels that it has beside the row's."""

    instrument: Instrument
    labels: Mapping[str, str] = {}


class CounterRow:
    """The numbers of one label set. `true` is what was counted, `shown` what readers were told (docs/metrics.md)."""

    __slots__ = ("attributes", "shown", "true")

    def __init__(self, attributes: Sequence[Attributes]) -> None:
        self.attributes = attributes
        self.true = [0] * len(attributes)
        self.shown = [0] * len(attributes)

    def show(self) -> list[int]:
        """Return what a reader may be told: the truth, save where it fell below what one was told before."""
        shown, true = self.shown, self.true
        if shown != true:
            self.shown = shown = [max(pair) for pair in zip(shown, true, strict=True)]
        return shown


class CounterTable:
    """Rows of counters that share their labels. Not thread-safe."""

    __slots__ = ("columns", "sets")

    def __init__(self, columns: Sequence[Column], labels: Sequence[str], limit: int) -> None:
        self.columns = tuple(columns)
        self.sets: LabelSets[CounterRow] = LabelSets(labels, limit, self._make)

    def _make(self, attributes: Attributes) -> CounterRow:
        return CounterRow(
            [attributes if not column.labels else {**attributes, **column.labels} for column in self.columns]
        )

    def __iter__(self) -> Iterator[CounterRow]:
        return iter(self.sets)
