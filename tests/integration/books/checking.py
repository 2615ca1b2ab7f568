"""Hold a store against the truth: what its spans come to, told to an engine that nothing happens to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from msgspec.structs import asdict, replace
from sqlalchemy import Connection, func, select, text

from otel_agentcost.engine.packing import unpack
from otel_agentcost.engine.ports import EndedSpan
from otel_agentcost.ledger.calendar import Calendar
from otel_agentcost.model.books import Stored
from otel_agentcost.model.call import Call
from otel_agentcost.model.dimension import DIMENSIONS, keys_of
from otel_agentcost.model.execution import ExecutionSummary
from otel_agentcost.model.outcome import DUPLICATE
from otel_agentcost.model.sums import NO_SUMS, Sums, sums_of
from otel_agentcost.stores.open import Store, open_store
from otel_agentcost.stores.sql import loading
from otel_agentcost.stores.sql.ids import id_of
from otel_agentcost.stores.sql.schema import calls, days, executions
from tests.property.naive_store import NaiveStore
from tests.property.trees import EPOCH_NANO

from .recorder import Clock, Recorder, finish
from .stream import truth

_ADDED = [name for name in Sums._fields if name != "executions"]


class Checker:
    """Looks at a store again and again, each time at what has changed since.

    Args:
        spans: the stream, from which all in the store has come.
        entangled: executions with a call that is told in another trace too: what they come to depends on others.
    """

    def __init__(self, url: str, spans: Sequence[EndedSpan], entangled: Iterable[int] = ()) -> None:
        self._url = url
        self._spans = spans
        self._entangled = frozenset(entangled)
        self._versions: dict[int, int] = {}
        self._places: dict[int, list[int]] = {}
        """Where in the stream the spans of each execution are."""
        for at, span in enumerate(spans):
            self._places.setdefault(span.trace_id, []).append(at)
        self._acknowledged = 0
        self.checked = 0

    def check_prefix(self, begun: int, durable: int) -> None:
        """Assert that the store holds what some of the first `begun` spans come to, the first `durable` among them."""
        with_store = open_store(self._url)
        try:
            with backend_of(with_store).reading() as connection:
                self._check_prefix(connection, begun, durable)
                check_conservation(connection)
        finally:
            with_store.close()

    def _check_prefix(self, connection: Connection, begun: int, durable: int) -> None:
        rows = connection.execute(select(executions.c.execution_id, executions.c.version))
        now = {id_of(row[0]): int(row[1]) for row in rows}
        changed = {each for each, version in now.items() if self._versions.get(each) != version}
        assert self._versions.keys() <= now.keys(), "an execution is gone"
        asked = changed | {self._spans[at].trace_id for at in range(self._acknowledged, durable)}
        self._versions, self._acknowledged = now, durable
        found = loading.load(connection, asked)
        for execution_id in asked:
            stored = found.get(execution_id)
            places = self._places[execution_id]
            must = {self._spans[at].span_id for at in places if at < durable and self._spans[at].attributes}
            held = set[int]() if stored is None else held_by(stored)
            assert must <= held, "a span that was acknowledged is gone"
            assert held <= {self._spans[at].span_id for at in places if at < begun}, "a span from nowhere"
            if stored is not None and execution_id not in self._entangled:
                self._check_execution(stored, [self._spans[at] for at in places if self._spans[at].span_id in held])

    def _check_execution(self, stored: Stored, spans: list[EndedSpan]) -> None:
        self.checked += 1
        (expected,) = truth(spans).values()
        if stored.is_settled:
            wrong = differences(stored, expected)
            assert not wrong, "\n".join(wrong)
            return
        # What it comes to in the end is known; on the way, who pays of two spans may depend on which came first.
        assert settled_calls(stored) == by_span(expected.calls_list)
        assert without_verdicts(stored.calls) == without_verdicts(unsettled(spans))
        assert stored.summary.cost_nano_usd == sum(call.cost_nano_usd for call in stored.calls)
        assert stored.summary.calls == sum(call.status != DUPLICATE and call.kind == "model" for call in stored.calls)


def check_whole(url: str, expected: Mapping[int, ExecutionSummary], time_zone: str = "UTC") -> None:
    """Assert that the store holds exactly this, all of it settled."""
    store = open_store(url)
    try:
        with backend_of(store).reading() as connection:
            check_conservation(connection)
            check_integrity(connection)
            rows = connection.execute(select(executions.c.execution_id)).fetchall()
            assert {id_of(row[0]) for row in rows} == expected.keys()
            ids = list(expected)
            all_calls: list[Call] = []
            wrong: list[str] = []
            for at in range(0, len(ids), 2_000):
                for execution_id, stored in loading.load(connection, ids[at : at + 2_000]).items():
                    wrong += differences(stored, expected[execution_id])
                    all_calls.extend(stored.calls)
            assert not wrong, "\n".join(wrong[:20])
            assert executions_by_key(all_calls, time_zone) == _stored_executions_by_key(connection)
    finally:
        store.close()


def check_store(url: str) -> None:
    """Assert that a store agrees with itself."""
    store = open_store(url)
    try:
        with backend_of(store).reading() as connection:
            check_conservation(connection)
            check_integrity(connection)
    finally:
        store.close()


def check_conservation(connection: Connection) -> None:
    """Assert that calls, executions and the days of every dimension add up to the same."""
    paying = (calls.c.status != DUPLICATE, calls.c.kind == "model")
    cost = int(connection.scalar(select(func.sum(calls.c.cost_nano_usd))) or 0)
    count = int(connection.scalar(select(func.count()).select_from(calls).where(*paying)) or 0)
    of_executions = connection.execute(select(func.sum(executions.c.cost_nano_usd), func.sum(executions.c.calls)))
    assert tuple(int(each or 0) for each in of_executions.one()) == (cost, count)
    sums = [func.sum(days.c[name]) for name in _ADDED]
    by_dimension = {row[0]: tuple(map(int, row[1:])) for row in
                    connection.execute(select(days.c.dimension, *sums).group_by(days.c.dimension))}  # fmt: skip
    if not by_dimension:
        assert not count
        return
    assert by_dimension.keys() == set(DIMENSIONS)
    assert len(set(by_dimension.values())) == 1, by_dimension
    total = Sums(**dict(zip(_ADDED, by_dimension["total"], strict=True)))
    assert (total.cost_nano_usd, total.calls) == (cost, count)


def check_integrity(connection: Connection) -> None:
    """Assert that a SQLite file is sound. (A client that is killed cannot harm PostgreSQL's files.)"""
    if connection.dialect.name == "sqlite":
        assert connection.scalar(text("PRAGMA integrity_check")) == "ok"


def unsettled(spans: list[EndedSpan]) -> tuple[Call, ...]:
    """Return the calls of an execution that is under way."""
    store = NaiveStore()
    recorder = Recorder(store, Clock(EPOCH_NANO))
    for span in spans:
        recorder.engine.end(span)
    recorder.flusher._commit_all()
    (stored,) = store.executions.values()
    return stored.calls


def settled_calls(stored: Stored) -> dict[int, Call]:
    """Return the calls that the spans in the store come to, as a process has it that takes them up to settle them."""
    store = NaiveStore()
    store.executions[stored.execution_id] = stored
    clock = Clock(EPOCH_NANO)
    recorder = Recorder(store, clock)
    finish(recorder, clock, lambda: not store.executions[stored.execution_id].is_settled)
    return by_span(store.executions[stored.execution_id].calls)


def without_verdicts(of: Iterable[Call]) -> dict[int, Call]:
    return {call.span_id: replace(call, status="priced", reason=None, cost_nano_usd=0, payer_span_id=0) for call in of}


def held_by(stored: Stored) -> set[int]:
    """Return the span ids that are stored of an execution."""
    held: set[int] = set()
    for segment in stored.segments:
        facts, links = unpack(stored.execution_id, segment)
        held.update(fact.span_id for fact in facts)
        held.update(link.span_id for link in links)
    return held


def essence(summary: ExecutionSummary) -> ExecutionSummary:
    """Return all that may not depend on what happened on the way."""
    extent = (summary.start_unix_nano, summary.end_unix_nano) if summary.complete else (0, 0)
    return summary._replace(
        calls_list=(), agents=dict(summary.agents), models=dict(summary.models), tools=dict(summary.tools),
        providers=dict(summary.providers), features=dict(summary.features),
        start_unix_nano=extent[0], end_unix_nano=extent[1],
    )  # fmt: skip


def by_span(of: Iterable[Call]) -> dict[int, Call]:
    return {call.span_id: call for call in of}


def differences(stored: Stored, expected: ExecutionSummary) -> list[str]:
    """Return what of a stored execution is not as it should be, in words."""
    name = f"execution {stored.execution_id:032x}"
    found = [] if stored.is_settled else [f"{name} is not settled"]
    is_there, should_be = by_span(stored.calls), by_span(expected.calls_list)
    for span_id in is_there.keys() | should_be.keys():
        found += _unlike(f"{name}, call {span_id:016x}", is_there.get(span_id), should_be.get(span_id))
    return found + _unlike(name, essence(stored.summary), essence(expected))


def _unlike(
    name: str, is_there: Call | ExecutionSummary | None, should_be: Call | ExecutionSummary | None
) -> list[str]:
    if is_there is None or should_be is None:
        return [] if is_there is should_be else [f"{name}: {is_there} instead of {should_be}"]
    told = asdict(is_there) if isinstance(is_there, Call) else is_there._asdict()
    return [
        f"{name}: {field} is {value!r} instead of {getattr(should_be, field)!r}"
        for field, value in told.items()
        if value != getattr(should_be, field)
    ]


def executions_by_key(all_calls: Iterable[Call], time_zone: str) -> dict[tuple[int, str, str], int]:
    """Return for each day and key how many executions have their first paying call there."""
    day_of = Calendar(time_zone).day_of
    first: dict[tuple[int, str, str], int] = {}
    for call in all_calls:
        if call.status != DUPLICATE:
            day = day_of(call.start_unix_nano)
            for dimension, key in zip(DIMENSIONS, keys_of(call), strict=True):
                place = (call.trace_id, dimension, key)
                first[place] = min(first.get(place, day), day)
    counted: dict[tuple[int, str, str], int] = {}
    for (_, dimension, key), day in first.items():
        counted[day, dimension, key] = counted.get((day, dimension, key), 0) + 1
    return counted


def _stored_executions_by_key(connection: Connection) -> dict[tuple[int, str, str], int]:
    rows = connection.execute(select(days.c.day, days.c.dimension, days.c.key, days.c.executions))
    return {(int(row[0]), row[1], row[2]): int(row[3]) for row in rows if row[3]}


def backend_of(store: Store):  # type: ignore[no-untyped-def]
    return store._backend  # type: ignore[attr-defined]


def sums_of_all(url: str) -> Sums:
    """Return what all calls of a store add up to."""
    store = open_store(url)
    total = NO_SUMS
    for call in store.calls(0, 2**63 - 1):
        total = total.plus(sums_of(call))
    store.close()
    return total
