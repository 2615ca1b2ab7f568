"""Each line of the demo's tree says what its own exported span says, whatever the books settled on later."""

from __future__ import annotations

from typing import Any

from otel_agentcost.demo.collect import ExportedSpan
from otel_agentcost.demo.tree import label
from otel_agentcost.model import names
from otel_agentcost.model.call import Call
from otel_agentcost.model.outcome import DUPLICATE, PRICED, Reason, Status
from otel_agentcost.model.usage import Usage


def exported(**attributes: Any) -> ExportedSpan:
    return ExportedSpan(1, 2, 0, "ChatCompletion", "openinference.instrumentation.openai", 0, False, attributes)


def settled(status: Status, reason: str | None = None) -> Call:
    return Call(
        trace_id=1,
        span_id=2,
        parent_span_id=0,
        status=status,
        reason=reason,
        provider="openai",
        model="gpt-4.1",
        request_model="gpt-4.1",
        operation="chat",
        usage=Usage(input_tokens=1200, output_tokens=34),
        cost_nano_usd=2_792_000 if status == PRICED else 0,
        agent=None,
        tool=None,
        response_id="r-1",
        start_unix_nano=0,
        end_unix_nano=1,
        convention="openinference",
    )


def test_a_span_that_bears_an_amount_shows_it_although_another_pays_in_the_books() -> None:
    line = label(exported(**{names.COST_AMOUNT: 0.002792}), settled(DUPLICATE, Reason.SAME_CALL)).plain
    assert line == "ChatCompletion  openinference.openai  1,200 in, 34 out  $0.002792"


def test_a_span_exported_as_a_duplicate_says_so_although_it_pays_in_the_books() -> None:
    repeats = {names.PRICING_STATUS: DUPLICATE, names.PRICING_REASON: Reason.SAME_CALL}
    line = label(exported(**repeats), settled(PRICED)).plain
    assert line == "ChatCompletion  openinference.openai  not counted: same call"


def test_an_unpriced_span_says_why_and_shows_no_amount() -> None:
    unpriced = {names.PRICING_STATUS: "unpriced", names.PRICING_REASON: Reason.STREAM_WITHOUT_USAGE}
    line = label(exported(**unpriced), settled(PRICED)).plain
    assert line.endswith("1,200 in, 34 out  unpriced: stream without usage")


def test_what_is_no_call_shows_what_lies_below_it() -> None:
    assert label(exported(**{names.SUBTREE_COST: 0.5}), None).plain.endswith("$0.500000 below")
