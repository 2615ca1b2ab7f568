"""What the same calls would cost under another table."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from otel_agentcost.engine.books import Books
from otel_agentcost.engine.engine import Engine
from otel_agentcost.engine.flushing import Flusher
from otel_agentcost.engine.repricing import reprice
from otel_agentcost.model.books import Stored
from otel_agentcost.model.outcome import DUPLICATE, PRICED, UNPRICED
from otel_agentcost.pricing.load import load_price_table
from otel_agentcost.pricing.settings import PriceOverride, PriceSettings
from tests.golden.scoring import price_table
from tests.property.naive_store import NaiveStore

from .spans import CHAT, COST, agent, span

HALF = PriceSettings(
    overrides=(
        PriceOverride("gpt-4o-mini", "openai", input_per_mtok=Decimal("0.075"), output_per_mtok=Decimal("0.30")),
    )
)


def stored(*spans: Any) -> Stored:
    """Return an execution as a store has it after these spans."""
    store, books = NaiveStore(), Books()
    engine = Engine(price_table(), clock=lambda: 0)
    engine.keep(books)
    for each in spans:
        engine.end(each)
    engine.retire()
    Flusher(books, store, lambda: 0).flush()
    (execution,) = store.executions.values()
    return execution


def test_the_same_table_says_the_same() -> None:
    execution = stored(span(2), span(3, at=(20, 30)), agent())
    assert reprice(execution, price_table()) == sorted(execution.calls, key=lambda call: call.span_id)


def test_another_table_prices_each_call_anew_and_leaves_the_stored_ones_alone() -> None:
    execution = stored(span(2), span(3, scope="other.sdk", at=(1, 9)), agent())
    calls = reprice(execution, load_price_table(HALF))
    assert sum(call.cost_nano_usd for call in calls) == COST // 2
    assert sorted(call.status for call in calls) == [DUPLICATE, PRICED]
    assert sum(call.cost_nano_usd for call in execution.calls) == COST


def test_a_model_that_the_other_table_does_not_know_is_unpriced() -> None:
    execution = stored(span(2, attributes={**CHAT, "gen_ai.request.model": "acme-1"}), agent())
    assert [call.status for call in reprice(execution, price_table())] == [UNPRICED]


def test_what_the_provider_billed_stays_what_it_billed() -> None:
    reported = {**CHAT, "gen_ai.usage.cost.amount": 0.5, "gen_ai.usage.cost.source": "provider"}
    execution = stored(span(2, attributes=reported), agent())
    assert sum(call.cost_nano_usd for call in execution.calls) == 500_000_000
    assert sum(call.cost_nano_usd for call in reprice(execution, load_price_table(HALF))) == 500_000_000
