"""The cost of a reading: what the provider reported, else the table's, else nothing."""

from __future__ import annotations

import pytest

from otel_agentcost.engine.quoting import quote_reading
from otel_agentcost.ledger.standing import Verdict, standing
from otel_agentcost.model.fact import Fact
from otel_agentcost.model.outcome import MAKES_UNPRICED, PRICED, UNPRICED, Reason
from otel_agentcost.model.reading import INFERENCE, Reading
from otel_agentcost.model.usage import Usage
from tests.golden.scoring import price_table

from .spans import COST, EPOCH


def reading(usage: Usage | None = Usage(100, 10), **found: object) -> Reading:  # noqa: B008 - a tuple
    made = Reading(INFERENCE, "test")
    made.provider, made.request_model, made.usage = "openai", "gpt-4o-mini", usage
    for name, value in found.items():
        setattr(made, name, value)
    return made


def test_the_table_prices_a_usage() -> None:
    quote = quote_reading(price_table(), reading(), EPOCH)
    assert quote is not None
    assert (quote.status, quote.cost_nano_usd, quote.source) == (PRICED, COST, "local")


def test_a_reported_cost_is_taken_even_where_the_table_knows_no_price() -> None:
    made = reading(reported_cost_nano_usd=5, request_model="acme-private-7b")
    quote = quote_reading(price_table(), made, EPOCH)
    assert quote is not None
    assert (quote.status, quote.cost_nano_usd, quote.source) == (PRICED, 5, "provider")


def test_a_reported_cost_of_a_sum_is_not_a_calls() -> None:
    quote = quote_reading(price_table(), reading(reported_cost_nano_usd=5, covers="sum"), EPOCH)
    assert quote is not None
    assert quote.cost_nano_usd == COST


def test_nothing_is_quoted_without_usage() -> None:
    assert quote_reading(price_table(), reading(None), EPOCH) is None


@pytest.mark.parametrize("doubt", sorted(MAKES_UNPRICED))
def test_nothing_is_quoted_where_the_doubt_leaves_no_cost(doubt: str) -> None:
    assert quote_reading(price_table(), reading(doubt=doubt), EPOCH) is None


@pytest.mark.parametrize("usage", [Usage(-1, 10), Usage(100, 10, cache_read_tokens=101), Usage(10**10, 1)])
@pytest.mark.parametrize("reported", [None, 5])
def test_an_impossible_usage_has_no_price(usage: Usage, reported: int | None) -> None:
    quote = quote_reading(price_table(), reading(usage, reported_cost_nano_usd=reported), EPOCH)
    assert quote is not None
    assert (quote.status, quote.reason) == (UNPRICED, Reason.IMPOSSIBLE_USAGE)


@pytest.mark.parametrize("doubt", [Reason.STREAM_ABANDONED, Reason.MISSING_USAGE])
def test_a_reported_cost_stands_whatever_is_doubtful_about_the_tokens(doubt: str) -> None:
    made = reading(None, reported_cost_nano_usd=7, doubt=doubt)
    quote = quote_reading(price_table(), made, EPOCH)
    assert quote is not None
    assert (quote.status, quote.cost_nano_usd, quote.source) == (PRICED, 7, "provider")
    assert standing(Fact(1, 2, 0, "chat", "x", 0, 1, made, quote)) == Verdict(PRICED, None, 7, 0)
