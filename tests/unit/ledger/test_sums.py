"""Agents, workflows and roots that repeat what is told below them, and those that are all there is."""

from __future__ import annotations

from otel_agentcost.ledger.standing import Verdict
from otel_agentcost.model.outcome import ESTIMATED, PRICED, UNPRICED, Reason
from otel_agentcost.model.quote import Quote
from otel_agentcost.model.usage import Usage

from .facts import FRAMEWORK, agent, call, cost, judged, payers, price, tool, workflow

SUM = Usage(200, 20)
MUTE = {"usage": None, "doubt": Reason.STREAM_WITHOUT_USAGE}


def test_an_agent_that_sums_its_calls_is_no_call() -> None:
    verdicts = judged(agent(1, usage=SUM), call(2), call(3, at=(20, 30)))
    assert set(verdicts) == {2, 3}
    assert cost(verdicts) == 2 * price(Usage(100, 10))


def test_an_agent_that_is_all_there_is_stands_for_its_calls_as_an_estimate() -> None:
    verdicts = judged(agent(1, usage=SUM))
    assert verdicts[1] == Verdict(ESTIMATED, Reason.SUM_OF_CALLS, price(SUM), 0)


def test_of_nested_sums_without_calls_the_innermost_counts() -> None:
    verdicts = judged(workflow(1, usage=SUM), workflow(2, 1, usage=SUM), agent(3, 2, usage=SUM))
    assert set(verdicts) == {3}


def test_sums_side_by_side_count_each_and_the_one_around_them_not() -> None:
    verdicts = judged(workflow(1, usage=Usage(400, 40)), agent(2, 1, usage=SUM), agent(3, 1, usage=SUM))
    assert payers(verdicts) == {2, 3}
    assert cost(verdicts) == 2 * price(SUM)


def test_an_agent_without_recorded_calls_counts_beside_a_sibling_with_them() -> None:
    verdicts = judged(workflow(1, usage=SUM), agent(2, 1, usage=SUM), agent(3, 1, usage=SUM), call(4, 3))
    assert payers(verdicts) == {2, 4}


def test_a_sum_around_calls_without_numbers_counts_and_they_stay_flagged() -> None:
    verdicts = judged(agent(1, usage=SUM), call(2, **MUTE), call(3, **MUTE))
    assert verdicts[1].status == ESTIMATED
    assert [verdicts[n].status for n in (2, 3)] == [UNPRICED, UNPRICED]


def test_a_sum_around_one_priced_call_is_not_counted_whatever_it_says() -> None:
    verdicts = judged(agent(1, usage=Usage(900, 90)), call(2), call(3, **MUTE))
    assert payers(verdicts) == {2}


def test_a_chain_of_a_framework_around_its_call_is_no_call() -> None:
    verdicts = judged(workflow(1, usage=Usage(100, 10)), workflow(2, 1, usage=Usage(100, 10)), call(3, 2))
    assert set(verdicts) == {3}


def test_a_tool_that_repeats_the_tokens_of_the_agent_inside_it_is_no_call() -> None:
    verdicts = judged(agent(1), call(5), tool(2, usage=SUM), agent(3, 2, usage=SUM), call(4, 3))
    assert payers(verdicts) == {4, 5}


def test_an_agent_onto_which_each_call_was_written_over_the_last_is_exact_for_the_last() -> None:
    verdicts = judged(agent(1, usage=SUM, covers="last"))
    assert verdicts[1] == Verdict(PRICED, None, price(SUM), 0)


def test_such_an_agent_counts_beside_the_calls_of_an_agent_inside_it_and_not_beside_its_own() -> None:
    last = agent(1, usage=Usage(189, 89), covers="last")
    inside = [tool(2), agent(3, 2, usage=SUM, covers="last")]
    assert payers(judged(last, *inside)) == {1, 3}
    assert payers(judged(last, *inside, call(4, 1))) == {3, 4}


def test_a_sum_whose_model_has_no_price_is_flagged() -> None:
    verdicts = judged(agent(1, usage=SUM, quote=Quote(UNPRICED, Reason.UNKNOWN_MODEL)))
    assert verdicts[1].status == UNPRICED


def test_a_sum_of_nothing_is_no_call_and_an_agent_with_one_is_flagged() -> None:
    assert judged(workflow(1, usage=Usage())) == {}
    assert judged(agent(1, usage=Usage()))[1].status == UNPRICED


def test_sums_nested_absurdly_deep_count_once() -> None:
    chain = [workflow(n, n - 1, usage=SUM) for n in range(1, 3001)]
    assert payers(judged(*chain)) == {3000}
    assert payers(judged(*chain, call(5000, 3000, scope=FRAMEWORK))) == {5000}


def test_sums_whose_parents_go_in_a_circle_are_judged() -> None:
    circle = [workflow(1, 3, usage=SUM), workflow(2, 1, usage=SUM), workflow(3, 2, usage=SUM), call(4, 3)]
    assert payers(judged(*circle)) == {4}
    assert len(payers(judged(*circle[:3]))) == 1
