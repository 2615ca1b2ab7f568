"""Money as an integer of nano-USD (1e-9 USD), never a float."""

from __future__ import annotations

from decimal import Decimal
from typing import TypeAlias

NanoUsd: TypeAlias = int
"""An amount of money; 1 is a billionth of a US dollar. Never a float inside the engine."""

NANO_PER_USD = 1_000_000_000


def to_usd(amount: NanoUsd) -> float:
    """Return the amount in US dollars, for the edges (OTLP, JSON) that want a double."""
    return amount / NANO_PER_USD


def format_usd(amount: NanoUsd, places: int = 6) -> str:
    """Return the amount as text such as `$0.001234`, rounded half-even to `places` decimals."""
    rounded = round(Decimal(amount) / NANO_PER_USD, places)
    sign = "-" if rounded < 0 else ""
    return f"{sign}${abs(rounded):,.{places}f}"


def parse_usd(value: object) -> NanoUsd | None:
    """Return a dollar amount that came from outside as nano-USD, or None where it is no amount of money.

    Accepts int, float, Decimal and their text; refuses booleans, negatives, NaN, infinity and
    anything above a billion dollars.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float, Decimal, str)):
        return None
    try:
        amount = Decimal(str(value).strip())
    except ArithmeticError:
        return None
    if not amount.is_finite() or amount < 0 or amount > NANO_PER_USD:
        return None
    return int((amount * NANO_PER_USD).to_integral_value(rounding="ROUND_HALF_EVEN"))
