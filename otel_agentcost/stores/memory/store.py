"""The store that needs nothing: in memory, for as long as the process lives. The library's default."""

from __future__ import annotations

import heapq
import threading
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta, timezone

from otel_agentcost.engine.store import StoreError, TooOldError
from otel_agentcost.ledger.calendar import Calendar
from otel_agentcost.model.books import Change, Stored, Tie, Tied
from otel_agentcost.model.call import Call
from otel_agentcost.model.dimension import Dimension
from otel_agentcost.model.execution import ExecutionSummary
from otel_agentcost.model.query import ExecutionQuery, ReportQuery, ReportRow
from otel_agentcost.model.sums import Sums
from otel_agentcost.stores.memory.days import DaySums, Place
from otel_agentcost.stores.memory.query import Found, matching, page, total
from otel_agentcost.stores.memory.records import Part, Records
from otel_agentcost.stores.memory.report import Report, Span, told_by_days
from otel_agentcost.stores.memory.shelf import SHARDS, Shelf, longest_quiet
from otel_agentcost.stores.memory.stats import MemoryStats
from otel_agentcost.stores.memory.ties import KEPT_NANO, Ties, merged, packed_ties
from otel_agentcost.stores.sql import forks  # free of SQL, as fitting is
from otel_agentcost.stores.sql.fitting import fitted

MAX_EXECUTIONS = 20_000
MAX_BYTES = 32 * 1024 * 1024
MAX_DAY_SUMS = 100_000
"""What a library may take of its host's memory without being asked: more is what a file is for."""

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_HEX = frozenset("0123456789abcdef")
_MAX_COMPACTED_BYTES = 65_536
_AT_ONCE = 128
"""So many changes are written while others wait: about two milliseconds."""
_TIES_AT_ONCE = 2_048


