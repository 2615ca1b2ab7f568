"""Sessions, failures, reported costs and malformed trees: what tools are charged beside a plain price a call."""

from __future__ import annotations

from itertools import permutations

from otel_agentcost.model.outcome import FREE, PRICED, UNPRICED, Reason
from otel_agentcost.model.quote import Quote
from otel_agentcost.model.tool_price import ToolPrice
from otel_agentcost.model.usage import Usage

from .charged_tools import CENT, SEARCH, charges, paid, repeats, request, search
from .facts import SDK, agent, call, tool


def test_a_session_is_paid_by_its_first_call_and_the_others_are_free() -> None:
    priced = {"search": ToolPrice("tools/search", 0, 3 * CENT)}
    calls = charges(agent(1), search(4, at=(30, 40)), search(3, at=(10, 20)), search(2, at=(30, 40)), prices=priced)
    assert paid(calls) == {3: 3 * CENT, 2: 0, 4: 0}
    assert [(each.status, each.reason) for each in calls] == [
        (PRICED, None), (FREE, Reason.SESSION_PAID), (FREE, Reason.SESSION_PAID)
    ]  # fmt: skip


def test_a_session_s_first_call_is_told_by_the_spans_that_pay() -> None:
    """The span around it, which ends later, moves the payment to nobody else."""
    priced = {"search": ToolPrice("tools/search", 0, 3 * CENT)}
    calls = charges(agent(1), search(2, at=(10, 60)), request(3, 2, (40, 50)), search(4, at=(20, 30)), prices=priced)
    assert paid(calls) == {3: 0, 4: 3 * CENT}


def test_a_session_and_its_calls_may_both_cost() -> None:
    priced = {"search": ToolPrice("tools/search", CENT, 3 * CENT)}
    calls = charges(agent(1), search(2, at=(10, 20)), search(3, at=(30, 40)), prices=priced)
    assert paid(calls) == {2: 4 * CENT, 3: CENT}


def test_each_tool_under_a_glob_has_its_own_session_and_a_server_has_one() -> None:
    tools = ToolPrice("tools/*", 0, CENT)
    server = ToolPrice("tools/mcp:tavily", 0, CENT, is_per_server=True)
    spans = [
        agent(1), search(2, at=(10, 20), mcp_server="tavily"), tool(3, tool="extract", mcp_server="tavily", at=(30, 40))
    ]  # fmt: skip
    assert paid(charges(*spans, prices={"search": tools, "extract": tools})) == {2: CENT, 3: CENT}
    assert paid(charges(*spans, prices={"mcp:tavily": server})) == {2: CENT, 3: 0}


def test_a_failed_call_costs_as_much_unless_the_configuration_says_otherwise() -> None:
    failed = search(2, is_failed=True)
    assert paid(charges(agent(1), failed)) == {2: CENT}
    (only,) = charges(agent(1), failed, prices={"search": SEARCH._replace(charges_failed=False)})
    assert (only.status, only.reason, only.cost_nano_usd) == (FREE, Reason.CALL_FAILED, 0)


def test_a_call_that_one_of_its_spans_calls_failed_has_not_failed() -> None:
    priced = {"search": SEARCH._replace(charges_failed=False)}
    assert paid(charges(agent(1), search(2, is_failed=True), request(3, 2), prices=priced)) == {3: CENT}


def test_a_failed_call_opens_no_session() -> None:
    priced = {"search": ToolPrice("tools/search", 0, CENT, charges_failed=False)}
    calls = charges(agent(1), search(2, at=(10, 20), is_failed=True), search(3, at=(30, 40)), prices=priced)
    assert paid(calls) == {2: 0, 3: CENT}


def test_a_tool_priced_at_zero_on_purpose_is_free() -> None:
    (only,) = charges(agent(1), search(2), prices={"search": ToolPrice("tools/search")})
    assert (only.status, only.reason) == (FREE, None)


def test_what_the_provider_reported_goes_before_the_configuration_and_needs_none() -> None:
    calls = charges(agent(1), search(2, reported_cost_nano_usd=7), tool(3, tool="other", reported_cost_nano_usd=5))
    assert paid(calls) == {2: 7, 3: 5}
    assert {each.price_id for each in calls} == {None}


def test_a_nonsensical_report_is_not_believed() -> None:
    assert paid(charges(agent(1), search(2, reported_cost_nano_usd=10**14))) == {2: CENT}


def test_a_report_that_may_hold_the_cost_of_calls_inside_is_not_charged_on_top_of_them() -> None:
    inside = [search(2, at=(10, 90), reported_cost_nano_usd=7), agent(3, 2, (11, 89)), call(4, 3, (20, 30))]
    assert paid(charges(agent(1), *inside)) == {2: CENT}
    unpriced = call(4, 3, (20, 30), quote=Quote(UNPRICED, Reason.UNKNOWN_MODEL))
    assert paid(charges(agent(1), inside[0], inside[1], unpriced)) == {2: 7}


def test_a_search_inside_a_model_call_that_counts_the_provider_s_searches_is_paid_there() -> None:
    priced = {"web_search": SEARCH}
    asked = call(2, at=(0, 50), usage=Usage(100, 10, web_searches=1))
    calls = charges(agent(1), asked, search(3, 2, tool="web_search"), prices=priced)
    assert (paid(calls), repeats(calls)) == ({}, {3: 2})
    assert paid(charges(agent(1), call(2, at=(0, 50)), search(3, 2, tool="web_search"), prices=priced)) == {3: CENT}
    assert paid(charges(agent(1), asked, search(3, 1, tool="web_search"), prices=priced)) == {3: CENT}


# Any set of spans.


def test_the_order_of_the_spans_changes_nothing() -> None:
    spans = [
        agent(1), search(2, at=(10, 20)), request(3, 2), search(4, at=(10, 20), scope=SDK), search(5, at=(30, 40)),
        tool(6, tool="lookup", at=(30, 40)),
    ]  # fmt: skip
    first = charges(*spans)
    assert len(paid(first)) == 3
    for turned in permutations(spans):
        assert charges(*turned) == first


def test_spans_in_a_circle_end() -> None:
    calls = charges(agent(1), search(2, 3), search(3, 2, (11, 19), scope=SDK))
    assert len(paid(calls)) == 1


def test_an_execution_without_priced_tools_has_no_charges() -> None:
    assert charges(agent(1), call(2), tool(3, tool="other")) == []
    assert charges() == []


def test_a_tool_without_a_name_is_no_error() -> None:
    assert charges(agent(1), tool(2), tool(3, 2, scope=SDK)) == []
