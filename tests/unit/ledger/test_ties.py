"""Which calls of other traces one could be: those that share a response, and strays of the same counts and time."""

from __future__ import annotations

import random

from otel_agentcost.ledger.standing import standing
from otel_agentcost.ledger.ties import Sought, ties_of, ties_sought_by
from otel_agentcost.model.books import Tie
from otel_agentcost.model.fact import Fact
from otel_agentcost.model.usage import Usage

from .facts import call


def meet(a: Fact, b: Fact) -> bool:
    """Return whether one call would find the other by its ties."""
    facts, verdicts = {b.span_id: b}, {b.span_id: standing(b)}
    sought = Sought((1, tie) for tie in ties_sought_by({a.span_id: a}, {a.span_id: standing(a)}))
    return any(list(sought.owners(tie)) for tie in ties_of(facts, verdicts, verdicts))


def test_a_stray_meets_calls_of_its_counts_and_time_and_they_meet_it() -> None:
    stray, inside = call(2, 0, (1, 9), trace_id=2), call(3, 1, (0, 10))
    assert meet(stray, inside)
    assert meet(inside, stray)
    assert meet(stray, call(4, 0, (2, 8), trace_id=3))


def test_two_calls_that_both_have_parents_are_two_calls() -> None:
    assert not meet(call(2, 1, (1, 9), trace_id=2), call(3, 1, (0, 10)))


def test_calls_at_other_times_or_of_other_counts_do_not_meet() -> None:
    assert not meet(call(2, 0, (1, 9), trace_id=2), call(3, 1, (100, 110)))
    assert not meet(call(2, 0, (1, 9), trace_id=2), call(3, 1, (0, 10), usage=Usage(7, 7)))


def test_calls_that_name_one_response_meet_whatever_they_are() -> None:
    assert meet(call(2, 1, (0, 9), trace_id=2, response_id="r"), call(3, 1, (50, 60), response_id="r"))


def test_ties_are_found_by_time_as_if_each_were_looked_at() -> None:
    chance = random.Random(1)
    for _ in range(300):
        ties = [(n, Tie(chance.randrange(2), start := chance.randrange(50), start + chance.randrange(20)))
                for n in range(chance.randrange(20))]  # fmt: skip
        start = chance.randrange(50)
        one = Tie(chance.randrange(2), start, start + chance.randrange(20))
        assert sorted(Sought(ties).owners(one)) == [
            owner
            for owner, (key, start, end) in ties
            if key == one.key and start <= one.end_unix_nano and one.start_unix_nano <= end
        ]
