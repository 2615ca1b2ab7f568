"""Our compiled table against genai-prices' own calculation: the fast path is held against the slow one it shadows."""

from __future__ import annotations

import warnings
from datetime import datetime, timedelta, timezone
from decimal import ROUND_HALF_EVEN, Decimal
from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from otel_agentcost.model.outcome import ESTIMATED, FREE, PRICED, UNPRICED, Reason
from otel_agentcost.model.quote import Quote
from otel_agentcost.model.usage import MAX_TOKENS, Usage, impossible
from otel_agentcost.pricing.compile import compile_installed
from otel_agentcost.pricing.data import Clause
from otel_agentcost.pricing.load import load_price_table, make_price_table
from otel_agentcost.pricing.resolve import Names, Resolution
from otel_agentcost.pricing.settings import PriceSettings
from otel_agentcost.pricing.table import PriceTable
from otel_agentcost.pricing.tiers import context_of

from .examples import examples

genai_data = pytest.importorskip("genai_prices.data", reason="genai-prices needs Python 3.11")

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
START = datetime(2023, 1, 1, tzinfo=timezone.utc)
TIERS = [None, "default", "batch", "flex", "priority", "fast"]
MUST_BE_PRICED = {"input_mtok": "input_tokens", "output_mtok": "output_tokens", "web_searches_kcount": "web_searches"}


@cache
def table() -> PriceTable:
    return make_price_table(compile_installed(made_on=""), "test", None, PriceSettings())


counts = st.one_of(
    st.integers(0, 50),
    st.integers(0, 2_000_000),
    st.sampled_from([127_999, 128_000, 200_000, 200_001, 272_000, 272_001]),
    st.integers(0, MAX_TOKENS),
)


