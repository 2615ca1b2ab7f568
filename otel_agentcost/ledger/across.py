"""Find calls that two instrumentations told in two different traces.

Some frameworks' instrumentations set no current span, so that the provider SDK's span starts a trace of its own. Such a
span is a root without relatives; it is matched one to one with a call of another trace, seen by another
instrumentation: by response id, else by model, tokens and time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from otel_agentcost.ledger.same_call import (
    CLOCK_TOLERANCE_NANO,
    beside_is_same_call,
    contains,
    models_agree,
    tokens_agree,
    told_again,
)
from otel_agentcost.ledger.standing import Verdict, worth
from otel_agentcost.model.fact import Fact
from otel_agentcost.model.outcome import DUPLICATE, UNPRICED, Reason

MAX_COMPARED = 128
"""Of so many calls under way at once, with the same counts, the earliest are compared; a judgement must end."""


class Standing(NamedTuple):
    """A call that stands in its own trace, as `across` compares it.

    `is_stray`: its span has no parent. `told_by`: the scopes of all spans that were found to stand for it.
    """

    fact: Fact
    verdict: Verdict
    is_stray: bool
    told_by: frozenset[str]


class Transfer(NamedTuple):
    """One correction: the span of `fact` is a duplicate of the call that `payer` pays."""

    fact: Fact
    payer: Fact
    verdict: Verdict


def across(standings: Iterable[Standing]) -> Iterator[Transfer]:
    """Yield the duplicates between traces. Deterministic in the set of calls, whatever their order."""
    ordered = sorted(standings, key=lambda s: (s.fact.start_unix_nano, s.fact.trace_id, s.fact.span_id))
    gone: set[int] = set()
    told_by = {id(standing.fact): standing.told_by for standing in ordered}
    yield from _by_response_id(ordered, gone, told_by)
    yield from _by_time(ordered, gone, told_by)


def _preference(standing: Standing, other: Standing) -> tuple[tuple[int, int, int], bool, int, int, int, int]:
    """Rank who pays: by numbers; where the models differ by who is inside, since a gateway knows what it asked."""
    fact, reading, theirs = standing.fact, standing.fact.reading, other.fact.reading
    swapped = reading is not None and theirs is not None and not models_agree(reading, theirs)
    return (
        worth(fact, standing.verdict),
        swapped and contains(other.fact, fact) and _nano(fact) < _nano(other.fact),
        0 if standing.is_stray else 1,
        -fact.start_unix_nano,
        -fact.trace_id,
        -fact.span_id,
    )


def _transfer(a: Standing, b: Standing, gone: set[int], told_by: dict[int, frozenset[str]]) -> Transfer:
    payer, other = (a, b) if _preference(a, b) >= _preference(b, a) else (b, a)
    gone.add(id(other.fact))
    told_by[id(payer.fact)] = told_by[id(a.fact)] | told_by[id(b.fact)]
    verdict = Verdict(DUPLICATE, Reason.SAME_CALL_IN_ANOTHER_TRACE, 0, payer.fact.span_id)
    return Transfer(other.fact, payer.fact, verdict)


def _by_response_id(ordered: list[Standing], gone: set[int], told_by: dict[int, frozenset[str]]) -> Iterator[Transfer]:
    """Match calls that name one response."""
    first: dict[str, Standing] = {}
    for standing in ordered:
        reading = standing.fact.reading
        if reading is None or not reading.response_id:
            continue
        earlier = first.get(reading.response_id)
        if earlier is None:
            first[reading.response_id] = standing
            continue
        other = earlier.fact.reading
        if other is None or earlier.fact.trace_id == standing.fact.trace_id:
            continue
        same_scope = earlier.fact.scope == standing.fact.scope
        if (
            told_again(other, reading)
            if same_scope
            else (
                told_by[id(earlier.fact)].isdisjoint(standing.told_by)
                and beside_is_same_call(earlier.fact, standing.fact)
            )
        ):
            transfer = _transfer(earlier, standing, gone, told_by)
            if transfer.fact is earlier.fact:
                first[reading.response_id] = standing
            yield transfer


def _by_time(ordered: list[Standing], gone: set[int], told_by: dict[int, frozenset[str]]) -> Iterator[Transfer]:
    """Match strays with the calls of other traces whose times fit best; no call takes two spans of one scope."""
    waiting: dict[tuple[object, ...], dict[int, Standing]] = {}
    for standing in ordered:
        fact, reading = standing.fact, standing.fact.reading
        if id(fact) in gone or reading is None or reading.usage is None or standing.verdict.status == UNPRICED:
            continue
        counts = (reading.kind, *reading.usage.counts[:2])
        best: tuple[int, int, Standing] | None = None
        for key in ((counts, True), (counts, False)) if standing.is_stray else ((counts, True),):
            candidates = waiting.get(key, {})
            for other in _under_way(candidates, fact.start_unix_nano, gone):
                if told_by[id(other.fact)].isdisjoint(told_by[id(fact)]) and _same_call_in_time(other, standing):
                    fit = (_apart(other.fact, fact), other.fact.span_id, other)
                    best = fit if best is None else min(best, fit, key=lambda found: found[:2])
        if best is not None:
            yield _transfer(best[2], standing, gone, told_by)
        waiting.setdefault((counts, standing.is_stray), {})[id(fact)] = standing


def _under_way(candidates: dict[int, Standing], at_unix_nano: int, gone: set[int]) -> list[Standing]:
    """Return those that may be the same call as one that starts then, and forget those that ended before."""
    found: list[Standing] = []
    past: list[int] = []
    for key, standing in candidates.items():
        if standing.fact.end_unix_nano + CLOCK_TOLERANCE_NANO < at_unix_nano or key in gone:
            past.append(key)
        elif len(found) == MAX_COMPARED:
            break
        else:
            found.append(standing)
    for key in past:
        del candidates[key]
    return found


def _nano(fact: Fact) -> int:
    return fact.end_unix_nano - fact.start_unix_nano


def _apart(a: Fact, b: Fact) -> int:
    return abs(a.start_unix_nano - b.start_unix_nano) + abs(a.end_unix_nano - b.end_unix_nano)


def _same_call_in_time(a: Standing, b: Standing) -> bool:
    one, other = a.fact.reading, b.fact.reading
    if one is None or other is None or a.fact.trace_id == b.fact.trace_id or (one.response_id and other.response_id):
        return False
    if a.fact.process != b.fact.process:
        return False  # equal counts at one time are a coincidence between processes; within one they are one call
    return (
        models_agree(one, other) and tokens_agree(one, other) and (contains(a.fact, b.fact) or contains(b.fact, a.fact))
    )
