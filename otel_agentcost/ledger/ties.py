"""What ties a call to spans of the same call in other traces, as `across.py` matches them: its response, its counts."""

from __future__ import annotations

import hashlib
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping

from otel_agentcost.ledger.same_call import CLOCK_TOLERANCE_NANO
from otel_agentcost.ledger.standing import Verdict
from otel_agentcost.model.books import Tie
from otel_agentcost.model.fact import Fact
from otel_agentcost.model.outcome import DUPLICATE, Reason
from otel_agentcost.model.reading import Reading

_RESPONSE_TIME_NANO = 600_000_000_000
"""Spans that name one response may end apart, where a stream is told at its start and at its end."""


def ties_of(facts: Mapping[int, Fact], verdicts: Mapping[int, Verdict], span_ids: Iterable[int]) -> list[Tie]:
    """Return the ties of these spans, where they stand for a call that no other span of their own trace pays."""
    return [
        tie for fact, reading in _calls(facts, verdicts, span_ids) for tie in _ties(fact, reading, (_is_stray(fact),))
    ]


def ties_sought_by(facts: Mapping[int, Fact], verdicts: Mapping[int, Verdict]) -> list[Tie]:
    """Return the ties that spans of the same calls in other traces have: of two equal counts, one is a stray's."""
    return [
        tie
        for fact, reading in _calls(facts, verdicts, verdicts)
        for tie in _ties(fact, reading, (True, False) if _is_stray(fact) else (True,))
    ]


def _calls(
    facts: Mapping[int, Fact], verdicts: Mapping[int, Verdict], span_ids: Iterable[int]
) -> Iterator[tuple[Fact, Reading]]:
    for span_id in span_ids:
        fact, verdict = facts.get(span_id), verdicts.get(span_id)
        reading = None if fact is None else fact.reading
        if fact is None or reading is None or verdict is None or not reading.is_billable or reading.covers != "call":
            continue
        if verdict.status == DUPLICATE and verdict.reason != Reason.SAME_CALL_IN_ANOTHER_TRACE:
            continue
        yield fact, reading


def _ties(fact: Fact, reading: Reading, of_strays: Iterable[bool]) -> Iterator[Tie]:
    start, end = fact.start_unix_nano - CLOCK_TOLERANCE_NANO, fact.end_unix_nano + CLOCK_TOLERANCE_NANO
    if reading.response_id:
        yield Tie(_key(f"response {reading.response_id}"), start, end + _RESPONSE_TIME_NANO)
    if reading.usage is not None:
        counts = f"counts {fact.process} {reading.kind} {reading.usage.input_tokens} {reading.usage.output_tokens}"
        for of_stray in of_strays:
            yield Tie(_key(f"stray {counts}" if of_stray else counts), start, end)


def _is_stray(fact: Fact) -> bool:
    return fact.parent_span_id == 0


class Sought:
    """Ties by key and time, with whom each belongs to."""

    def __init__(self, ties: Iterable[tuple[int, Tie]]) -> None:
        by_key: dict[int, list[tuple[int, int, int]]] = {}
        for owner, (key, start, end) in ties:
            by_key.setdefault(key, []).append((start, end, owner))
        self._by_key = {
            key: (sorted(found), max(end - start for start, end, _ in found)) for key, found in by_key.items()
        }

    def owners(self, tie: Tie) -> Iterator[int]:
        """Yield whose ties have the key of this one, and overlap it in time."""
        key, start, end = tie
        found, longest_nano = self._by_key.get(key, ((), 0))
        for at in range(bisect_left(found, (start - longest_nano,)), len(found)):
            its_start, its_end, owner = found[at]
            if its_start > end:
                return
            if its_end >= start:
                yield owner


def _key(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=8).digest(), "big", signed=True)
