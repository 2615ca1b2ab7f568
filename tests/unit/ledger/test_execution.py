"""A live execution: what is said as spans end, corrections, totals below spans that are still open, and bounds."""

from __future__ import annotations

from msgspec.structs import replace

from otel_agentcost.ledger.execution import Execution
from otel_agentcost.ledger.standing import Verdict
from otel_agentcost.ledger.total import Total
from otel_agentcost.model.fact import Fact
from otel_agentcost.model.outcome import DUPLICATE, ESTIMATED, PRICED, UNPRICED, Reason
from otel_agentcost.model.usage import Usage

from .facts import FRAMEWORK, MS, USAGE, agent, call, cost, price, tool

PRICE = price(USAGE)


def ending(*facts: Fact, max_spans: int = 1000) -> tuple[Execution, dict[int, Verdict | None], dict[int, Total]]:
    """End spans one after the other; return what was said of each and what was shown below each."""
    execution = Execution(1, max_spans)
    said: dict[int, Verdict | None] = {}
    shown: dict[int, Total] = {}
    for fact in facts:
        said[fact.span_id] = execution.record(fact)
        shown[fact.span_id] = execution.close(fact.span_id, fact.parent_span_id)
    return execution, said, shown


def test_a_call_is_priced_as_soon_as_it_ends() -> None:
    _, said, shown = ending(call(2), agent(1))
    assert said[2] == Verdict(PRICED, None, PRICE)
    assert shown[1] == Total(PRICE, 1, 0)


def test_the_span_that_ends_second_for_one_call_is_a_duplicate() -> None:
    execution, said, shown = ending(call(3, 2, (1, 9)), call(2, 1, (0, 10), scope=FRAMEWORK), agent(1))
    assert said[2] is not None
    assert said[2].status == DUPLICATE
    assert shown[1] == Total(PRICE, 1, 0)
    assert execution.corrections == 0


def test_spans_of_one_instrumentation_nested_are_one_call_as_soon_as_the_outer_ends() -> None:
    for outer in (call(2, 1, (0, 10)), call(2, 1, (0, 10), scope=FRAMEWORK, usage=Usage(90, 9))):
        execution, _, shown = ending(call(3, 2, (1, 9)), outer, agent(1))
        assert shown[1] == Total(PRICE, 1, 0)
        assert execution.corrections == 0


def test_a_later_span_with_better_numbers_takes_over_and_the_totals_follow() -> None:
    cached = replace(USAGE, cache_read_tokens=64, input_tokens=164)
    execution, said, shown = ending(call(3, 2, (1, 9)), call(2, 1, (0, 10), scope=FRAMEWORK, usage=cached), agent(1))
    assert execution.verdicts[3].status == DUPLICATE
    assert execution.corrections == 1
    assert shown[1].cost_nano_usd == price(cached)
    assert said[3] == Verdict(PRICED, None, PRICE)


def test_a_span_that_ends_again_changes_nothing() -> None:
    execution, said, shown = ending(call(2), call(2), agent(1))
    assert said[2] == Verdict(PRICED, None, PRICE)
    assert shown[1] == Total(PRICE, 1, 0)
    assert cost(execution.settle()) == PRICE


def test_unpriced_calls_are_counted_beside_the_cost() -> None:
    mute = call(3, at=(20, 30), usage=None, doubt=Reason.MISSING_USAGE)
    _, _, shown = ending(call(2), mute, agent(1))
    assert shown[1] == Total(PRICE, 2, 1)


def test_each_ancestor_shows_what_lies_below_it() -> None:
    _, _, shown = ending(call(4, 3), agent(3, 2), tool(2, 1), call(5, 1, (30, 40)), agent(1))
    assert (shown[3].calls, shown[2].calls, shown[1].calls) == (1, 1, 2)


def test_a_call_that_ends_after_its_agent_counts_for_the_agent_above() -> None:
    _, _, shown = ending(agent(2, 1), call(3, 2), agent(1))
    assert shown[1].cost_nano_usd == PRICE


