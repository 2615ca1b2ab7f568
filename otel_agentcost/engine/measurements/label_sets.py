"""Rows by their labels, as many as are allowed; what comes after them shares one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from typing import Generic, TypeAlias, TypeVar

from otel_agentcost.model import names

Key: TypeAlias = tuple[str, ...]
"""A value for each label, in their order; "" where there is none."""
Attributes: TypeAlias = dict[str, str | bool]

Row = TypeVar("Row")


class LabelSets(Generic[Row]):
    """At most `limit` rows. A row is never given up, since a counter that starts again would count twice what it nets.

    So the label sets that came first keep their rows, and the last row, marked `otel.metric.overflow` as the SDK marks
    its own, takes all others: sums over all rows stay right.
    """

    __slots__ = ("_labels", "_limit", "_make", "_overflow", "rows", "turned_away")

    def __init__(self, labels: Sequence[str], limit: int, make: Callable[[Attributes], Row]) -> None:
        self._labels = tuple(labels)
        self._limit = limit
        self._make = make
        self._overflow: Row | None = None
        self.rows: dict[Key, Row] = {}
        self.turned_away = 0
        """How often the last row was taken for want of another."""

    def row(self, key: Key) -> Row:
        """Return the row of a label set."""
        found = self.rows.get(key)
        if found is not None:
            return found
        if len(self.rows) < self._limit - 1:
            made = self.rows[key] = self._make(
                {label: value for label, value in zip(self._labels, key, strict=True) if value}
            )
            return made
        self.turned_away += 1
        if self._overflow is None:
            self._overflow = self._make({names.OVERFLOW: True})
        return self._overflow

    def __iter__(self) -> Iterator[Row]:
        return chain(self.rows.values(), () if self._overflow is None else (self._overflow,))
