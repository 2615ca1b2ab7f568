"""LiteLLM's price file as a second source, behind the table's own rows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from otel_agentcost.model.outcome import ESTIMATED, FREE, PRICED, UNPRICED, Reason
from otel_agentcost.model.usage import Usage
from otel_agentcost.pricing.load import make_price_table, read_snapshot
from otel_agentcost.pricing.settings import PriceSettings
from otel_agentcost.pricing.table import PriceTable
from tests.unit.pricing.prices import NOW, quote

PLAIN = {"input_cost_per_token": 1e-06, "output_cost_per_token": 2e-06}
OTHER_UNITS = (
    "input_cost_per_query", "input_cost_per_request", "output_cost_per_image", "input_cost_per_second",
    "output_cost_per_second", "input_cost_per_character", "input_cost_per_pixel", "ocr_cost_per_page",
    "input_cost_per_video_per_second", "input_cost_per_image_above_128k_tokens",
)  # fmt: skip
FILE: dict[str, Any] = {
    "sample_spec": {"input_cost_per_token": 0.0, "litellm_provider": "one of https://docs.example", "mode": "chat"},
    "acme/big-1": {
        "litellm_provider": "acme",
        "input_cost_per_token": 3e-06,
        "input_cost_per_token_above_200k_tokens": 6e-06,
        "input_cost_per_token_batches": 1.5e-06,
        "input_cost_per_token_priority": 5.1e-06,
        "output_cost_per_token": 1.5e-05,
        "output_cost_per_token_above_200k_tokens": 2.25e-05,
        "output_cost_per_token_batches": 7.5e-06,
        "cache_read_input_token_cost": 3e-07,
        "cache_creation_input_token_cost": 3.75e-06,
        "cache_creation_input_token_cost_above_1hr": 6e-06,
        "search_context_cost_per_query": {"search_context_size_medium": 0.01},
        "max_tokens": 8192,
        "supports_vision": True,
    },
    "gpt-4o": {"litellm_provider": "openai", "input_cost_per_token": 1, "output_cost_per_token": 1},
    "gpt-next": {"litellm_provider": "openai", **PLAIN},
    "azure/acme-deploy": {"litellm_provider": "azure", **PLAIN},
    "vertex_ai/gem-next": {"litellm_provider": "vertex_ai-language-models", **PLAIN},
    "pictures-1": {"litellm_provider": "openai", "mode": "image_generation", "output_cost_per_image": 0.04},
    "gift-1": {"litellm_provider": "acme", "input_cost_per_token": 0.0, "output_cost_per_token": 0.0,
               "input_cost_per_image": 0.0},
    "part-1": {"litellm_provider": "acme", "input_cost_per_token": 0.0, "output_cost_per_token": 2e-06,
               "input_cost_per_image": 0.002},
    **{f"by-{key}": {"litellm_provider": "acme", "input_cost_per_token": 0.0, "output_cost_per_token": 0, key: 0.002}
       for key in OTHER_UNITS},
    "odd-1": {"litellm_provider": 7, "input_cost_per_token": "x", "output_cost_per_token": None},
}  # fmt: skip


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> PriceTable:
    path = tmp_path_factory.mktemp("prices") / "model_prices.json"
    path.write_text(json.dumps(FILE))
    return make_price_table(read_snapshot(), "test", None, PriceSettings(litellm_file=str(path)))


def test_it_prices_what_the_table_does_not_know(table: PriceTable) -> None:
    answer = quote("openai", "gpt-next", table=table)
    assert (answer.status, answer.cost_nano_usd) == (PRICED, 1000 * 1000 + 100 * 2000)
    assert answer.price_id == "openai/litellm:gpt-next@any"


def test_it_does_not_replace_what_the_table_knows(table: PriceTable) -> None:
    assert quote("openai", "gpt-4o", table=table) == quote("openai", "gpt-4o")


@pytest.mark.parametrize(
    ("provider", "model"),
    [
        ("azure.ai.openai", "acme-deploy"),
        (None, "azure/acme-deploy"),
        ("gcp.vertex_ai", "gem-next"),
        ("acme", "big-1"),
        ("acme", "acme/big-1"),
        (None, "acme/big-1"),
    ],
)
def test_its_providers_are_ours(table: PriceTable, provider: str | None, model: str) -> None:
    assert quote(provider, model, table=table).status == PRICED


def test_tiers_cache_writes_and_searches_are_taken_over(table: PriceTable) -> None:
    usage = Usage(1000, 100, 100, 200, 300, web_searches=1)
    short = 400 * 3000 + 100 * 300 + 200 * 3750 + 300 * 6000 + 100 * 15_000 + 10_000_000
    assert quote("acme", "big-1", usage=usage, table=table).cost_nano_usd == short
    assert quote("acme", "big-1", usage=Usage(200_001, 1), table=table).cost_nano_usd == 200_001 * 6000 + 22_500


def test_batch_and_priority_prices_are_variants(table: PriceTable) -> None:
    usage = Usage(1000, 100)
    batch = quote("acme", "big-1", usage=usage, tier="batch", at=NOW, table=table)
    assert batch.cost_nano_usd == 1000 * 1500 + 100 * 7500
    priority = quote("acme", "big-1", usage=usage, tier="priority", table=table)
    assert priority.cost_nano_usd == 1000 * 5100 + 100 * 15_000


@pytest.mark.parametrize("model", ["sample_spec", "pictures-1", "odd-1"])
def test_what_has_no_price_per_token_is_left_out(table: PriceTable, model: str) -> None:
    assert quote("openai", model, table=table).status == "unpriced"


@pytest.mark.parametrize("unit", OTHER_UNITS)
def test_a_model_billed_by_what_is_not_counted_is_unpriced_and_not_free(table: PriceTable, unit: str) -> None:
    answer = quote("acme", f"by-{unit}", table=table)
    assert (answer.status, answer.reason, answer.cost_nano_usd) == (UNPRICED, Reason.NO_PRICE_FOR_UNIT, 0)
    found = table.explain("acme", f"by-{unit}", None, None, Usage(1000, 100), NOW)
    assert found.notes == (f"the price file also has {unit}, which telemetry does not count",)


def test_where_its_tokens_have_a_price_too_the_cost_is_an_estimate(table: PriceTable) -> None:
    answer = quote("acme", "part-1", table=table)
    assert (answer.status, answer.reason, answer.cost_nano_usd) == (ESTIMATED, Reason.NO_PRICE_FOR_UNIT, 200_000)


def test_a_model_whose_prices_are_all_zero_stays_free(table: PriceTable) -> None:
    assert quote("acme", "gift-1", table=table).status == FREE


def test_a_file_that_is_none_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"prices.litellm_file: .*nowhere.json cannot be read"):
        make_price_table(read_snapshot(), "test", None, PriceSettings(litellm_file=str(tmp_path / "nowhere.json")))
    (tmp_path / "list.json").write_text("[1, 2]")
    with pytest.raises(ValueError, match="is not a LiteLLM price file"):
        make_price_table(read_snapshot(), "test", None, PriceSettings(litellm_file=str(tmp_path / "list.json")))
