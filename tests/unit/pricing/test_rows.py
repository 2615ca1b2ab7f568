"""What one row makes of a usage: exact sums, one rounding, brackets, and when it says no."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest

from otel_agentcost.model.outcome import ESTIMATED, FREE, PRICED, UNPRICED, Reason
from otel_agentcost.model.usage import Usage
from otel_agentcost.pricing.data import Tier, Tiered
from otel_agentcost.pricing.load import read_snapshot
from otel_agentcost.pricing.row import Row
from tests.unit.pricing.prices import NOW, nano, quote, row


def test_a_cached_call_costs_its_fresh_and_its_cached_tokens_apart() -> None:
    answer = row(input_mtok="2.5", cache_read_mtok="1.25", output_mtok="10").quote(Usage(1000, 100, 400))
    assert answer.cost_nano_usd == 600 * 2500 + 400 * 1250 + 100 * 10_000


def test_both_lifetimes_of_a_cache_write_have_their_price() -> None:
    priced = row(input_mtok="3", cache_write_mtok="3.75", cache_write_1h_mtok="6", output_mtok="15")
    usage = Usage(1000, 0, 0, cache_write_5m_tokens=300, cache_write_1h_tokens=200)
    assert priced.quote(usage).cost_nano_usd == 500 * 3000 + 300 * 3750 + 200 * 6000


def test_one_price_for_cache_writes_covers_both_lifetimes() -> None:
    priced = row(input_mtok="3", cache_write_mtok="3.75", output_mtok="15")
    usage = Usage(1000, 0, 0, cache_write_5m_tokens=300, cache_write_1h_tokens=200)
    assert priced.quote(usage).cost_nano_usd == 500 * 3000 + 500 * 3750


def test_reasoning_costs_what_output_costs_unless_it_has_its_own_price() -> None:
    usage = Usage(0, 100, reasoning_tokens=60)
    assert row(input_mtok="1", output_mtok="10").quote(usage).cost_nano_usd == 100 * 10_000
    own = row(input_mtok="1", output_mtok="10", output_reasoning_mtok="3")
    assert own.quote(usage).cost_nano_usd == 40 * 10_000 + 60 * 3_000


def test_audio_that_came_from_the_cache_is_paid_once() -> None:
    priced = row(
        input_mtok="1", cache_read_mtok="0.5", input_audio_mtok="10", cache_audio_read_mtok="2", output_mtok="4"
    )
    usage = Usage(1000, 0, 300, input_audio_tokens=200, cache_read_audio_tokens=100)
    assert priced.quote(usage).cost_nano_usd == 600 * 1000 + 200 * 500 + 100 * 10_000 + 100 * 2_000


def test_a_request_fee_and_searches_are_added() -> None:
    priced = row(input_mtok="1", output_mtok="1", requests_kcount="12", web_searches_kcount="10")
    assert priced.quote(Usage(1, 0, web_searches=3)).cost_nano_usd == 1000 + 12_000_000 + 30_000_000


@pytest.mark.parametrize(("tokens", "cost"), [(1, 0), (3, 2), (5, 2), (7, 4), (2, 1)])
def test_half_a_nano_dollar_rounds_to_even_once(tokens: int, cost: int) -> None:
    assert row(input_mtok="0.0005", output_mtok="1").quote(Usage(tokens, 0)).cost_nano_usd == cost
    spread = row(input_mtok="0.0005", cache_read_mtok="0.0005", output_mtok="1")
    assert spread.quote(Usage(tokens, 0, tokens - 1)).cost_nano_usd == cost


def test_above_its_threshold_the_higher_price_holds_for_every_token() -> None:
    def tiered(base: str, above: str) -> Tiered:
        return Tiered(Decimal(base), [Tier(200_000, Decimal(above))])

    prices = {"input_mtok": tiered("3", "6"), "output_mtok": tiered("15", "22.5")}
    priced = Row("acme", "m", "id", dict(prices), read_snapshot().units)
    assert priced.quote(Usage(200_000, 10)).cost_nano_usd == 200_000 * 3000 + 10 * 15_000
    assert priced.quote(Usage(200_001, 10)).cost_nano_usd == 200_001 * 6000 + 10 * 22_500


@pytest.mark.parametrize(
    ("usage", "reason"),
    [
        (Usage(10, 1, 11), Reason.IMPOSSIBLE_USAGE),
        (Usage(10, 1, cache_write_5m_tokens=6, cache_write_1h_tokens=5), Reason.IMPOSSIBLE_USAGE),
        (Usage(10, 1, reasoning_tokens=2), Reason.IMPOSSIBLE_USAGE),
        (Usage(-1, 1), Reason.IMPOSSIBLE_USAGE),
        (Usage(10, -1), Reason.IMPOSSIBLE_USAGE),
        (Usage(10, 1, -1), Reason.IMPOSSIBLE_USAGE),
        (Usage(10**18, 1), Reason.IMPOSSIBLE_USAGE),
        (Usage(1, 10**18), Reason.IMPOSSIBLE_USAGE),
        (Usage(10, 1, input_audio_tokens=11), Reason.IMPOSSIBLE_USAGE),
        (Usage(10, 1, web_searches=-1), Reason.IMPOSSIBLE_USAGE),
        (Usage(), Reason.MISSING_USAGE),
        (Usage(web_searches=1), Reason.NO_PRICE_FOR_UNIT),
    ],
)
def test_what_cannot_be_or_has_no_price_is_unpriced(usage: Usage, reason: str) -> None:
    priced = row(input_mtok="3", cache_read_mtok="0.3", output_mtok="15")
    answer = priced.quote(usage)
    assert (answer.status, answer.reason, answer.cost_nano_usd) == (UNPRICED, reason, 0)
    assert priced.breakdown(usage) is None


def test_cached_tokens_and_audio_that_together_exceed_the_input_cannot_be() -> None:
    priced = row(
        input_mtok="1", cache_read_mtok="0.5", input_audio_mtok="10", cache_audio_read_mtok="2", output_mtok="4"
    )
    usage = Usage(100, 0, 80, input_audio_tokens=60, cache_read_audio_tokens=10)
    assert priced.quote(usage).reason == Reason.IMPOSSIBLE_USAGE


def test_cached_images_that_nobody_counted_leave_the_call_unpriced() -> None:
    priced = row(input_mtok="5", cache_read_mtok="1", input_image_mtok="8", cache_image_read_mtok="2", output_mtok="30")
    assert priced.quote(Usage(100, 1, 50, input_image_tokens=40)).reason == Reason.CACHE_TOKENS_NOT_REPORTED
    assert priced.quote(Usage(100, 1, 0, input_image_tokens=40)).status == PRICED
    assert priced.quote(Usage(100, 1, 50)).status == PRICED


def test_a_part_without_a_price_leaves_the_rest_as_an_estimate() -> None:
    answer = quote("openai", "text-embedding-3-small", usage=Usage(1000, 5))
    assert (answer.status, answer.reason, answer.cost_nano_usd) == (ESTIMATED, Reason.NO_PRICE_FOR_UNIT, 20_000)
    assert quote("openai", "text-embedding-3-small", usage=Usage(1000, 0)).cost_nano_usd == 20_000


def test_a_model_billed_by_the_second_is_not_priced_by_tokens_at_nothing() -> None:
    assert quote("groq", "whisper-large-v3", usage=Usage(1000, 5)).reason == Reason.NO_PRICE_FOR_UNIT


def test_a_model_that_the_table_gives_away_is_free() -> None:
    answer = quote("openrouter", "openai/gpt-oss-20b:free")
    assert (answer.status, answer.reason, answer.cost_nano_usd) == (FREE, None, 0)
    assert row(input_mtok="0", output_mtok="0").quote(Usage(5, 5)).status == FREE
    assert row(input_mtok="0", output_mtok="1").quote(Usage(5, 0)).status == PRICED


def test_the_same_usage_costs_the_same_on_the_short_and_the_complete_way() -> None:
    priced = row(
        input_mtok="2.5", cache_read_mtok="0.3", cache_write_mtok="3.1", output_mtok="10", output_reasoning_mtok="7"
    )
    for usage in (Usage(1000, 50, 20, 3, 4, 7), Usage(7, 0), Usage(0, 9), Usage(3, 3, 3, 0, 0, 3)):
        assert priced.quote(usage) == priced._quote_checked(usage)


def test_the_parts_of_a_cost_are_named_and_sum_to_it() -> None:
    priced = row(
        input_mtok="1.1", cache_read_mtok="0.7", cache_write_mtok="1.3", output_mtok="3.3", web_searches_kcount="10"
    )  # fmt: skip
    usage = Usage(1001, 333, 101, 33, 34, 77, web_searches=2)
    parts, answer = priced.breakdown(usage), priced.quote(usage)
    assert parts is not None
    assert sum(parts) == answer.cost_nano_usd
    assert parts.input_nano_usd == round(Fraction(1001 - 101 - 67) * 1100)
    assert parts.cache_read_nano_usd == 101 * 700
    assert parts.cache_write_nano_usd == 67 * 1300
    assert parts.output_nano_usd == (333 - 77) * 3300
    assert parts.reasoning_nano_usd == 77 * 3300
    assert parts.tool_nano_usd == 20_000_000


def test_what_rounding_leaves_over_goes_to_the_largest_rest() -> None:
    priced = row(input_mtok="0.0004", cache_read_mtok="0.0004", output_mtok="0.0004")
    parts = priced.breakdown(Usage(4, 1, 2))  # 0.8, 0.8 and 0.4 nano-USD: 2 in all
    assert parts is not None
    assert (parts.input_nano_usd, parts.cache_read_nano_usd, parts.output_nano_usd) == (1, 1, 0)


def test_prices_that_overlap_without_a_price_for_the_overlap_are_refused() -> None:
    with pytest.raises(ValueError, match="overlap"):
        row(input_mtok="1", cache_read_mtok="0.5", input_audio_mtok="10")
    with pytest.raises(ValueError, match="includes it"):
        row(cache_read_mtok="0.5", output_mtok="1")


def test_a_price_holds_from_its_date_on() -> None:
    usage = Usage(300_000, 0)
    day = 86_400 * 10**9
    start = nano("2026-03-13")
    assert quote("anthropic", "claude-opus-4-6", usage=usage, at=start - 1).cost_nano_usd == 300_000 * 10_000
    assert quote("anthropic", "claude-opus-4-6", usage=usage, at=start).cost_nano_usd == 300_000 * 5_000
    assert quote("anthropic", "claude-opus-4-6", at=start).price_id == "anthropic/claude-opus-4-6@2026-03-13"
    assert quote("anthropic", "claude-opus-4-6", usage=usage, at=start - 9999 * day).status == PRICED


def test_a_price_holds_in_its_hours() -> None:
    usage = Usage(1_000_000, 0)
    rush = quote("deepseek", "deepseek-v4-pro", usage=usage, at=nano("2026-11-01T02:00")).cost_nano_usd
    calm = quote("deepseek", "deepseek-v4-pro", usage=usage, at=nano("2026-11-01T05:00")).cost_nano_usd
    assert rush == 1_320_000_000
    assert calm < rush
    assert quote("deepseek", "deepseek-v4-pro", usage=usage, at=nano("2026-11-01T04:00")).cost_nano_usd == calm
    assert quote("deepseek", "deepseek-v4-pro", usage=usage, at=nano("2026-11-01T04:00") - 1).cost_nano_usd == rush


@pytest.mark.parametrize(
    ("model", "at", "price_id"),
    [
        ("deepseek-chat", "2025-08-01T12:00", "deepseek-chat@any[00:30-16:30]"),
        ("deepseek-chat", "2025-08-01T17:30", "deepseek-chat@any[16:30-00:30]"),
        ("deepseek-chat", "2025-08-02T00:29:59", "deepseek-chat@any[16:30-00:30]"),
        ("deepseek-v4-pro", "2026-11-01T02:00", "deepseek-v4-pro@any[01:00-04:00,06:00-10:00]"),
        ("deepseek-v4-pro", "2026-11-01T05:00", "deepseek-v4-pro@2026-08-17[04:00-06:00,10:00-01:00]"),
        ("deepseek-v4-pro", "2026-11-01T23:00", "deepseek-v4-pro@2026-08-17[04:00-06:00,10:00-01:00]"),
        ("deepseek-v4-pro", "2026-08-16T23:00", "deepseek-v4-pro@any[04:00-06:00,10:00-01:00]"),
    ],
)
def test_a_row_that_holds_in_some_hours_names_them(model: str, at: str, price_id: str) -> None:
    assert quote("deepseek", model, at=nano(at)).price_id == f"deepseek/{price_id}"


@pytest.mark.parametrize(
    ("tier", "factor"),
    [
        (None, 1), ("default", 1), ("standard", 1), ("auto", 1), ("ON_DEMAND", 1), ("scale", 1),
        ("batch", Fraction(1, 2)), ("BATCH", Fraction(1, 2)), ("flex", Fraction(1, 2)),
        ("priority", 2), ("SERVICE_TIER_PRIORITY", 2), ("fast", 2),
    ],
)  # fmt: skip
def test_each_tier_has_its_price(tier: str | None, factor: Fraction | int) -> None:
    standard = quote("openai", "gpt-6-sol").cost_nano_usd
    assert quote("openai", "gpt-6-sol", tier=tier).cost_nano_usd == standard * factor


def test_anthropic_sells_speed_and_names_it_in_the_row() -> None:
    standard, fast = quote("anthropic", "claude-opus-5-5"), quote("anthropic", "claude-opus-5-5", tier="fast")
    assert fast.cost_nano_usd == 2 * standard.cost_nano_usd
    assert fast.price_id == "anthropic/claude-opus-5-5@any+fast"


def test_a_tier_without_a_price_of_its_own_costs_the_standard_price() -> None:
    assert quote("mistral", "mistral-small-latest", tier="flex", at=NOW).cost_nano_usd > 0
    assert quote("openai", "gpt-6-sol", tier="batch", at=nano("2026-10-01")) == quote(
        "openai", "gpt-6-sol", at=nano("2026-10-01")
    )