def test_an_agents_sum_counts_only_where_nothing_below_it_was_priced() -> None:
    summed = Usage(300, 30)
    assert ending(call(2), agent(1, usage=summed))[1][1] is None
    said = ending(agent(1, usage=summed))[1][1]
    assert said == Verdict(ESTIMATED, Reason.SUM_OF_CALLS, price(summed))


def test_an_agent_that_told_of_no_call_is_flagged_at_once() -> None:
    assert ending(agent(1))[1][1] == Verdict(UNPRICED, Reason.NO_INFERENCE_SPANS)


def test_settling_withdraws_a_sum_that_a_late_call_disproves() -> None:
    execution, _, _ = ending(agent(1, usage=Usage(300, 30)), call(2))
    assert cost(execution.settle()) == PRICE
    assert execution.corrections == 1


def test_settling_again_changes_nothing() -> None:
    execution, _, _ = ending(call(3, 2, (1, 9)), call(2, 1, (0, 10), scope=FRAMEWORK), agent(1))
    first = dict(execution.settle())
    assert execution.settle() == first
    assert execution.corrections == 0


def test_a_call_paid_in_another_trace_stays_so_when_the_execution_settles() -> None:
    execution, _, _ = ending(call(2))
    execution.correct(2, Verdict(DUPLICATE, Reason.SAME_CALL_IN_ANOTHER_TRACE, 0, 77))
    assert execution.settle()[2].reason == Reason.SAME_CALL_IN_ANOTHER_TRACE


def test_the_spans_of_an_execution_are_bounded() -> None:
    execution, said, _ = ending(*(call(n, at=(n, n + 1)) for n in range(2, 30)), max_spans=10)
    assert len(execution.facts) == 10
    assert len(execution.parents) <= 10
    assert said[29] == Verdict(PRICED, None, PRICE)


def test_calls_beyond_the_bound_are_in_the_sums_all_the_same() -> None:
    calls = [call(n, at=(n, n + 1), agent="runaway") for n in range(2, 30)]
    execution, _, shown = ending(*calls, agent(1), max_spans=10)
    assert execution.beyond is not None
    assert execution.beyond.calls == 18
    assert execution.beyond.agents == {"runaway": 18 * PRICE}
    assert shown[1] == Total(28 * PRICE, 28, 0)


def test_a_call_told_inside_another_beyond_the_bound_counts_once() -> None:
    filling = [call(n, at=(n, n + 1)) for n in range(100, 110)]
    execution, said, _ = ending(*filling, call(3, 2, (200, 209)), call(2, 1, (199, 210), scope=FRAMEWORK), max_spans=10)
    assert execution.beyond is not None
    assert execution.beyond.calls == 1
    assert said[2] == Verdict(DUPLICATE, Reason.SAME_CALL)


def test_streams_and_their_ends_are_told_as_one_call_while_they_come_in() -> None:
    mute = {"usage": None, "doubt": Reason.STREAM_WITHOUT_USAGE, "is_stream": True}
    ends = {"is_stream": True, "ends_stream": True}
    execution, _, shown = ending(
        call(2, at=(0, 1), **mute), call(3, at=(2, 3), **mute),
        call(4, at=(20, 20), **ends), call(5, at=(21, 21), **ends),
        agent(1),
    )  # fmt: skip
    assert shown[1] == Total(2 * PRICE, 2, 0)
    before = dict(execution.verdicts)
    assert execution.settle() == before


def test_it_tells_which_instrumentations_told_a_call() -> None:
    outer = call(2, 1, (0, 10), scope=FRAMEWORK)
    inner = call(3, 2, (1, 9))
    execution, _, _ = ending(inner, outer)
    assert execution.told_by(inner) == {inner.scope, outer.scope}
    execution.settle()
    assert execution.told_by(inner) == {inner.scope, outer.scope}
    assert inner.end_unix_nano == 9 * MS
