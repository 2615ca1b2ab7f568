"""What one span's numbers are worth on their own, before it is known whether another span stands for the same call."""

from __future__ import annotations

from msgspec import Struct

from otel_agentcost.model.fact import Fact
from otel_agentcost.model.money import NanoUsd
from otel_agentcost.model.outcome import ESTIMATED, FREE, MAKES_UNPRICED, PRICED, UNPRICED, Reason, Status


class Verdict(Struct, frozen=True, array_like=True, gc=False):
    """A span's outcome. `payer_span_id` names the span that pays in the place of a duplicate (0 where unknown)."""

    status: Status
    reason: str | None = None
    cost_nano_usd: NanoUsd = 0
    payer_span_id: int = 0


def standing(fact: Fact, *, without_doubt: bool = False) -> Verdict:
    """Return the verdict for a span that stands alone for its call; `without_doubt` where its doubt was disproved."""
    reading, quote = fact.reading, fact.quote
    if reading is None:
        return Verdict(UNPRICED, Reason.MISSING_USAGE)
    if quote is not None and quote.source == "provider" and quote.status != UNPRICED:
        return Verdict(quote.status, None, quote.cost_nano_usd)
    doubt = None if without_doubt else reading.doubt
    if doubt is not None and doubt in MAKES_UNPRICED:
        return Verdict(UNPRICED, doubt)
    if reading.usage is None or quote is None:
        return Verdict(UNPRICED, doubt or Reason.MISSING_USAGE)
    if quote.status == UNPRICED:
        return Verdict(UNPRICED, quote.reason)
    if doubt is not None or quote.status == ESTIMATED:
        return Verdict(ESTIMATED, doubt or quote.reason, quote.cost_nano_usd)
    if quote.status == FREE:
        return Verdict(FREE, None, 0)
    return Verdict(PRICED, None, quote.cost_nano_usd)


_OWN_SDK = frozenset({"anthropic_sdk", "mistral_sdk"})
"""Spans that the provider's own SDK writes take their counts from the response that it has just parsed."""

_WORTH: dict[Status, int] = {PRICED: 4, FREE: 4, ESTIMATED: 3, UNPRICED: 1}


def worth(fact: Fact, verdict: Verdict) -> tuple[int, int, int]:
    """Return how good a span's numbers are, for choosing who pays: by outcome, by detail, by who wrote them."""
    reading = fact.reading
    if fact.quote is not None and fact.quote.source == "provider" and verdict.status != UNPRICED:
        return (5, 0, 0)  # the bill itself
    usage = reading.usage if reading is not None else None
    if reading is None or usage is None:
        return (0, 0, 0)
    grade = _WORTH.get(verdict.status, 0)
    if verdict.status == UNPRICED and verdict.reason in MAKES_UNPRICED:
        grade = 0
    return (grade, sum(1 for count in usage.counts[2:] if count), 1 if reading.convention in _OWN_SDK else 0)
