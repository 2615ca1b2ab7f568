"""Money is an integer of nano-USD; text and floats exist at the edges only."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otel_agentcost.model.money import format_usd, parse_usd, to_usd


@pytest.mark.parametrize(
    ("value", "amount"),
    [(1, 10**9), (0.0015, 1_500_000), ("0.0015", 1_500_000), (Decimal("0.0000000005"), 0), ("1.5e-9", 2), (0, 0)],
)
def test_dollars_become_nano_dollars_rounded_half_even(value: object, amount: int) -> None:
    assert parse_usd(value) == amount


@pytest.mark.parametrize(
    "value", [None, True, -1, "-0.1", float("nan"), float("inf"), "much", "", [], 1e300, "1e999999", b"1", 1 + 2j]
)
def test_what_is_no_amount_of_money_is_none(value: object) -> None:
    assert parse_usd(value) is None


@given(st.integers(0, 10**15))
def test_an_amount_survives_the_way_to_an_edge_and_back(amount: int) -> None:
    assert parse_usd(to_usd(amount)) == amount


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (0, "$0.000000"),
        (1_234_567, "$0.001235"),
        (-5_000_000, "-$0.005000"),
        (1_234_567_890_000_000, "$1,234,567.890000"),
    ],
)
def test_an_amount_is_shown_in_dollars(amount: int, text: str) -> None:
    assert format_usd(amount) == text
