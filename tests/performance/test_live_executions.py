"""Live executions stay cheap as they grow in number, and no large one holds up the others."""

from __future__ import annotations

import pytest

from . import bench_large, bench_live
from .bench_live import COLUMNS
from .harness import Figures
from .live_engine import HELD, OPENED

pytestmark = pytest.mark.performance

FEW, MANY = "1,000", "60,000"


@pytest.fixture(scope="module")
def live() -> Figures:
    return bench_live.measure(sizes=(1_000, 60_000), rounds=5)


def ratio(figures: Figures, column: str) -> float:
    return figures.figure(MANY, column) / figures.figure(FEW, column)


def test_a_call_costs_no_more_with_many_live_executions_than_with_few(live: Figures) -> None:
    assert ratio(live, COLUMNS[HELD]) < 2


def test_opening_one_costs_little_more_where_that_means_to_pack_another(live: Figures) -> None:
    assert ratio(live, COLUMNS[OPENED]) < 3


def test_the_garbage_collector_visits_none(live: Figures) -> None:
    assert ratio(live, COLUMNS["collection_seconds"]) < 4  # sixty times the objects would take sixty times as long


def test_one_at_rest_takes_a_fraction_of_the_three_kilobytes_of_one_held_as_objects(live: Figures) -> None:
    assert live.figure(MANY, COLUMNS["bytes"]) < 1_500


def test_the_larger_an_execution_the_less_of_its_work_is_done_under_the_lock() -> None:
    figures = bench_large.measure(sizes=(400, 4_000), rounds=3)
    for column in figures.columns:
        if "commits" not in column:  # which copies what there is, and takes a microsecond for ten spans
            assert figures.figure("4,000", column) < 2 * figures.figure("400", column), column
