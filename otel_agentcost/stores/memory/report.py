"""Add up a report from daily sums and from calls."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import add
from typing import TypeAlias

from otel_agentcost.ledger.calendar import Calendar
from otel_agentcost.model.call import Call
from otel_agentcost.model.dimension import DIMENSIONS, Dimension, keys_of
from otel_agentcost.model.outcome import DUPLICATE
from otel_agentcost.model.query import ReportQuery, ReportRow
from otel_agentcost.model.sums import NO_SUMS, Sums, sums_of

Span: TypeAlias = tuple[int, int]
"""From the first time on and before the second (Unix nanoseconds)."""

_Place: TypeAlias = tuple[int, str]
"""A day or the start of an hour, or else a key."""

_ONE_EXECUTION = Sums(executions=1)


class Report:
    """The rows of one answer. Days are the query's: whole ones may be added only where the store's zone is the same."""

    def __init__(self, query: ReportQuery, calendar: Calendar) -> None:
        self._calendar = calendar
        self._by = query.by
        self._only = [(DIMENSIONS.index(dimension), key) for dimension, key in query.only.items()]
        self._index = 0 if query.by in ("day", "hour") else DIMENSIONS.index(query.by)
        self._rows: dict[_Place, Sequence[int]] = {}

    def add_day(self, day: int, key: str, sums: Sums) -> None:
        """Add a whole day's sums of a key."""
        self._add((day, "") if self._by == "day" else (0, "" if self._by == "total" else key), sums)

    def add_calls(self, calls: Iterable[Call], spans: Sequence[Span]) -> None:
        """Add those calls of one execution that started in one of the spans. `calls` are all that it has.

        The execution counts for a key where its first call that pays for it started, if that is in one of the spans.
        """
        first: dict[str, int] = {}
        for call in calls:
            if call.status == DUPLICATE:
                continue
            keys = keys_of(call)
            if self._only and any(keys[index] != key for index, key in self._only):
                continue
            key, start = keys[self._index], call.start_unix_nano
            if start < first.get(key, start + 1):
                first[key] = start
            if _is_in(start, spans):
                self._add(self._place_of(key, start), sums_of(call))
        for key, start in first.items():
            if _is_in(start, spans):
                self._add(self._place_of(key, start), _ONE_EXECUTION)

    def rows(self) -> list[ReportRow]:
        """Return the rows that are not empty: by time in its order, by dimension the dearest first."""
        rows = [(place, Sums._make(sums)) for place, sums in self._rows.items() if any(sums)]
        if self._by == "day":
            return [ReportRow(self._calendar.key_of_day(day), sums) for (day, _), sums in sorted(rows)]
        if self._by == "hour":
            return [ReportRow(self._calendar.key_of_hour(start), sums) for (start, _), sums in sorted(rows)]
        rows.sort(key=lambda row: (-row[1].cost_nano_usd, row[0][1]))
        return [ReportRow(key, sums) for (_, key), sums in rows]

    def _place_of(self, key: str, start_unix_nano: int) -> _Place:
        if self._by == "day":
            return self._calendar.day_of(start_unix_nano), ""
        if self._by == "hour":
            return self._calendar.window("hour", start_unix_nano).start_unix_nano, ""
        return 0, key

    def _add(self, place: _Place, sums: Sums) -> None:
        self._rows[place] = tuple(map(add, self._rows.get(place, NO_SUMS), sums))


def told_by_days(query: ReportQuery) -> tuple[Dimension, str | None] | None:
    """Return the dimension whose daily sums tell the answer, and the one key of it that is asked about, if one is.

    None where no sums do: by hour, and where more than one dimension matters.
    """
    if query.by == "hour" or len(query.only) > 1:
        return None
    for dimension, key in query.only.items():
        return (dimension, key) if query.by in ("day", "total", dimension) else None
    return "total" if query.by == "day" else query.by, None


def _is_in(unix_nano: int, spans: Sequence[Span]) -> bool:
    for since, until in spans:  # noqa: SIM110 - a third of the time that any() takes
        if since <= unix_nano < until:
            return True
    return False
