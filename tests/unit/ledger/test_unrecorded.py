"""Calls of which no span tells, proven by an agent that ran or a tool that somebody must have asked for."""

from __future__ import annotations

from otel_agentcost.ledger.standing import Verdict
from otel_agentcost.model.outcome import UNPRICED, Reason
from otel_agentcost.model.usage import Usage

from .facts import agent, call, judged, payers, tool, workflow


def test_an_agent_without_a_recorded_call_is_flagged() -> None:
    assert judged(agent(1)) == {1: Verdict(UNPRICED, Reason.NO_INFERENCE_SPANS, 0, 0)}


def test_an_agent_with_a_call_anywhere_below_it_is_not() -> None:
    assert set(judged(agent(1), workflow(2, 1), call(3, 2))) == {3}


def test_an_agent_around_agents_leaves_the_flag_to_them() -> None:
    verdicts = judged(agent(1), agent(2, 1), agent(3, 1), call(4, 3))
    assert set(verdicts) == {2, 4}


def test_a_workflow_without_calls_is_nothing() -> None:
    assert judged(workflow(1)) == {}


def test_each_round_of_tools_was_asked_for_by_a_call() -> None:
    verdicts = judged(
        agent(1, usage=Usage(100, 10), covers="last"),
        tool(2, 1, (10, 20)), tool(3, 1, (10, 25)),
        tool(4, 1, (40, 50)),
    )  # fmt: skip
    flagged = [span_id for span_id, verdict in verdicts.items() if verdict.reason == Reason.CALL_NOT_RECORDED]
    assert flagged == [2, 4]
    assert payers(verdicts) == {1}


def test_tools_beside_recorded_calls_prove_nothing_new() -> None:
    assert set(judged(agent(1), call(2), tool(3))) == {2}


def test_tools_that_a_plain_program_ran_prove_nothing() -> None:
    assert judged(tool(1, 0)) == {}


def test_automatic_function_calls_inside_one_span_flag_the_calls_that_asked_for_them() -> None:
    """Google's SDK answers function calls by itself: one span, its last usage, several billed calls."""
    verdicts = judged(call(1, 0, (0, 100)), tool(2, 1, (10, 20)), tool(3, 1, (40, 50)))
    assert payers(verdicts) == {1}
    assert [verdicts[n].reason for n in (2, 3)] == [Reason.CALL_NOT_RECORDED] * 2
