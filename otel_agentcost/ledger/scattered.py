"""Recognise an agent's sum whose calls lie in other traces.

Where a framework loses the context (a thread pool, a queue), its calls start traces of their own, and the agent's own
sum, below which nothing stands, would be paid beside them. The sum is theirs where the strays of the same process
within its time add up to it exactly.
"""

from __future__ import annotations

from collections.abc import Iterable

from otel_agentcost.ledger.same_call import contains
from otel_agentcost.ledger.standing import Verdict
from otel_agentcost.model.fact import Fact
from otel_agentcost.model.outcome import DUPLICATE, ESTIMATED, Reason

MAX_STRAYS = 256
"""Of more calls within one agent's time it cannot be told which were its own."""


def is_open_sum(fact: Fact, verdict: Verdict | None) -> bool:
    """Return whether the span's own sum is counted, since nothing below it was."""
    reading = fact.reading
    return (
        verdict is not None
        and verdict.status == ESTIMATED
        and reading is not None
        and not reading.is_billable
        and reading.covers == "sum"
    )


def scattered_calls(fact: Fact, strays: Iterable[Fact], taken: frozenset[int] | set[int] = frozenset()) -> list[Fact]:
    """Return the strays that make up the sum, by start time; none where they do not add up to it.

    `taken` holds the `id`s of strays that another sum has claimed.
    """
    usage = fact.reading.usage if fact.reading is not None else None
    if usage is None:
        return []
    inside: list[Fact] = []
    for stray in strays:
        if (
            stray.trace_id != fact.trace_id
            and id(stray) not in taken
            and stray.process == fact.process
            and contains(fact, stray)
            and stray.reading is not None
            and stray.reading.usage is not None
        ):
            inside.append(stray)
            if len(inside) > MAX_STRAYS:
                return []
    counts = [stray.reading.usage.counts[:2] for stray in inside if stray.reading is not None and stray.reading.usage]
    if not counts or (sum(each[0] for each in counts), sum(each[1] for each in counts)) != usage.counts[:2]:
        return []
    return sorted(inside, key=lambda stray: (stray.start_unix_nano, stray.span_id))


def repeats(calls: list[Fact]) -> Verdict:
    """Return the verdict of a sum that its calls pay."""
    return Verdict(DUPLICATE, Reason.SAME_CALL_IN_ANOTHER_TRACE, 0, calls[-1].span_id)
