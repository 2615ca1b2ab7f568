"""A file of many executions stays small, and questions that an index answers take as long as with few."""

from __future__ import annotations

import pytest

from . import bench_million
from .harness import Figures

pytestmark = pytest.mark.performance

FEW, MANY = 3_000, 18_000
BY_INDEX = (
    "executions: the latest 20", "executions: by the first 10 digits of an id", "one execution with its calls",
)  # fmt: skip


@pytest.fixture(scope="module")
def measured() -> list[Figures]:
    pytest.importorskip("sqlalchemy")
    return bench_million.measure((FEW, MANY))


@pytest.mark.parametrize("question", BY_INDEX)
def test_an_index_answers_in_the_same_time_whatever_the_number_of_executions(
    measured: list[Figures], question: str
) -> None:
    few, many = measured[1].rows[question]
    assert many < 3 * few  # reading all would take six times as long


def test_an_execution_takes_no_more_of_a_file_with_many_than_of_one_with_few(measured: list[Figures]) -> None:
    few, many = (each[0] for each in measured[0].rows.values())
    assert many < 1.2 * few
    assert many < 4_500
