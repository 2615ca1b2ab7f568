"""Whatever is corrected, and whenever readers look, no counter falls and none forgets."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from otel_agentcost.engine.measurements.cursor import Cursor
from otel_agentcost.model import names
from otel_agentcost.model.call import Call
from tests.unit.engine.commits import call, committed, measurements, read, total, values

from .examples import examples

_calls = st.builds(
    call,
    st.integers(1, 4),
    st.integers(0, 10_000_000),
    agent=st.sampled_from(["a", "b", None]),
    status=st.sampled_from(["priced", "estimated"]),
)


@settings(max_examples=examples(150), deadline=None)
@given(st.lists(st.tuples(_calls, st.booleans(), st.booleans())), st.integers(1, 3))
def test_whatever_is_corrected_no_series_falls_and_the_truth_is_reached(
    steps: list[tuple[Call, bool, bool]], limit: int
) -> None:
    """Each step stores a call in its latest form, or withdraws it; readers look in between as they like."""
    measured = measurements(max_label_sets=limit)
    cursor = Cursor(measured)
    stored: dict[int, Call] = {}
    last: dict[tuple[tuple[str, str | bool], ...], int] = {}
    for now, withdraws, looks in steps:
        if withdraws and now.span_id in stored:
            measured.committed(committed(withdrawn=[stored.pop(now.span_id)]))
        elif not withdraws:
            measured.committed(committed(now, before=[stored.get(now.span_id)]))
            stored[now.span_id] = now
        if looks:
            told = values(read(cursor), names.METRIC_COST)
            assert all(told[labels] >= value for labels, value in last.items())
            last = told
    truth = sum(each.cost_nano_usd for each in stored.values())
    tables = measured.tables
    assert sum(row.true[0] for row in tables.counters[0]) == truth
    assert sum(row.sum for row in tables.histograms[0]) == truth
    assert sum(sum(row.counts) for row in tables.histograms[0]) == len(stored)
    assert total(read(cursor), names.METRIC_COST) >= truth
