"""A span in doubt about its cached tokens is still the same call as the one beside it that knows them."""

from __future__ import annotations

from otel_agentcost.ledger.judge import judge
from otel_agentcost.model.fact import Fact
from otel_agentcost.model.outcome import DUPLICATE, PRICED, Reason
from otel_agentcost.model.quote import Quote
from otel_agentcost.model.reading import INFERENCE, Reading
from otel_agentcost.model.usage import Usage


def _call(span_id: int, scope: str, usage: Usage, start: int, end: int, doubt: str | None = None) -> Fact:
    reading = Reading(INFERENCE, "otel_genai")
    reading.request_model = "mistral-small-latest"
    reading.usage = usage
    reading.doubt = doubt
    return Fact(1, span_id, 9, "chat", scope, start, end, reading, Quote(PRICED, None, usage.input_tokens))


def test_the_span_that_knows_the_cached_tokens_pays_for_both() -> None:
    inner = _call(1, "the.sdk", Usage(2000, 80), 2_000_000, 9_000_000, Reason.CACHE_TOKENS_NOT_REPORTED)
    outer = _call(2, "an.instrumentation", Usage(2000, 80, 1536), 1_000_000, 10_000_000)
    verdicts = judge({1: inner, 2: outer}, {1: 9, 2: 9, 9: 0})
    assert (verdicts[1].status, verdicts[1].payer_span_id) == (DUPLICATE, 2)
    assert verdicts[2].status == PRICED


def test_two_calls_with_other_counts_both_pay_whatever_one_is_in_doubt_about() -> None:
    one = _call(1, "the.sdk", Usage(2000, 80), 2_000_000, 9_000_000, Reason.CACHE_TOKENS_NOT_REPORTED)
    other = _call(2, "an.instrumentation", Usage(2100, 80), 1_000_000, 10_000_000)
    verdicts = judge({1: one, 2: other}, {1: 9, 2: 9, 9: 0})
    assert DUPLICATE not in {verdict.status for verdict in verdicts.values()}
