"""Prices, aliases and currencies of the configuration."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otel_agentcost.model.outcome import FREE, PRICED, UNPRICED, Reason
from otel_agentcost.model.quote import Quote
from otel_agentcost.model.usage import Usage
from otel_agentcost.pricing.load import make_price_table, read_snapshot
from otel_agentcost.pricing.overrides import Overrides, price_keys
from otel_agentcost.pricing.row import Row
from otel_agentcost.pricing.settings import CurrencyRate, PriceOverride, PriceSettings
from tests.unit.pricing.prices import NOW, USAGE, nano
from tests.unit.pricing.prices import quote as quote_in

D = Decimal


def override(model: str, per_input: str = "1", per_output: str = "2", **more: object) -> PriceOverride:
    return PriceOverride(model=model, input_per_mtok=D(per_input), output_per_mtok=D(per_output), **more)  # type: ignore[arg-type]


def quote(settings: PriceSettings, *names: str | None, usage: Usage = USAGE, at: int = NOW) -> Quote:
    table = make_price_table(read_snapshot(), "test", None, settings)
    return quote_in(*names, usage=usage, at=at, table=table)


def test_an_override_prices_a_model_that_the_table_does_not_know() -> None:
    answer = quote(PriceSettings(overrides=(override("acme-*", provider="openai"),)), "openai", "Acme-private-7b")
    assert (answer.status, answer.cost_nano_usd) == (PRICED, 1000 * 1000 + 100 * 2000)
    assert (answer.provider, answer.model) == ("openai", "Acme-private-7b")
    assert answer.price_id == "override[0]/acme-*@any"


def test_an_override_goes_before_the_table() -> None:
    settings = PriceSettings(overrides=(override("gpt-4o"),))
    assert quote(settings, "openai", "gpt-4o").cost_nano_usd == 1_200_000
    assert quote(settings, "openai", "gpt-4o-2024-08-06").cost_nano_usd == 1_200_000  # the table's id for it
    assert quote(settings, "openai", "gpt-4o-mini") == quote(PriceSettings(), "openai", "gpt-4o-mini")


def test_the_provider_of_an_override_is_a_glob_over_both_spellings() -> None:
    settings = PriceSettings(overrides=(override("*", provider="azure*"),))
    assert quote(settings, "azure.ai.openai", "gpt-4o").cost_nano_usd == 1_200_000
    assert quote(settings, "openai", "gpt-4o").cost_nano_usd != 1_200_000
    assert quote(PriceSettings(overrides=(override("*", provider="ollama"),)), "ollama", "llama3").status == PRICED


def test_the_most_specific_override_wins_whatever_the_order() -> None:
    several = (override("gpt-4o", "7"), override("*", "9"), override("gpt-*", "8"))
    for overrides in (several, several[::-1]):
        assert quote(PriceSettings(overrides=overrides), "openai", "gpt-4o").cost_nano_usd == 7_000_000 + 200_000
        assert quote(PriceSettings(overrides=overrides), "openai", "gpt-5").cost_nano_usd == 8_000_000 + 200_000


def test_an_override_holds_from_its_date_on_and_a_later_one_replaces_it() -> None:
    settings = PriceSettings(
        overrides=(
            override("gpt-4o", "7", start=date(2026, 6, 1)),
            override("gpt-4o", "5", start=date(2026, 9, 1)),
        )
    )
    listed = quote(PriceSettings(), "openai", "gpt-4o")
    assert quote(settings, "openai", "gpt-4o", at=nano("2026-06-01") - 1) == listed
    assert quote(settings, "openai", "gpt-4o", at=nano("2026-06-01")).cost_nano_usd == 7_200_000
    assert quote(settings, "openai", "gpt-4o", at=nano("2026-09-01")).cost_nano_usd == 5_200_000


def test_before_its_date_an_unknown_model_stays_unpriced() -> None:
    settings = PriceSettings(overrides=(override("acme-1", start=date(2026, 6, 1)),))
    answer = quote(settings, "openai", "acme-1", at=nano("2026-05-31"))
    assert (answer.status, answer.reason) == (UNPRICED, Reason.UNKNOWN_MODEL)


def test_another_currency_is_converted_exactly_at_the_rate_of_the_day() -> None:
    settings = PriceSettings(
        overrides=(override("acme-1", "0.2", "0.8", currency="eur"),),
        currencies=(CurrencyRate("EUR", D("1.0837"), date(2026, 7, 1)), CurrencyRate("EUR", D("1.1"))),
    )
    usage = Usage(1_000_000, 1_000_000)
    assert quote(settings, None, "acme-1", usage=usage, at=nano("2026-06-30")).cost_nano_usd == 1_100_000_000
    assert quote(settings, None, "acme-1", usage=usage, at=nano("2026-07-01")).cost_nano_usd == 1_083_700_000


def test_an_override_without_a_start_uses_the_first_rate_for_earlier_calls_and_says_so() -> None:
    settings = PriceSettings(
        overrides=(override("acme-1", currency="EUR"),),
        currencies=(CurrencyRate("EUR", D("1.2"), date(2026, 7, 1)), CurrencyRate("EUR", D("1.1"), date(2026, 3, 1))),
    )
    table = make_price_table(read_snapshot(), "test", None, settings)
    early = table.explain(None, "acme-1", None, None, Usage(1_000_000), nano("2026-02-28"))
    assert early.quote.cost_nano_usd == 1_100_000_000
    assert early.notes == ("EUR has no rate before 2026-03-01: that first rate is used for this earlier call",)
    late = table.explain(None, "acme-1", None, None, Usage(1_000_000), nano("2026-07-02"))
    assert late.notes == ()
    assert late.steps[-1].endswith("at 1.2 USD for one EUR, the rate from 2026-07-01 on")


def test_without_a_provider_anywhere_none_is_made_up() -> None:
    answer = quote(PriceSettings(overrides=(override("acme-1"),)), None, "acme-1")
    assert (answer.status, answer.provider) == (PRICED, None)


def test_an_override_of_zero_makes_a_model_free() -> None:
    assert quote(PriceSettings(overrides=(override("llama3", "0", "0"),)), "ollama", "llama3").status == FREE


def test_a_cached_token_without_a_price_of_its_own_costs_an_input_token() -> None:
    settings = PriceSettings(overrides=(override("acme-1"),))
    assert quote(settings, None, "acme-1", usage=Usage(1000, 0, 900)).cost_nano_usd == 1_000_000


def test_an_alias_says_what_a_deployment_is() -> None:
    settings = PriceSettings(aliases={"Prod-Chat-*": "azure/gpt-4o"})
    answer = quote(settings, None, None, "prod-chat-eu")
    assert (answer.provider, answer.model, answer.status) == ("azure", "gpt-4o", PRICED)


def test_an_alias_without_a_provider_keeps_the_one_of_the_span() -> None:
    answer = quote(PriceSettings(aliases={"prod-chat-eu": "gpt-4o"}), "azure.ai.openai", "prod-chat-eu")
    assert (answer.provider, answer.model) == ("azure", "gpt-4o")


def test_an_alias_names_the_model_behind_an_application_inference_profile() -> None:
    arn = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc123def456"
    settings = PriceSettings(aliases={"*/abc123def456": "bedrock/us.anthropic.claude-sonnet-4-5-20250929-v1:0"})
    assert quote(settings, "aws.bedrock", None, arn).model == "regional.anthropic.claude-sonnet-4-5-20250929-v1:0"


def test_the_answering_model_goes_before_an_alias_of_the_requested_one() -> None:
    """An alias grows stale when the deployment is moved to another model; the response does not."""
    settings = PriceSettings(aliases={"prod-chat-eu": "azure/gpt-4o"})
    assert quote(settings, "azure", "gpt-4o-mini-2024-07-18", "prod-chat-eu").model == "gpt-4o-mini"


def test_the_price_of_a_search_fills_in_where_the_row_has_none() -> None:
    usage = Usage(1000, 0, web_searches=2)
    plain = quote(PriceSettings(), "mistral", "mistral-small-latest", usage=usage)
    assert plain.reason == Reason.NO_PRICE_FOR_UNIT
    priced = quote(PriceSettings(tools={"web_search": D("0.01")}), "mistral", "mistral-small-latest", usage=usage)
    assert (
        priced.cost_nano_usd
        == 20_000_000 + quote_in("mistral", "mistral-small-latest", usage=Usage(1000)).cost_nano_usd
    )


@pytest.mark.parametrize(
    ("tools", "usd"),
    [
        ({"web_*": "0.02"}, "0.02"),
        ({"*": "0.03", "WEB_*": "0.02"}, "0.02"),
        ({"web_*search*": "0.02", "Web_Search": "0.01"}, "0.01"),
    ],
)
def test_the_price_of_a_search_may_stand_under_a_glob(tools: dict[str, str], usd: str) -> None:
    settings = PriceSettings(tools={name: D(price) for name, price in tools.items()})
    searched = quote(settings, "mistral", "mistral-small-latest", usage=Usage(1000, 0, web_searches=1))
    plain = quote(settings, "mistral", "mistral-small-latest", usage=Usage(1000))
    assert searched.status == PRICED
    assert searched.cost_nano_usd - plain.cost_nano_usd == D(usd) * 10**9


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (PriceSettings(overrides=(override("m", currency="CHF"),)), r"overrides\[0\].currency: 'CHF' has no rate"),
        (
            PriceSettings(
                overrides=(override("m", currency="EUR", start=date(2026, 1, 1)),),
                currencies=(CurrencyRate("EUR", D(1), date(2026, 2, 1)),),
            ),
            r"overrides\[0\].start: 2026-01-01 lies before the first rate of EUR, of 2026-02-01",
        ),
        (PriceSettings(overrides=(override("m", "-1"),)), r"prices.overrides\[0\].input_per_mtok: -1"),
        (PriceSettings(overrides=(override("m", "NaN"),)), r"prices.overrides\[0\].input_per_mtok: NaN"),
        (PriceSettings(overrides=(PriceOverride("m"),)), r"prices.overrides\[0\]: no price"),
        (PriceSettings(overrides=(PriceOverride("m", output_per_mtok=D(1), cache_read_per_mtok=D(1)),)), "needs input"),
        (PriceSettings(overrides=(override("m", cache_read_audio_per_mtok=D(1)),)), "needs cache_read_per_mtok"),
        (PriceSettings(tools={"mcp:": D(1)}), r"prices.tools.mcp:: names no MCP server"),
        (PriceSettings(tools={"web_search": D(-1)}), r"prices.tools.web_search: -1 is not allowed"),
        (PriceSettings(currencies=(CurrencyRate("EUR", D(0)),)), r"prices.currencies\[0\].usd: 0"),
    ],
)  # fmt: skip
def test_a_wrong_setting_is_named_with_what_is_allowed(settings: PriceSettings, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Overrides(settings)


UNITS = read_snapshot().units
PARTS = [name for name in vars(PriceOverride("m")) if "per_" in name]


@given(st.dictionaries(st.sampled_from(PARTS), st.integers(0, 10**6).map(lambda n: D(n) / 1000)))
def test_every_set_of_prices_is_either_refused_at_the_start_or_a_whole_row(prices: dict[str, Decimal]) -> None:
    setting = PriceOverride("m", **prices)  # type: ignore[arg-type]
    refused: ValueError | None = None
    try:
        Overrides(PriceSettings(overrides=(setting,)))
    except ValueError as error:
        refused = error
    if refused is not None:
        assert "prices.overrides[0]" in str(refused)
    else:
        Row("acme", "m", "id", price_keys(setting), UNITS)