@st.composite
def coherent_usages(draw: st.DrawFn) -> Usage:
    """A usage that a provider could bill: parts are drawn, totals are their sums."""
    few = st.one_of(st.just(0), st.integers(0, 5_000))
    read, read_audio, write_5m, write_1h, audio, image = (draw(few) for _ in range(6))
    reasoning, audio_out, image_out = (draw(few) for _ in range(3))
    return Usage(
        input_tokens=min(draw(counts), MAX_TOKENS // 2) + read + read_audio + write_5m + write_1h + audio + image,
        output_tokens=min(draw(counts), MAX_TOKENS // 2) + reasoning + audio_out + image_out,
        cache_read_tokens=read + read_audio,
        cache_write_5m_tokens=write_5m,
        cache_write_1h_tokens=write_1h,
        reasoning_tokens=reasoning,
        input_audio_tokens=audio + read_audio,
        input_image_tokens=image,
        cache_read_audio_tokens=read_audio,
        output_audio_tokens=audio_out,
        output_image_tokens=image_out,
        web_searches=draw(st.one_of(st.just(0), st.integers(0, 20))),
    )


text_usages = st.builds(
    lambda fresh, read, write, out, reasoning: Usage(
        fresh + read + write, out + reasoning, read, write, 0, reasoning_tokens=reasoning
    ),
    *[counts.map(lambda n: n // 4)] * 5,
)
any_usages = st.builds(Usage, *[counts] * len(Usage.__struct_fields__))
# Between 2023 and 2028, every second one at a midnight, where prices change.
instants = st.one_of(
    st.integers(0, 1826 * 86_400 * 10**6).map(lambda micros: START + timedelta(microseconds=micros)),
    st.integers(0, 1826).map(lambda days: START + timedelta(days=days)),
)


def unix_nano(instant: datetime) -> int:
    return (instant - EPOCH) // timedelta(microseconds=1) * 1000


def theirs(usage: Usage) -> Any:
    from genai_prices import Usage as TheirUsage

    return TheirUsage(
        input_tokens=usage.input_tokens,
        output_tokens=usage.output_tokens,
        cache_read_tokens=usage.cache_read_tokens,
        cache_write_tokens=usage.cache_write_tokens,
        cache_write_5m_tokens=usage.cache_write_5m_tokens,
        cache_write_1h_tokens=usage.cache_write_1h_tokens,
        output_reasoning_tokens=usage.reasoning_tokens,
        input_audio_tokens=usage.input_audio_tokens,
        input_image_tokens=usage.input_image_tokens,
        cache_audio_read_tokens=usage.cache_read_audio_tokens,
        output_audio_tokens=usage.output_audio_tokens,
        output_image_tokens=usage.output_image_tokens,
        web_searches=usage.web_searches,
    )


def check(quote: Quote, usage: Usage, provider: Any, model: Any, instant: datetime, context: dict[str, str]) -> None:
    """Assert that our quote says what genai-prices says, or refuses for a reason that docs/pricing.md tells."""
    where = (provider.id, model.id, usage, instant, context, quote)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            theirs_says = model.calc_price(
                theirs(usage), provider, genai_request_timestamp=instant, price_context=context
            )
    except ValueError:
        assert quote.status == UNPRICED, where
        return
    if impossible(usage) is not None:
        assert (quote.status, quote.reason) == (UNPRICED, Reason.IMPOSSIBLE_USAGE), where
        return
    if not any(usage.counts):
        assert (quote.status, quote.reason) == (UNPRICED, Reason.MISSING_USAGE), where
        return
    expected = int((theirs_says.total_price * 10**9).quantize(Decimal(1), ROUND_HALF_EVEN))
    assert quote.cost_nano_usd == expected, where
    prices = vars(theirs_says.model_price)
    if prices and any(prices.get(key) is None and getattr(usage, name) for key, name in MUST_BE_PRICED.items()):
        assert (quote.status, quote.reason) == (ESTIMATED if expected else UNPRICED, Reason.NO_PRICE_FOR_UNIT), where
    else:
        assert quote.status in (PRICED, FREE), where


usages = st.one_of(coherent_usages(), text_usages, text_usages, any_usages)
some_models_worth = settings(max_examples=examples(6), deadline=None, suppress_health_check=list(HealthCheck))


@some_models_worth
@given(usage=usages, instant=instants, tier=st.sampled_from(TIERS))
def test_every_model_costs_what_genai_prices_says_to_the_nano_dollar(
    usage: Usage, instant: datetime, tier: str | None
) -> None:
    check_every_model(usage, instant, tier)


@pytest.mark.integration
@settings(some_models_worth, max_examples=examples(150))
@given(usage=usages, instant=instants, tier=st.sampled_from(TIERS))
def test_every_model_costs_what_genai_prices_says_for_many_more_usages(
    usage: Usage, instant: datetime, tier: str | None
) -> None:
    check_every_model(usage, instant, tier)


def check_every_model(usage: Usage, instant: datetime, tier: str | None) -> None:
    ours = table()
    context = context_of(tier)
    for provider in genai_data.providers:
        mine = {model.id: model for model in ours.providers[provider.id].models}
        for model in provider.models:
            timeline = timelines().get((provider.id, model.id, tier))
            if timeline is None:
                resolution = Resolution(provider.id, mine[model.id], provider.id)
                timeline = ours.timeline_of(Names(), resolution, [], context)
                timelines()[provider.id, model.id, tier] = timeline
            row = timeline.at(unix_nano(instant)).row
            quote = Quote(UNPRICED, Reason.NO_PRICE_FOR_UNIT) if row is None else row.quote(usage)
            check(quote, usage, provider, model, instant, dict(context))


@cache
def timelines() -> dict[Any, Any]:
    return {}


def spellings(match: Clause) -> list[str]:
    """Return names that a match rule names: what it equals, starts with or contains."""
    found = [text for text in (match.equals, match.starts_with, match.contains, match.ends_with) if text]
    for clause in match.or_ or []:
        found += spellings(clause)
    return found


def test_every_name_in_the_data_finds_the_model_that_genai_prices_finds() -> None:
    from genai_prices.data_snapshot import get_snapshot

    snapshot = get_snapshot()
    ours = table()
    usage = Usage(input_tokens=1000, output_tokens=10)
    now = datetime(2026, 11, 1, tzinfo=timezone.utc)
    names = 0
    for provider in ours.data.providers:
        for mine in provider.models:
            for name in {mine.id, *spellings(mine.match)}:
                try:
                    _, expected = snapshot.find_provider_model(name, None, provider.id, None)
                except LookupError:
                    continue  # names that only we understand are tested one by one
                names += 1
                quote = ours.quote(provider.id, name, None, None, usage, unix_nano(now))
                if DELIBERATE.get((provider.id, name)) == quote.model:
                    continue
                assert quote.model == expected.id, (provider.id, name, quote)
    assert names > len(snapshot.providers) * 50


DELIBERATE: dict[tuple[str, str], str] = {}
"""Names that we read otherwise, on purpose: docs/pricing.md says why."""


@settings(max_examples=examples(300), deadline=None)
@given(usage=st.one_of(coherent_usages(), text_usages, any_usages), pick=st.integers(0, 10**6), instant=instants)
def test_the_parts_of_a_cost_sum_to_it_and_none_is_negative(usage: Usage, pick: int, instant: datetime) -> None:
    ours = table()
    models = [(provider.id, model.id) for provider in ours.data.providers for model in provider.models]
    provider, model = models[pick % len(models)]
    asked = (provider, model, None, None, usage, unix_nano(instant))
    quote, parts = ours.quote(*asked), ours.breakdown(*asked)
    if quote.status == UNPRICED:
        assert parts is None
    else:
        assert parts is not None
        assert sum(parts) == quote.cost_nano_usd
        assert min(parts) >= 0


@settings(max_examples=examples(100), deadline=None)
@given(st.lists(st.one_of(instants.map(unix_nano), st.integers(-(10**30), 10**30)), min_size=2, max_size=20))
def test_a_remembered_price_never_answers_for_another_time(times: list[int]) -> None:
    ours = load_once()
    usage = Usage(300_000, 10, 5)
    for provider, model in (("deepseek", "deepseek-v4-pro"), ("anthropic", "claude-opus-4-6"), ("openai", "gpt-5.5")):
        timeline = ours.entry(Names(provider, model), "batch").timeline
        for at in times:
            row = timeline.at(at).row
            assert row is not None
            assert ours.quote(provider, model, None, None, usage, at, "batch") == row.quote(usage)


@settings(max_examples=examples(300), deadline=None)
@given(
    names=st.tuples(*[st.one_of(st.none(), st.text(max_size=40), st.sampled_from(["openai", "gpt-4o", "azure"]))] * 4),
    usage=st.builds(Usage, *[st.one_of(st.integers(), st.floats(), st.none(), st.text(max_size=3))] * 12),
    at=st.integers(),
    tier=st.one_of(st.none(), st.text(max_size=10)),
)
def test_no_names_and_no_numbers_make_it_raise_or_price_nonsense(
    names: Any, usage: Usage, at: int, tier: str | None
) -> None:
    quote = load_once().quote(*names, usage, at, tier)
    assert quote.status in (PRICED, FREE, UNPRICED)
    if quote.status != UNPRICED:
        assert impossible(usage) is None
        assert isinstance(quote.cost_nano_usd, int)
    else:
        assert quote.reason
        assert quote.cost_nano_usd == 0
    load_once().breakdown(*names, usage, at, tier)


@cache
def load_once() -> PriceTable:
    return load_price_table()
