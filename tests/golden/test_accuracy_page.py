"""docs/accuracy.md says what the recordings say today, and explains each call of which nothing tells."""

from __future__ import annotations

import sys
from functools import cache
from types import ModuleType
from typing import Any

from otel_agentcost.model.outcome import Reason
from tests.golden.scoring import CORPUS

ROOT = CORPUS.parents[2]


@cache
def script() -> ModuleType:
    sys.path.insert(0, str(ROOT / "scripts"))
    try:
        import accuracy
    finally:
        sys.path.remove(str(ROOT / "scripts"))
    return accuracy


@cache
def corpus() -> list[Any]:
    return script().scored()


@cache
def page() -> str:
    return (ROOT / "docs" / "accuracy.md").read_text(encoding="utf-8")


def prose() -> str:
    before, rest = page().split(script().BEGIN)
    return before + rest.split(script().END)[1]


def test_the_figures_are_those_of_today() -> None:
    made = script().with_figures(page(), script().figures(corpus()))
    assert made == page(), "run python scripts/accuracy.py --write"


def test_each_silent_call_is_explained() -> None:
    for name, row in (*script().silent(corpus()), *script().flagged_in_number_only(corpus())):
        paragraphs = [line for line in prose().split("\n- ") if f"**{name}" in line]
        assert any(f"`{row.truth['scenario']}`" in line for line in paragraphs), (name, row.truth["scenario"])


def test_each_reason_that_keeps_a_call_from_being_exact_is_explained() -> None:
    reasons = {row.call.reason for each in corpus() for row in each.score.rows if row.call and row.column != "exact"}
    assert reasons <= {value for key, value in vars(Reason).items() if key.isupper()}
    assert {reason for reason in reasons if f"`{reason}`" not in prose()} == set()


def test_the_readers_miss_nothing_that_a_span_carries() -> None:
    missed = [(each.name, row.truth["scenario"]) for each in corpus() for row in each.bound.missed]
    assert missed == []
