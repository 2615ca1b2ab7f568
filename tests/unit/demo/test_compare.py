from __future__ import annotations

from datetime import datetime, timezone

from otel_agentcost.demo.compare import compare, explain
from otel_agentcost.demo.provider.billing import Bill
from otel_agentcost.model.call import Call
from otel_agentcost.model.outcome import DUPLICATE, PRICED, UNPRICED, Reason, Status
from otel_agentcost.model.usage import Usage

_MODEL = "gpt-4o-mini-2024-07-18"


def _bill(response_id: str, tokens: int, cost: int, sends_usage: bool = True, was_abandoned: bool = False) -> Bill:
    return Bill(
        run="a",
        provider="openai",
        model=_MODEL,
        response_id=response_id,
        usage=Usage(input_tokens=tokens, output_tokens=10),
        cost_nano_usd=cost,
        is_stream=True,
        sends_usage=sends_usage,
        billed_at=datetime(2026, 11, 1, tzinfo=timezone.utc),
        was_abandoned=was_abandoned,
    )


def _call(
    response_id: str | None,
    tokens: int,
    cost: int,
    status: Status = PRICED,
    reason: str | None = None,
    span_id: int = 1,
) -> Call:
    return Call(
        trace_id=1,
        span_id=span_id,
        parent_span_id=0,
        status=status,
        reason=reason,
        provider="openai",
        model=_MODEL,
        request_model="gpt-4o-mini",
        operation="chat",
        usage=Usage(input_tokens=tokens, output_tokens=10 if tokens else 0),
        cost_nano_usd=cost,
        agent=None,
        tool=None,
        response_id=response_id,
        start_unix_nano=0,
        end_unix_nano=1,
        convention="otel_genai",
    )


def test_a_call_that_was_counted_as_it_was_billed_needs_no_explanation():
    (pair,) = compare([_bill("r1", 100, 7)], [_call("r1", 100, 7)])
    assert pair.difference_nano_usd == 0
    assert pair.is_explained


def test_a_call_without_response_id_is_found_by_its_tokens():
    bills = [_bill("r1", 100, 7), _bill("r2", 200, 9)]
    pairs = compare(bills, [_call(None, 200, 9, span_id=2), _call(None, 100, 7)])
    assert [pair.difference_nano_usd for pair in pairs] == [0, 0]


def test_a_duplicate_stands_for_nothing():
    pairs = compare([_bill("r1", 100, 7)], [_call("r1", 100, 7), _call("r1", 100, 0, DUPLICATE, span_id=2)])
    assert len(pairs) == 1


def test_an_unpriced_stream_explains_what_is_missing_and_names_the_cause_that_the_provider_knows():
    call = _call("r1", 0, 0, UNPRICED, Reason.STREAM_WITHOUT_USAGE)
    (pair,) = compare([_bill("r1", 100, 7, sends_usage=False)], [call])
    assert (pair.difference_nano_usd, pair.is_explained) == (7, True)
    assert "include_usage" in explain(pair)
    (left,) = compare([_bill("r1", 100, 7, was_abandoned=True)], [call])
    assert "hung up" in explain(left)


def test_a_bill_without_any_span_is_not_explained():
    (pair,) = compare([_bill("r1", 100, 7)], [])
    assert not pair.is_explained
    assert "no span stands for it" in explain(pair)


def test_a_wrong_price_is_not_explained_even_where_two_wrongs_cancel_out():
    pairs = compare([_bill("r1", 100, 7), _bill("r2", 200, 9)], [_call("r1", 100, 8), _call("r2", 200, 8, span_id=2)])
    assert sum(pair.difference_nano_usd for pair in pairs) == 0
    assert [pair.is_explained for pair in pairs] == [False, False]


def test_a_call_that_nobody_billed_is_a_phantom():
    first, phantom = compare([_bill("r1", 100, 7)], [_call("r1", 100, 7), _call("r9", 50, 3, span_id=2)])
    assert first.is_explained
    assert (phantom.difference_nano_usd, phantom.is_explained) == (-3, False)
    assert "no request was billed" in explain(phantom)


def test_an_unpriced_call_that_nobody_billed_costs_nothing_and_is_no_difference():
    (pair,) = compare([], [_call("r1", 0, 0, UNPRICED, Reason.CALL_FAILED)])
    assert pair.is_explained
