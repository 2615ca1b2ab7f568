"""Whatever is committed in whatever order, the memory store and SQLite give the same answers, and the true ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from otel_agentcost.model.books import Change
from otel_agentcost.model.call import Call
from otel_agentcost.model.dimension import DIMENSIONS, Dimension
from otel_agentcost.model.execution import State
from otel_agentcost.model.identity import NOBODY, Identity
from otel_agentcost.model.query import ExecutionQuery, ReportQuery
from otel_agentcost.model.sums import Sums
from otel_agentcost.model.usage import Usage
from otel_agentcost.stores.open import Store, open_store
from tests.unit.ledger.expected_windows import nano
from tests.unit.stores.committing import in_order
from tests.unit.stores.making import ALICE, BOB, HOUR, Recorded, call, duplicate, tool_call, true_report

from .examples import examples

pytest.importorskip("sqlalchemy")

START = nano("2021-10-29 20:00")
"""Two days before Berlin's clocks go back, on a month's last day."""
IDS = (1, 2**64, 2**127 + 5, 2**128 - 1)
ZONES = ("UTC", "Europe/Berlin", "Asia/Kolkata", "America/New_York")
PEOPLE = (NOBODY, ALICE, BOB, Identity("alice", "search", feature="triage"))

times = st.integers(0, 4 * 24 * 4).map(lambda quarters: START + quarters * HOUR // 4) | st.integers(
    START, START + 96 * HOUR
)
costs = st.sampled_from([0, 1, 1_000, 2**40]) | st.integers(0, 10**12)
usages = st.builds(Usage, *[st.integers(0, 10**6)] * len(Usage.__struct_fields__))
agents = st.sampled_from([None, "planner", "writer", 'it\'s "x" \\ %_'])
span_ids = st.sampled_from([1, 2, 3, 2**63 + 1, 2**64 - 1])
execution_ids = st.sampled_from(IDS)


@st.composite
def calls_of(draw: st.DrawFn, execution_id: int) -> list[Call]:
    """Draw all calls that an execution has at some moment."""
    calls: list[Call] = []
    for span_id in draw(st.lists(span_ids, unique=True, max_size=4)):
        at = draw(times)
        what = draw(st.sampled_from(["model", "model", "model", "tool", "duplicate"]))
        if what == "tool":
            calls.append(tool_call(execution_id, span_id, at, draw(costs), draw(st.sampled_from(["search", "fetch"]))))
        elif what == "duplicate":
            calls.append(duplicate(execution_id, span_id, draw(span_ids), at))
        else:
            status = draw(st.sampled_from(["priced", "priced", "estimated", "unpriced", "free"]))
            calls.append(
                call(
                    execution_id, span_id, at, draw(costs) if status in ("priced", "estimated") else 0,
                    who=draw(st.sampled_from(PEOPLE)), agent=draw(agents), usage=draw(usages), status=status,
                    model=draw(st.sampled_from([None, "gpt-4o", "o3"])), tool=draw(st.sampled_from([None, "search"])),
                )
            )  # fmt: skip
    return calls


class Both:
    """The two stores, and what their books must say."""

    def __init__(self, time_zone: str) -> None:
        self.memory: Store = open_store("memory:", time_zone)
        self.sql: Store = open_store("sqlite://", time_zone)
        self.recorded = {execution_id: Recorded(execution_id, time_zone) for execution_id in IDS}
        self.sent: list[Change] = []
        """What was written. Sent again, it is of an older version for ever."""

    def commit(self, changes: list[Change]) -> None:
        left_out = set(self.memory.commit(changes))
        assert left_out == set(self.sql.commit(changes))
        held: set[int] = set()
        for change in changes:
            recorded = self.recorded[change.execution_id]
            if change.execution_id not in held and change.base_version == recorded.version:
                held.add(change.execution_id)
                recorded.committed(change)
                self.sent.append(change)
            else:
                assert change.execution_id in left_out

    def executions(self) -> Mapping[int, list[Call]]:
        return {each.execution_id: list(each.booked.values()) for each in self.recorded.values() if each.version}

    def close(self) -> None:
        self.memory.close()
        self.sql.close()


@st.composite
def changes_of(draw: st.DrawFn, both: Both) -> list[Change]:
    """Draw one commit: new states of executions, and now and then what was sent before or is for another version."""
    changes: list[Change] = []
    for execution_id in draw(st.lists(execution_ids, min_size=1, max_size=3)):
        recorded = both.recorded[execution_id]
        if both.sent and draw(st.integers(0, 5)) == 0:
            changes.append(draw(st.sampled_from(both.sent)))
            continue
        state: State = draw(st.sampled_from(["running", "completed", "abandoned"]))
        change = recorded.change(
            draw(calls_of(execution_id)), segment=draw(st.binary(max_size=3)), settles=draw(st.booleans()), state=state,
            seen=draw(times), tool_calls=draw(st.integers(0, 3)), root_span_id=draw(st.sampled_from([0, 2**64 - 1])),
            root_name=draw(st.sampled_from([None, "POST /answer"])),
        )  # fmt: skip
        if draw(st.integers(0, 7)) == 0:
            change = change._replace(base_version=change.base_version + draw(st.sampled_from([-1, 1])))
        changes.append(change)
    return [change for change in changes if change.base_version >= 0]


reports = st.builds(
    ReportQuery,
    st.sampled_from((*DIMENSIONS, "day", "hour")),
    times | st.just(0),
    times | st.just(2**63 - 1),
    st.sampled_from(ZONES),
    st.dictionaries(
        st.sampled_from(DIMENSIONS), st.sampled_from(["", "alice", "search", "planner", "gpt-4o"]), max_size=2
    ),
)


def text(*names: str) -> st.SearchStrategy[str | None]:
    return st.none() | st.none() | st.sampled_from(["", *names])


queries = st.builds(
    ExecutionQuery,
    since_unix_nano=st.none() | times,
    until_unix_nano=st.none() | times,
    user=text("alice"),
    team=text("search"),
    agent=text("planner", 'it\'s "x" \\ %_', "x"),
    model=text("gpt-4o", "gpt"),
    state=st.none() | st.sampled_from(["running", "completed"]),
    min_cost_nano_usd=st.none() | costs,
    max_cost_nano_usd=st.none() | costs,
    order=st.sampled_from(["cost", "start", "duration", "calls"]),
    descending=st.booleans(),
    limit=st.none() | st.integers(0, 4),
    offset=st.integers(0, 2),
)


@pytest.mark.integration
@settings(
    max_examples=examples(80), deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
@given(st.data())
def test_two_stores_give_the_same_answers_to_the_same_books(data: st.DataObject) -> None:
    both = Both(data.draw(st.sampled_from(ZONES)))
    for _ in range(data.draw(st.integers(1, 6))):
        both.commit(data.draw(changes_of(both)))
    _check_executions(both)
    executions = both.executions()
    for query in data.draw(st.lists(reports, min_size=1, max_size=8)):
        truth = true_report(query, executions.values())
        assert both.memory.report(query) == truth
        assert both.sql.report(query) == truth
    for asked in data.draw(st.lists(queries, min_size=1, max_size=8)):
        assert both.memory.executions(asked) == both.sql.executions(asked)
        assert both.memory.executions_total(asked) == both.sql.executions_total(asked)
    since, until, seen = (data.draw(times) for _ in range(3))
    calls = in_order(each for calls in executions.values() for each in calls)
    within = [each for each in calls if since <= each.start_unix_nano < until]
    limit = data.draw(st.integers(0, 5))
    for store in (both.memory, both.sql):
        assert list(store.calls(since, until)) == within
    assert both.memory.open_executions(seen, limit) == both.sql.open_executions(seen, limit)
    both.close()


def _check_executions(both: Both) -> None:
    memory, sql = both.memory.load(IDS), both.sql.load(IDS)
    assert memory.keys() == sql.keys() == both.executions().keys()
    for execution_id, ours in memory.items():
        theirs: Any = sql[execution_id]
        assert ours._replace(calls=()) == theirs._replace(calls=())
        assert in_order(ours.calls) == in_order(theirs.calls) == in_order(both.executions()[execution_id])
        assert ours.version == both.recorded[execution_id].version
    everything = ExecutionQuery(limit=None)
    total = both.memory.executions_total(everything)
    by: Dimension
    for by in DIMENSIONS:
        rows = both.memory.report(ReportQuery(by, 0, 2**63 - 1))
        assert sum(row.sums.cost_nano_usd for row in rows) == total.cost_nano_usd
        assert sum(row.sums.calls for row in rows) == total.calls
    assert Sums(executions=total.executions) == Sums(executions=len(memory))