class MemoryStore:
    """Implements `Writer` and `Reader` without a file or a service. Thread-safe.

    Beyond a bound the executions that were settled first are dropped. Open ones may take four times as much; beyond
    that those that are quiet for the longest are closed, and take no more. What was dropped stays in the daily sums;
    an answer that would need its calls is refused.

    Args:
        time_zone: the IANA name of the zone of its days; StoreError where there is no such zone.
        max_executions: kept; a quarter of those that may be open at least.
        max_bytes: that the records of the kept executions take, their packed spans included, and the ties of their
            calls, which take a third of it at most.
        max_day_sums: kept, one for each day, dimension and key, of about 130 bytes each. Beyond it the oldest days go.
    """

    def __init__(
        self,
        time_zone: str = "UTC",
        *,
        max_executions: int = MAX_EXECUTIONS,
        max_bytes: int = MAX_BYTES,
        max_day_sums: int = MAX_DAY_SUMS,
    ) -> None:
        try:
            self._calendar = Calendar(time_zone)
        except ValueError as error:
            raise StoreError(str(error)) from error
        self.time_zone = time_zone
        self._lock = threading.Lock()
        self._records = Records()
        self._shelf = Shelf(max_executions, max_bytes)
        self._days = DaySums(max_day_sums)
        self._ties = Ties(max_bytes // 4)
        self._evicted = 0
        self._evicted_open = 0
        self._calls_since = 0
        """No call that started from then on was dropped."""
        forks.watch(self)

    def begin_again(self) -> None:
        """Make new locks, in the child of a fork: threads that held the old ones are not there to release them."""
        self._lock = threading.Lock()
        self._records.begin_again()

    @property
    def horizon_unix_nano(self) -> int:
        """Always 0: what is dropped says nothing of what may still come, since bounds are no retention."""
        return 0

    def commit(self, changes: Sequence[Change]) -> Collection[int]:
        """Write every change whose base version is the stored one; return the ids of the others."""
        left_out: list[int] = []
        for start in range(0, len(changes), _AT_ONCE):
            some = changes[start : start + _AT_ONCE]
            try:
                left_out += self._commit(some)
            except (OverflowError, UnicodeEncodeError):  # none of them was written
                left_out += self._commit([fitted(change) for change in some])
        return left_out

    def load(self, execution_ids: Collection[int]) -> Mapping[int, Stored]:
        """Return those of the executions that are kept."""
        with self._lock:
            found = [(execution_id, self._shelf.get(execution_id)) for execution_id in execution_ids]
        return {
            execution_id: self._records.stored(execution_id, record)
            for execution_id, record in found
            if record is not None
        }

    def tied(self, ties: Collection[Tie]) -> Collection[Tied]:
        """Return the ties that have the key of one of these and may overlap it, of executions that are kept."""
        wanted = merged(ties)
        found: list[Tied] = []
        for start in range(0, len(wanted), _TIES_AT_ONCE):
            with self._lock:
                some = self._ties.find(wanted[start : start + _TIES_AT_ONCE])
                found += [each for each in some if each.execution_id in self._shelf]
        return found

    def open_executions(self, seen_before_unix_nano: int, limit: int) -> list[int]:
        """Return executions that are not settled and were last seen before then, the longest quiet first."""
        return longest_quiet(self._open_by_shard(), seen_before_unix_nano, limit)

    def executions(self, query: ExecutionQuery) -> list[ExecutionSummary]:
        """Return the executions that match, of those that are kept."""
        found = page(query, matching(query, self._heads(), self._records.names))
        return [self._records.summary(execution_id, head) for execution_id, head in found]

    def executions_total(self, query: ExecutionQuery) -> Sums:
        """Return the sums over all kept executions that match, whatever the limit."""
        return total(matching(query, self._heads(), self._records.names))

    def find(self, id_prefix: str, limit: int = 10) -> list[int]:
        """Return the ids of executions whose 32 hexadecimal digits begin so, the smallest first."""
        prefix = id_prefix.lower()
        if len(prefix) > 32 or not _HEX.issuperset(prefix):
            return []
        low, high = int(f"{prefix:0<32}", 16), int(f"{prefix:f<32}", 16)
        return heapq.nsmallest(limit, (each for each, _ in self._all() if low <= each <= high))

    def report(self, query: ReportQuery) -> list[ReportRow]:
        """Return the rows; whole days come from the daily sums where those tell enough, all else from calls."""
        own_zone = query.time_zone == self.time_zone
        report = Report(query, self._calendar if own_zone else Calendar(query.time_zone))
        told = told_by_days(query) if own_zone or query.by != "day" else None
        spans = [(query.since_unix_nano, query.until_unix_nano)]
        if told is not None and query.since_unix_nano < query.until_unix_nano:
            spans = self._add_days(report, query, *told)
        spans = [span for span in spans if span[0] < span[1]]
        self._check_age(spans)
        if spans:
            for execution_id, record in self._all():
                head = self._records.head(record)
                if any(head.has_calls_in(*span) for span in spans):
                    report.add_calls(self._records.calls(execution_id, record), spans)
        return report.rows()

    def calls(self, since_unix_nano: int, until_unix_nano: int) -> Iterator[Call]:
        """Return the calls that started in that time, duplicates too, by start, then trace id and span id."""
        self._check_age([(since_unix_nano, until_unix_nano)])
        found: list[tuple[int, int, bytes]] = []
        for execution_id, record in self._all():
            head = self._records.head(record)
            if head.has_calls_in(since_unix_nano, until_unix_nano):
                found.append((head.first_call_unix_nano, execution_id, record))
        found.sort()
        return self._in_order(found, since_unix_nano, until_unix_nano)

    def stats(self) -> MemoryStats:
        """Return what is kept and what was dropped."""
        with self._lock:
            shelf = self._shelf
            return MemoryStats(
                shelf.count, shelf.record_bytes, len(self._days), self._evicted, self._evicted_open,
                len(self._ties), self._ties.bytes,
            )  # fmt: skip

    def trim(self, now_unix_nano: int) -> None:
        """Drop ties of calls after a day; all else keeps to its bounds with each commit."""
        with self._lock:
            self._ties.make_room(self._shelf.__contains__, now_unix_nano - KEPT_NANO)

    def close(self) -> None:
        """Nothing to close: what is kept goes with the store."""

    def _commit(self, changes: Sequence[Change]) -> list[int]:
        parts = [(self._records.part(change), packed_ties(change)) for change in changes]
        left_out: list[int] = []
        held: dict[int, tuple[Change, Part, bytes]] = {}
        sums: defaultdict[Place, list[Sums]] = defaultdict(list)
        with self._lock:
            for change, (part, ties) in zip(changes, parts, strict=True):
                execution_id = change.execution_id
                record = None if execution_id in held else self._following(change, part)
                if record is None:
                    left_out.append(execution_id)
                else:
                    held[execution_id] = change, part, record
                    self._ties.add(ties)
            for change, part, record in held.values():
                self._shelf.put(
                    change.execution_id, record, is_settled=change.is_settled, seen_unix_nano=change.seen_unix_nano
                )
                self._note_starts(change, part)
                for day, dimension, key, added in change.days:
                    sums[day, dimension, key].append(added)
            self._days.add(sums)
            self._make_room()
        return left_out

    def _following(self, change: Change, part: Part) -> bytes | None:
        known = self._shelf.get(change.execution_id)
        record = self._records.following(known, change, part)
        if record is None or known is None or not change.is_settled or len(record) > _MAX_COMPACTED_BYTES:
            return record
        return self._records.compacted(change.execution_id, record)

    def _note_starts(self, change: Change, part: Part) -> None:
        if not change.calls:
            return
        day_of, note = self._calendar.day_of, self._days.note_start
        day = day_of(part.last_call_unix_nano)
        note(day, part.last_call_unix_nano)
        if day_of(part.first_call_unix_nano) != day:
            for call in change.calls:
                note(day_of(call.start_unix_nano), call.start_unix_nano)

    def _make_room(self) -> None:
        self._ties.make_room(self._shelf.__contains__)
        self._shelf.beside_bytes = self._ties.bytes
        for record, was_settled in self._shelf.make_room(self._records.closed):
            self._evicted += 1
            self._evicted_open += not was_settled
            head = self._records.head(record)
            last = head.last_call_unix_nano
            if head.seen_unix_nano:  # 0 where the recorder has no clock
                last = min(last, head.seen_unix_nano)  # else a caller's clock that is ahead would end all answers
            self._calls_since = max(self._calls_since, last + 1)

    def _add_days(self, report: Report, query: ReportQuery, dimension: Dimension, only: str | None) -> list[Span]:
        """Add the whole days that the query asks about, of one key or of all; return the rest of its time.

        The day in which its time ends counts as whole where that day has had no later call.
        """
        since, until, calendar = query.since_unix_nano, query.until_unix_nano, self._calendar
        first, after = calendar.day_of(since), calendar.day_of(until)
        if calendar.day_bounds(first)[0] != since:
            first += 1
        with self._lock:
            if self._days.last_start(after) < until:
                after += 1
            if first >= after:
                return [(since, until)]
            kept_since = self._days.since_day
            if kept_since is not None and first < kept_since:
                raise TooOldError(f"daily sums reach back to {calendar.key_of_day(kept_since)} only")
            days = self._days.snapshot(dimension, first, after)
        for day, key, sums in days.rows(only):
            report.add_day(day, key, sums)
        return [(since, calendar.day_bounds(first)[0]), (min(calendar.day_bounds(after)[0], until), until)]

    def _check_age(self, spans: Sequence[Span]) -> None:
        with self._lock:
            kept_since = self._calls_since
        if any(since < kept_since for since, _ in spans):
            when = (_EPOCH + timedelta(microseconds=kept_since // 1_000)).isoformat(timespec="seconds")
            raise TooOldError(f"all calls are kept only from {when} on; ask for a later time, or for whole days")

    def _in_order(self, found: Sequence[tuple[int, int, bytes]], since: int, until: int) -> Iterator[Call]:
        """Yield the calls of records that come in the order of their first calls; holds only those that overlap."""
        waiting: list[tuple[int, int, int, Call]] = []
        for first, execution_id, record in found:
            while waiting and waiting[0][0] < first:
                yield heapq.heappop(waiting)[3]
            for call in self._records.calls(execution_id, record):
                if since <= call.start_unix_nano < until:
                    heapq.heappush(waiting, (call.start_unix_nano, call.trace_id, call.span_id, call))
        while waiting:
            yield heapq.heappop(waiting)[3]

    def _heads(self) -> Iterator[Found]:
        head = self._records.head
        return ((execution_id, head(record)) for execution_id, record in self._all())

    def _all(self) -> Iterator[tuple[int, bytes]]:
        """Yield each record; a commit waits for the copy of one shard at most."""
        for number in range(SHARDS):
            with self._lock:
                records = self._shelf.records(number)
            yield from records

    def _open_by_shard(self) -> Iterator[dict[int, int]]:
        for number in range(SHARDS):
            with self._lock:
                open_since = self._shelf.open_since(number)
            yield open_since
