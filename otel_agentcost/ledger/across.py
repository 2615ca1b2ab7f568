"""Find calls that two instrumentations told in two different traces.

Some frameworks' instrumentations set no current span, so that the provider SDK's span starts a trace of its own. Such a
span is a root without relatives; it is matched one to one with a call of another trace, seen by another
instrumentation: by response id, else by model, tokens and time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from otel_agentcost.ledger.same_call import contains, models_agree, tokens_agree
from otel_agentcost.ledger.standing import Verdict, worth
from otel_agentcost.model.fact import Fact
from otel_agentcost.model.outcome import DUPLICATE, UNPRICED, Reason


class Standing(NamedTuple):
    """A call that stands in its own trace, as `across` compares it. `is_stray`: its span has no parent."""

    fact: Fact
    verdict: Verdict
    is_stray: bool


class Transfer(NamedTuple):
    """One correction: the span of `fact` is a duplicate of the call that `payer` pays."""

    fact: Fact
    payer: Fact
    verdict: Verdict


def across(standings: Iterable[Standing]) -> Iterator[Transfer]:
    """Yield the duplicates between traces. Deterministic in the set of calls, whatever their order."""
    ordered = sorted(standings, key=lambda s: (s.fact.start_unix_nano, s.fact.trace_id, s.fact.span_id))
    gone: set[int] = set()
    yield from _by_response_id(ordered, gone)
    yield from _by_time(ordered, gone)


def _preference(standing: Standing) -> tuple[tuple[int, int, int], int, int, int, int]:
    fact = standing.fact
    return (
        worth(fact, standing.verdict),
        0 if standing.is_stray else 1,
        -fact.start_unix_nano,
        -fact.trace_id,
        -fact.span_id,
    )


def _transfer(a: Standing, b: Standing, gone: set[int]) -> Transfer:
    payer, other = (a, b) if _preference(a) >= _preference(b) else (b, a)
    gone.add(id(other.fact))
    verdict = Verdict(DUPLICATE, Reason.SAME_CALL_IN_ANOTHER_TRACE, 0, payer.fact.span_id)
    return Transfer(other.fact, payer.fact, verdict)


def _by_response_id(ordered: list[Standing], gone: set[int]) -> Iterator[Transfer]:
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
        if models_agree(other, reading) and earlier.fact.scope != standing.fact.scope:
            transfer = _transfer(earlier, standing, gone)
            if transfer.fact is earlier.fact:
                first[reading.response_id] = standing
            yield transfer


def _by_time(ordered: list[Standing], gone: set[int]) -> Iterator[Transfer]:
    """Match strays with calls around them in time; each call takes one stray of each other scope at most."""
    active: list[Standing] = []
    taken: set[tuple[int, str]] = set()
    for standing in ordered:
        fact = standing.fact
        active = [s for s in active if s.fact.end_unix_nano >= fact.start_unix_nano]
        if id(fact) in gone or fact.reading is None or standing.verdict.status == UNPRICED:
            continue
        for other in active:
            if id(other.fact) in gone or (id(other.fact), fact.scope) in taken:
                continue
            if _same_call_in_time(other, standing):
                taken.update(((id(other.fact), fact.scope), (id(fact), other.fact.scope)))
                yield _transfer(other, standing, gone)
                break
        active.append(standing)


def _same_call_in_time(a: Standing, b: Standing) -> bool:
    one, other = a.fact.reading, b.fact.reading
    if one is None or other is None or one.usage is None or other.usage is None:
        return False
    if a.fact.trace_id == b.fact.trace_id or a.fact.scope == b.fact.scope or one.kind != other.kind:
        return False
    if not (a.is_stray or b.is_stray) or (one.response_id and other.response_id):
        return False
    return (
        models_agree(one, other)
        and one.usage[:2] == other.usage[:2]
        and tokens_agree(one, other)
        and (contains(a.fact, b.fact) or contains(b.fact, a.fact))
    )
