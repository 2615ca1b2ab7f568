"""What ties a call to spans of the same call in other traces, as `across.py` matches them: its response, its counts."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping

from otel_agentcost.ledger.same_call import CLOCK_TOLERANCE_NANO
from otel_agentcost.ledger.standing import Verdict
from otel_agentcost.model.books import Tie
from otel_agentcost.model.fact import Fact
from otel_agentcost.model.outcome import DUPLICATE, Reason

_RESPONSE_TIME_NANO = 600_000_000_000
"""Spans that name one response may end apart, where a stream is told at its start and at its end."""


def ties_of(facts: Mapping[int, Fact], verdicts: Mapping[int, Verdict], span_ids: Iterable[int]) -> list[Tie]:
    """Return the ties of these spans, where they stand for a call that no other span of their own trace pays."""
    ties: list[Tie] = []
    for span_id in span_ids:
        fact, verdict = facts.get(span_id), verdicts.get(span_id)
        reading = None if fact is None else fact.reading
        if fact is None or reading is None or verdict is None or not reading.is_billable or reading.covers != "call":
            continue
        if verdict.status == DUPLICATE and verdict.reason != Reason.SAME_CALL_IN_ANOTHER_TRACE:
            continue
        start, end = fact.start_unix_nano - CLOCK_TOLERANCE_NANO, fact.end_unix_nano + CLOCK_TOLERANCE_NANO
        if reading.response_id:
            ties.append(Tie(_key(f"response {reading.response_id}"), start, end + _RESPONSE_TIME_NANO))
        if reading.usage is not None:
            counts = f"counts {fact.process} {reading.kind} {reading.usage[0]} {reading.usage[1]}"
            ties.append(Tie(_key(counts), start, end))
    return ties


def overlap(a: Tie, b: Tie) -> bool:
    """Return whether two ties have one key and their times overlap."""
    return a.key == b.key and a.start_unix_nano <= b.end_unix_nano and b.start_unix_nano <= a.end_unix_nano


def _key(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=8).digest(), "big", signed=True)
