"""A store as plain as can be: what it must do and no more, to hold the engine's books against."""

from __future__ import annotations

import threading
from collections.abc import Collection, Mapping, Sequence

from otel_agentcost.model.books import Change, Stored, Tie, Tied
from otel_agentcost.model.dimension import Dimension
from otel_agentcost.model.sums import NO_SUMS, Sums


class NaiveStore:
    horizon_unix_nano = 0

    def __init__(self, time_zone: str = "UTC") -> None:
        self.time_zone = time_zone
        self.executions: dict[int, Stored] = {}
        self.days: dict[tuple[int, Dimension, str], Sums] = {}
        self.ties: list[Tied] = []
        self._lock = threading.Lock()

    def commit(self, changes: Sequence[Change]) -> Collection[int]:
        with self._lock:
            return [change.execution_id for change in changes if not self._write(change)]

    def _write(self, change: Change) -> bool:
        stored = self.executions.get(change.execution_id)
        if (0 if stored is None else stored.version) != change.base_version:
            return False
        calls = {} if stored is None else {call.span_id: call for call in stored.calls}
        for span_id in change.withdrawn:
            del calls[span_id]
        calls.update((call.span_id, call) for call in change.calls)
        segments = () if stored is None else stored.segments
        self.executions[change.execution_id] = Stored(
            change.execution_id,
            change.base_version + 1,
            change.is_settled,
            (*segments, change.segment) if change.segment else segments,
            tuple(calls.values()),
            change.summary,
        )
        self.ties += [Tied(tie, change.execution_id) for tie in change.ties]
        for day, dimension, key, sums in change.days:
            place = (day, dimension, key)
            self.days[place] = self.days.get(place, NO_SUMS).plus(sums)
        return True

    def load(self, execution_ids: Collection[int]) -> Mapping[int, Stored]:
        with self._lock:
            return {each: self.executions[each] for each in execution_ids if each in self.executions}

    def tied(self, ties: Collection[Tie]) -> Collection[Tied]:
        keys = {tie.key for tie in ties}
        with self._lock:
            return [tied for tied in self.ties if tied.tie.key in keys]

    def open_executions(self, seen_before_unix_nano: int, limit: int) -> list[int]:
        with self._lock:
            return [each for each, stored in self.executions.items() if not stored.is_settled][:limit]

    def trim(self, now_unix_nano: int) -> None:
        pass

    def close(self) -> None:
        pass
