"""What calls cost is what agents, models and executions cost: nothing is lost between them."""

from __future__ import annotations

from collections.abc import Mapping

from hypothesis import given, settings
from hypothesis import strategies as st

from otel_agentcost.engine.engine import Engine
from otel_agentcost.model import names
from otel_agentcost.model.money import NANO_PER_USD
from tests.golden.scoring import price_table

from .drawn import Drawn
from .examples import examples
from .invariants import check_execution, settled, totals
from .trees import Forest

EXAMPLES = settings(max_examples=examples(100), deadline=None)


def ended(engine: Engine, grown: Forest) -> dict[int, Mapping[str, object]]:
    return {span.span_id: engine.end(span) for span in grown.spans}


@EXAMPLES
@given(st.data())
def test_calls_agents_models_and_the_execution_sum_up_to_the_same(data: st.DataObject) -> None:
    grown = Forest(Drawn(data), alike=data.draw(st.booleans()))
    for trace_id in (1, 2, 3):
        grown.grow(trace_id)
    for execution in settled(grown.spans):
        check_execution(execution)


@EXAMPLES
@given(st.data())
def test_the_root_shows_what_the_execution_settles_at(data: st.DataObject) -> None:
    grown = Forest(Drawn(data), alike=data.draw(st.booleans()), strays=False)
    grown.grow(1)
    engine = Engine(price_table())
    attributes = ended(engine, grown)[grown.spans[-1].span_id]
    (execution,) = engine.settle_all()
    assert round(float(str(attributes[names.SUBTREE_COST])) * NANO_PER_USD) == execution.cost_nano_usd
    assert attributes[names.SUBTREE_CALLS] == execution.calls


@EXAMPLES
@given(st.data())
def test_each_agent_shows_the_sum_of_the_spans_below_it(data: st.DataObject) -> None:
    """What spans were told, less what later spans took over, is what the agent around them shows."""
    grown = Forest(Drawn(data), strays=False)
    grown.grow(1)
    engine = Engine(price_table())
    parents = {span.span_id: span.parent_span_id for span in grown.spans}
    for span in grown.spans:
        attributes = engine.end(span)
        if names.SUBTREE_COST in attributes:
            below = [call for call in engine.calls(1) if _inside(call.span_id, span.span_id, parents)]
            shown = round(float(attributes[names.SUBTREE_COST]) * NANO_PER_USD)
            assert shown == sum(call.cost_nano_usd for call in below)


@EXAMPLES
@given(st.data())
def test_replaying_everything_twice_changes_nothing(data: st.DataObject) -> None:
    grown = Forest(Drawn(data), alike=data.draw(st.booleans()))
    grown.grow(1)
    grown.grow(2)
    assert totals(settled(grown.spans * 2)) == totals(settled(grown.spans))


@EXAMPLES
@given(st.data())
def test_settling_one_by_one_comes_to_the_same_as_settling_all(data: st.DataObject) -> None:
    grown = Forest(Drawn(data), alike=data.draw(st.booleans()), strays=False)
    grown.grow(1)
    grown.grow(2)
    engine = Engine(price_table())
    ended(engine, grown)
    apart = [execution for trace_id in (1, 2) if (execution := engine.settle(trace_id)) is not None]
    assert totals(apart) == totals(settled(grown.spans))
    assert engine.settle(1) is None


def _inside(span_id: int, ancestor: int, parents: Mapping[int, int]) -> bool:
    while span_id:
        if span_id == ancestor:
            return True
        span_id = parents.get(span_id, 0)
    return False


@EXAMPLES
@given(st.data(), st.booleans())
def test_a_sum_over_the_costs_on_spans_finds_each_call_once(data: st.DataObject, alike: bool) -> None:
    """Also where one call is told twice: what has been exported cannot be taken back, so the later span bears none."""
    grown = Forest(Drawn(data), alike=alike)
    grown.grow(1)
    grown.grow(2)
    engine = Engine(price_table())
    told = ended(engine, grown).values()
    amounts = [round(float(str(each[names.COST_AMOUNT])) * NANO_PER_USD) for each in told if names.COST_AMOUNT in each]
    assert sum(amounts) == sum(execution.cost_nano_usd for execution in engine.settle_all())
