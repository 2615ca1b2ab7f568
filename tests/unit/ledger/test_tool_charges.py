"""Calls of tools that have a price of their own are charged, each once."""

from __future__ import annotations

import pytest

from otel_agentcost.ledger.tool_calls import beside_is_same_tool_call
from otel_agentcost.ledger.tree import Tree
from otel_agentcost.model.call import Call
from otel_agentcost.model.fact import Fact
from otel_agentcost.model.identity import Identity
from otel_agentcost.model.outcome import PRICED, Reason
from otel_agentcost.model.tool_price import ToolPrice
from otel_agentcost.model.usage import Usage

from .charged_tools import CENT, SEARCH, charges, paid, repeats, request, search
from .facts import GATEWAY, SDK, agent, call, plain, tool, workflow


def test_a_tool_with_a_price_is_charged_and_one_without_is_not() -> None:
    (only,) = charges(agent(1, agent="researcher"), call(2), search(3), tool(4, tool="other"))
    assert only == Call(
        trace_id=1, span_id=3, parent_span_id=1, status=PRICED, reason=None, provider=None, model=None,
        request_model=None, operation="execute_tool", usage=Usage(), cost_nano_usd=CENT, agent="researcher",
        tool="search", response_id=None, start_unix_nano=10_000_000, end_unix_nano=20_000_000, convention="test",
        price_id="tools/search", kind="tool",
    )  # fmt: skip


def test_each_call_of_a_tool_is_charged() -> None:
    calls = charges(agent(1), search(2, at=(10, 20)), search(3, at=(10, 20)), search(4, at=(30, 40)))
    assert paid(calls) == {2: CENT, 3: CENT, 4: CENT}


def test_a_tool_of_an_mcp_server_has_the_server_as_its_provider() -> None:
    (only,) = charges(agent(1), search(2, mcp_server="tavily"), prices={"mcp:tavily": SEARCH})
    assert (only.provider, only.tool) == ("mcp:tavily", "search")


def test_the_span_s_own_identity_is_completed_by_the_execution_s() -> None:
    one = search(2)
    one.identity = Identity(user="ann", team=None)
    (only,) = charges(agent(1), one, who=Identity(user="bob", team="support"))
    assert only.identity == Identity(user="ann", team="support")


def test_the_execution_s_identity_is_worked_out_where_it_is_not_given() -> None:
    root = agent(1)
    root.identity = Identity(feature="triage")
    (only,) = charges(root, search(2))
    assert only.identity.feature == "triage"


def test_a_model_call_inside_a_tool_is_none_of_its_price() -> None:
    calls = charges(agent(1), call(2), search(3, at=(10, 90)), agent(4, 3, (12, 88)), call(5, 4, (20, 30)))
    assert paid(calls) == {3: CENT}


# One call, two spans.


def test_a_tool_inside_the_same_tool_is_the_same_call() -> None:
    calls = charges(agent(1), search(2, at=(10, 20)), search(3, 2, (11, 19), scope=SDK))
    assert (paid(calls), repeats(calls)) == ({3: CENT}, {2: 3})
    assert [each.reason for each in calls] == [Reason.SAME_CALL, None]


def test_so_are_three_with_plain_spans_and_workflows_between() -> None:
    calls = charges(
        agent(1), search(2, at=(10, 20)), plain(3, 2), workflow(4, 3, (11, 19)), request(5, 4), plain(6, 5),
        request(7, 6, (12, 18)),
    )  # fmt: skip
    assert (paid(calls), repeats(calls)) == ({7: CENT}, {2: 7, 5: 7})


def test_another_tool_inside_a_tool_is_a_call_of_its_own() -> None:
    calls = charges(agent(1), tool(2, tool="lookup"), search(3, 2, (11, 19)))
    assert paid(calls) == {2: 2 * CENT, 3: CENT}


def test_the_same_tool_called_by_an_agent_inside_it_is_a_call_of_its_own() -> None:
    calls = charges(agent(1), search(2, at=(10, 90)), agent(3, 2, (11, 89)), search(4, 3, (20, 30)))
    assert paid(calls) == {2: CENT, 4: CENT}


