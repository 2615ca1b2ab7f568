"""Charging the tools of an execution takes time in proportion to its spans, and a price is one look-up."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from decimal import Decimal

import pytest

from otel_agentcost.ledger.tool_charges import tool_charges
from otel_agentcost.ledger.tree import Tree
from otel_agentcost.model.fact import Fact
from otel_agentcost.model.reading import TOOL, Reading
from otel_agentcost.pricing.tool_prices import ToolPrices

pytestmark = pytest.mark.performance

SMALL, LARGE = 500, 5000
SLACK = 4
"""Quadratic work would show as a factor of ten beyond the size's own."""

FAR = 10**9


def span(span_id: int, parent: int, at: tuple[int, int], scope: str = "app.framework") -> Fact:
    reading = Reading(TOOL, "test")
    reading.tool = "search"
    return Fact(1, span_id, parent, "", scope, at[0] * 10**6, at[1] * 10**6, reading)


def told_three_times(n: int) -> Iterator[Fact]:
    for i in range(0, 3 * n, 3):
        yield span(i + 1, FAR, (10 * i, 10 * i + 9))
        yield span(i + 2, i + 1, (10 * i + 1, 10 * i + 8), "app.client")
        yield span(i + 3, FAR, (10 * i, 10 * i + 9), "app.other")


def all_at_once_and_told_twice(n: int) -> Iterator[Fact]:
    for i in range(0, 2 * n, 2):
        yield span(i + 1, FAR, (i, FAR))
        yield span(i + 2, FAR, (i, FAR), "app.other")


def all_at_once(n: int) -> Iterator[Fact]:
    for i in range(n):
        yield span(i + 1, FAR, (0, 10 + i), f"app.framework{i % 3}")


def each_inside_the_one_before(n: int) -> Iterator[Fact]:
    for i in range(n):
        yield span(i + 1, i or FAR, (i, FAR - i))


def seconds(make: Callable[[int], Iterator[Fact]], n: int) -> float:
    facts = {fact.span_id: fact for fact in make(n)}
    parents = {span_id: fact.parent_span_id for span_id, fact in facts.items()}
    prices = ToolPrices({"sea*": Decimal(1)})
    best = float("inf")
    for _ in range(3):
        started = time.perf_counter()
        assert tool_charges(Tree(facts, parents), prices)
        best = min(best, time.perf_counter() - started)
    return best


@pytest.mark.parametrize(
    "make", [told_three_times, all_at_once_and_told_twice, all_at_once, each_inside_the_one_before]
)
def test_ten_times_the_tools_take_ten_times_as_long(make: Callable[[int], Iterator[Fact]]) -> None:
    assert seconds(make, LARGE) / seconds(make, SMALL) < SLACK * LARGE / SMALL


def test_a_price_costs_as_much_with_a_hundred_keys_as_with_one() -> None:
    one, many = ToolPrices({"sea*": Decimal(1)}), ToolPrices({f"x{i}*": Decimal(1) for i in range(100)})

    def each(prices: ToolPrices) -> float:
        started = time.perf_counter()
        for _ in range(20_000):
            prices.price("search", "tavily")
        return time.perf_counter() - started

    by_turns = [(each(one), each(many)) for _ in range(9)]
    few, lot = (min(times) for times in zip(*by_turns, strict=True))
    print(f"\n{few / 20_000 * 1e6:.2f} µs a price of a tool")
    assert lot / few < 3
