"""Whatever changes from commit to commit, what is added to each day sums up to what the calls in the end say."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from hypothesis import given, settings
from hypothesis import strategies as st

from otel_agentcost.ledger.calendar import Calendar
from otel_agentcost.ledger.changes import call_changes, day_changes
from otel_agentcost.model.call import Call
from otel_agentcost.model.dimension import DIMENSIONS, keys_of
from otel_agentcost.model.outcome import DUPLICATE
from otel_agentcost.model.sums import NO_SUMS, Sums, sums_of
from tests.unit.stores.making import ALICE, BOB, DAY, NOON, call, duplicate, tool_call

from .examples import examples

Place = tuple[int, str, str]
DAY_OF = Calendar("Europe/Berlin").day_of
STARTS = st.sampled_from((0, 1, 11 * DAY // 24, DAY, 5 * DAY, -DAY)).map(NOON.__add__)


@st.composite
def calls(draw: st.DrawFn, span_id: int) -> Call:
    at = draw(STARTS)
    kind = draw(st.sampled_from(("call", "call", "call", "duplicate", "tool")))
    if kind == "duplicate":
        return duplicate(1, span_id, 99, at)
    if kind == "tool":
        return tool_call(1, span_id, at, draw(st.sampled_from((0, 500))))
    cost, who = draw(st.sampled_from((0, 7))), draw(st.sampled_from((ALICE, BOB)))
    status, model = draw(st.sampled_from(("priced", "unpriced", "estimated"))), draw(st.sampled_from(("a", "b", None)))
    return call(1, span_id, at, cost, who=who, model=model, status=status)


@st.composite
def states(draw: st.DrawFn) -> list[dict[int, Call]]:
    """Draw what an execution's calls are at one commit after the other."""
    return [
        {span_id: draw(calls(span_id)) for span_id in draw(st.sets(st.integers(1, 4)))}
        for _ in range(draw(st.integers(1, 3)))
    ]


def truth(now: Mapping[int, Call]) -> dict[Place, Sums]:
    sums: defaultdict[Place, Sums] = defaultdict(lambda: NO_SUMS)
    first: dict[tuple[str, str], int] = {}
    for each in now.values():
        if each.status == DUPLICATE:
            continue
        day = DAY_OF(each.start_unix_nano)
        for place in zip(DIMENSIONS, keys_of(each), strict=True):
            sums[(day, *place)] = sums[(day, *place)].plus(sums_of(each))
            first[place] = min(day, first.get(place, day))
    for place, day in first.items():
        sums[(day, *place)] = sums[(day, *place)].plus(Sums(executions=1))
    return dict(sums)


@settings(max_examples=examples(300), deadline=None)
@given(states())
def test_the_changes_of_days_add_up_to_the_calls(commits: list[dict[int, Call]]) -> None:
    added: dict[Place, Sums] = {}
    booked: dict[int, Call] = {}
    for now in commits:
        changes = day_changes(call_changes(booked, now), booked, now, DAY_OF)
        assert len({change[:3] for change in changes}) == len(changes)
        assert all(any(change.sums) for change in changes)
        for day, dimension, key, sums in changes:
            added[day, dimension, key] = added.get((day, dimension, key), NO_SUMS).plus(sums)
        booked = now
        assert {place: sums for place, sums in added.items() if sums != NO_SUMS} == truth(now)
