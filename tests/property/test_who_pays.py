"""Whatever an agent did and however often it was told, each billed call is paid once, in any order of spans."""

from __future__ import annotations

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from otel_agentcost.engine.engine import Engine
from otel_agentcost.model.outcome import DUPLICATE, FREE, PRICED, UNPRICED
from tests.golden.scoring import price_table

from .drawn import Drawn
from .examples import examples
from .invariants import check_execution, settled, totals
from .trees import Forest

EXAMPLES = settings(max_examples=examples(150), deadline=None)


def forest(data: st.DataObject, *, alike: bool = False, strays: bool = True, executions: int = 1) -> Forest:
    grown = Forest(Drawn(data), alike=alike, strays=strays)
    for n in range(executions):
        grown.grow(1 + n)
    return grown


@EXAMPLES
@given(st.data())
def test_each_billed_call_is_priced_once_and_nothing_else_is(data: st.DataObject) -> None:
    grown = forest(data, executions=2)
    calls = [call for execution in settled(grown.spans) for call in execution.calls_list]
    paid = Counter((c.usage.input_tokens, c.usage.output_tokens) for c in calls if c.status in (PRICED, FREE))
    assert paid == Counter(grown.billed)


@EXAMPLES
@given(st.data())
def test_alike_calls_are_each_paid(data: st.DataObject) -> None:
    """Loops make the same call again and again: as many are paid as were billed, whoever told of them how often."""
    grown = forest(data, alike=True, strays=False)
    assert sum(execution.calls - execution.unpriced_calls for execution in settled(grown.spans)) == len(grown.billed)


@EXAMPLES
@given(st.data(), st.booleans())
def test_neither_order_nor_repetition_of_spans_changes_the_last_word(data: st.DataObject, alike: bool) -> None:
    grown = forest(data, alike=alike, executions=2)
    again = data.draw(st.permutations(grown.spans + data.draw(st.lists(st.sampled_from(grown.spans), max_size=5))))
    first, second = settled(grown.spans), settled(again)
    assert totals(first) == totals(second)
    assert [execution.calls_list for execution in first] == [execution.calls_list for execution in second]


@EXAMPLES
@given(st.data())
def test_a_failed_attempt_is_flagged_and_costs_nothing(data: st.DataObject) -> None:
    grown = forest(data)
    failed = {span.span_id for span in grown.spans if span.is_error}
    calls = {call.span_id: call for execution in settled(grown.spans) for call in execution.calls_list}
    for span_id in failed:
        assert calls[span_id].status in (UNPRICED, DUPLICATE)
        assert calls[span_id].cost_nano_usd == 0


@EXAMPLES
@given(st.data())
def test_what_is_said_while_spans_come_in_sums_up_to_the_last_word(data: st.DataObject) -> None:
    """Children end first, as they do in a process; strays may be corrected only when executions settle together."""
    grown = forest(data, alike=data.draw(st.booleans()), strays=False)
    engine = Engine(price_table())
    for span in grown.spans:
        engine.end(span)
    so_far = engine.calls(1)
    (final,) = engine.settle_all()
    check_execution(final)
    assert sum(call.cost_nano_usd for call in so_far) == final.cost_nano_usd
    assert sum(call.status != DUPLICATE for call in so_far) == final.calls