def test_the_same_tool_called_by_a_model_call_inside_it_is_a_call_of_its_own() -> None:
    calls = charges(agent(1), search(2, at=(10, 90)), call(3, 2, (11, 89)), search(4, 3, (20, 30)))
    assert paid(calls) == {2: CENT, 4: CENT}


def test_different_ids_are_different_calls() -> None:
    calls = charges(
        agent(1), search(2, at=(10, 20), tool_call_id="call_a"), search(3, 2, (11, 19), tool_call_id="call_b"),
        search(4, at=(10, 20), tool_call_id="call_c", scope=SDK),
    )  # fmt: skip
    assert paid(calls) == {2: CENT, 3: CENT, 4: CENT}


def test_attempts_inside_a_call_are_charged_in_its_place() -> None:
    calls = charges(agent(1), search(2, at=(10, 60)), request(3, 2, (11, 20)), request(4, 2, (30, 50)))
    assert (paid(calls), repeats(calls)) == ({3: CENT, 4: CENT}, {2: 4})
    assert calls[0].reason == Reason.REPEATS_ITS_CHILDREN


def test_attempts_without_a_price_leave_the_charge_to_the_call_around_them() -> None:
    priced = {"mcp:tavily": SEARCH}
    calls = charges(
        agent(1), search(2, at=(10, 60), mcp_server="tavily"), request(3, 2, (11, 20)), request(4, 2, (30, 50)),
        prices=priced,
    )  # fmt: skip
    assert paid(calls) == {2: CENT}


def test_two_instrumentations_inside_a_call_are_no_two_attempts() -> None:
    calls = charges(
        agent(1), search(2, at=(10, 30)), search(3, 2, (11, 29), scope=SDK), search(4, 2, (12, 28), scope=GATEWAY)
    )
    assert (paid(calls), repeats(calls)) == ({3: CENT}, {2: 3, 4: 3})


def test_two_instrumentations_side_by_side_are_one_call() -> None:
    calls = charges(agent(1), search(2, at=(10, 20)), search(3, at=(11, 19), scope=SDK))
    assert (paid(calls), repeats(calls)) == ({2: CENT}, {3: 2})


def test_two_frameworks_trees_of_one_run_tell_each_call_once() -> None:
    """LangChain under two instrumentations: each builds a tree of its own, with nothing in common but the times."""
    calls = charges(
        workflow(1), agent(2, 1), workflow(3, 2, (9, 21)), search(4, 3, (10, 50)),
        agent(5, 1, scope=SDK), workflow(6, 5, (9, 21)), search(7, 6, (10.5, 50.5), scope=SDK),
    )  # fmt: skip
    assert (paid(calls), repeats(calls)) == ({4: CENT}, {7: 4})


def test_agents_of_two_frameworks_that_call_one_tool_at_about_the_same_time_make_two_calls() -> None:
    calls = charges(
        workflow(1), agent(2, 1), search(3, 2, (10, 50)), agent(4, 1, scope=SDK), search(5, 4, (20, 40), scope=SDK)
    )
    assert paid(calls) == {3: CENT, 5: CENT}


def test_a_call_beside_another_s_agent_is_not_the_call_of_the_agent_inside_it() -> None:
    calls = charges(
        agent(1), search(2, at=(10, 50)), tool(3, tool="ask", at=(10, 50)), agent(4, 3, (11, 49)),
        search(5, 4, (20, 30), scope=SDK),
    )  # fmt: skip
    assert paid(calls) == {2: CENT, 5: CENT}


def test_concurrent_calls_told_by_two_instrumentations_are_paired_one_to_one() -> None:
    calls = charges(
        agent(1), search(2, at=(10, 30)), search(3, at=(10, 31)), search(4, at=(11, 30), scope=SDK),
        search(5, at=(11, 29), scope=SDK),
    )  # fmt: skip
    assert (len(paid(calls)), len(repeats(calls))) == (2, 2)


def test_concurrent_calls_that_are_told_by_nested_spans_stay_what_they_are() -> None:
    calls = charges(
        agent(1), search(2, at=(10, 30)), search(3, 2, (11, 29), scope=SDK), search(4, at=(10, 30)),
        search(5, 4, (11, 29), scope=SDK),
    )  # fmt: skip
    assert (paid(calls), repeats(calls)) == ({3: CENT, 5: CENT}, {2: 3, 4: 5})


def test_one_id_under_two_instrumentations_is_one_call_wherever_they_stand() -> None:
    calls = charges(
        workflow(1), agent(2, 1), search(3, 2, (10, 40), tool_call_id="call_a"),
        agent(4, 1, scope=SDK), search(5, 4, (20, 60), scope=SDK, tool_call_id="call_a"),
    )  # fmt: skip
    assert len(paid(calls)) == 1


def test_an_id_that_comes_back_later_is_another_call() -> None:
    """Some models number their calls anew in each answer."""
    calls = charges(
        agent(1), search(2, at=(10, 20), tool_call_id="call_0"),
        search(3, at=(50, 60), tool_call_id="call_0", scope=SDK),
    )  # fmt: skip
    assert paid(calls) == {2: CENT, 3: CENT}
    first, later = search(2, at=(10, 20), tool_call_id="a"), search(3, at=(50, 60), tool_call_id="a", scope=SDK)
    assert not beside_is_same_tool_call(first, later, Tree({2: first, 3: later}, {2: 1, 3: 1}))


def test_the_span_with_the_most_specific_price_pays() -> None:
    priced = {"mcp:tavily": ToolPrice("tools/mcp:tavily", 3 * CENT, rank=2), "search": SEARCH}
    calls = charges(agent(1), search(2, at=(10, 20), mcp_server="tavily"), request(3, 2), prices=priced)
    assert (paid(calls), repeats(calls)) == ({2: 3 * CENT}, {3: 2})
    assert {each.provider for each in calls} == {"mcp:tavily"}


@pytest.mark.parametrize(
    ("outer", "inner", "same"),
    [
        ("search", "search", True),
        ("tavily_search", "search", True),  # a framework's prefix for the tools of a server
        ("tavily-search", "search", True),
        ("research", "search", False),
        ("search", "tavily_search", False),
        (None, "search", True),
        ("Search ", "search", True),
    ],
)
def test_the_request_inside_a_tool_is_its_call_also_where_the_framework_adds_a_prefix(
    outer: str | None, inner: str, same: bool
) -> None:
    priced = dict.fromkeys(("search", "tavily_search", "tavily-search", "research", "Search "), SEARCH)
    calls = charges(agent(1), search(2, tool=outer), request(3, 2, tool=inner), prices=priced)
    assert len(paid(calls)) == (1 if same else 2)


def test_a_tool_that_is_no_request_is_not_the_same_for_a_prefix() -> None:
    priced = dict.fromkeys(("search", "tavily_search"), SEARCH)
    assert len(paid(charges(agent(1), search(2, tool="tavily_search"), search(3, 2), prices=priced))) == 2


# Servers that tell of themselves.


def test_what_a_server_tells_in_a_trace_of_its_own_is_charged_to_nobody() -> None:
    """Claude's CLI passes no trace context to the servers that it calls: each call is told in two traces."""
    calls = charges(plain(1, 0), request(2, 1), call(3, 2, (12, 15)), search(4, 2, (12, 15), scope=SDK))
    assert paid(calls) == {}
    assert {each.reason for each in calls} == {Reason.TOLD_BY_SERVER}


@pytest.mark.parametrize("caller", [agent(1), workflow(1), call(1, 0), tool(1, 0, tool="other")])
def test_what_a_server_tells_in_its_caller_s_trace_is_charged(caller: Fact) -> None:
    assert paid(charges(caller, request(2, 1))) == {2: CENT}


def test_a_server_s_span_is_charged_once_its_caller_is_told_too() -> None:
    assert paid(charges(request(3, 2))) == {}
    assert paid(charges(request(3, 2), search(2, 1, (10, 20)), agent(1))) == {3: CENT}


# What is charged.
