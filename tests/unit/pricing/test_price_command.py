"""`agentcost price`: the figure, where it is from, and what helps where there is none."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from otel_agentcost.cli.main import main


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("AGENTCOST_CONFIG", raising=False)
    monkeypatch.setenv("COLUMNS", "160")


def price(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, dict[str, Any]]:
    code = main(["price", *arguments, "--format", "json"])
    return code, json.loads(capsys.readouterr().out)


def test_it_prices_and_shows_each_part(capsys: pytest.CaptureFixture[str]) -> None:
    code, found = price(
        capsys, "gemini-2.5-pro", "--provider", "gcp.vertex_ai", "--input", "300k", "--cache-read", "1000",
        "--output", "500", "--reasoning", "100", "--tier", "batch", "--at", "2026-11-01",
    )  # fmt: skip
    assert code == 0
    assert (found["status"], found["cost_nano_usd"]) == ("priced", 377_750_000)
    assert found["price_id"] == "google/gemini-2.5-pro@any+batch"
    assert [(line["unit"], line["quantity"], line["price"]) for line in found["lines"]] == [
        ("input_tokens", 299_000, "1.25"),
        ("output_tokens", 500, "7.5"),
        ("cache_read_tokens", 1000, "0.25"),
    ]
    assert {line["bracket"] for line in found["lines"]} == {"input above 200,000 tokens"}
    assert sum(found["breakdown"].values()) == found["cost_nano_usd"]
    assert found["breakdown"]["reasoning_nano_usd"] == 100 * 7500
    assert found["steps"] == [
        "provider gcp.vertex_ai is google",
        "model gemini-2.5-pro: the name as it is",
        "the batch price holds from 2026-10-14 on",
    ]
    assert found["table"]["version"].startswith("genai-prices ")


def test_the_sum_of_the_parts_shown_is_the_exact_cost(capsys: pytest.CaptureFixture[str]) -> None:
    code, found = price(
        capsys, "claude-sonnet-4-5", "--input", "1001", "--output", "77", "--cache-read", "33", "--cache-write-5m", "5",
        "--cache-write-1h", "7", "--reasoning", "3", "--web-searches", "2",
    )  # fmt: skip
    assert code == 0
    exact = sum(round(float(line["cost_usd"]) * 1e12) for line in found["lines"])
    assert exact == round(float(found["exact_usd"]) * 1e12) == found["cost_nano_usd"] * 1000
    assert len(found["lines"]) == 6


def test_people_see_a_table_with_the_rounding_and_the_age_of_the_prices(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["price", "gpt-4o-mini", "--input", "3", "--output", "1", "--cache-read", "1"]) == 0
    out = capsys.readouterr().out
    for text in (
        "$0.000000975",
        "openai/gpt-4o-mini@any",
        "0.15 / 1M",
        "cache_read_tokens",
        "= 975 nano-USD",
    ):
        assert text in out
    # Prices of a genai-prices that is installed in another version than the snapshot's do not say how old they are.
    assert re.search(r"\d+ days? old", out) or "installed genai-prices" in out


def test_a_rounded_cost_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["price", "amazon.nova-micro-v1:0", "--provider", "aws", "--input", "1", "--cache-read", "1"]) == 0
    out = capsys.readouterr().out
    assert "0.00000000875" in out
    assert "= 9 nano-USD, exactly 0.00000000875, rounded" in out


def test_an_unknown_model_is_answered_with_the_nearest_names(capsys: pytest.CaptureFixture[str]) -> None:
    code, found = price(capsys, "gpt-4o-mni", "--provider", "openai", "--input", "1")
    assert code == 1
    assert (found["status"], found["reason"]) == ("unpriced", "unknown_model")
    assert found["suggestions"][0] == "openai/gpt-4o-mini"
    assert main(["price", "claude-sonet-4-5", "--input", "1"]) == 1
    assert "anthropic/claude-sonnet-4-5" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "note"),
    [
        (["gpt-4o", "--input", "10", "--cache-read", "20"], "cached tokens exceed input_tokens"),
        (["text-embedding-3-small", "--input", "10", "--output", "2"], "the row has no price for output_tokens"),
        (["mistral-small-latest", "--input", "1", "--tier", "flex"], "no price of its own for tier flex"),
        (["gpt-4o", "--input", "1", "--region", "mars"], "region mars changes nothing: prices differ by af, apac"),
        (
            ["gpt-4o", "--input", "1", "--region", "eu"],
            "region eu changes nothing: prices differ by region at aws only",
        ),
        (
            ["us.anthropic.claude-sonnet-4-5-20250929-v1:0", "--input", "1", "--region", "eu"],
            "region eu changes nothing",
        ),
        (["mistral-small-latest", "--input", "1", "--tier", "gold"], "tier gold is not one that prices differ by"),
    ],
)
def test_what_is_odd_is_said(capsys: pytest.CaptureFixture[str], arguments: list[str], note: str) -> None:
    _, found = price(capsys, *arguments)
    assert note in found["notes"][0]


def test_a_region_that_changes_the_price_gets_no_note(capsys: pytest.CaptureFixture[str]) -> None:
    model = "anthropic.claude-sonnet-4-5-20250929-v1:0"
    _, found = price(capsys, model, "--provider", "aws", "--region", "global", "--input", "1000")
    assert found["notes"] == []
    _, plain = price(capsys, model, "--provider", "aws", "--input", "1000")
    assert plain["price_id"] != found["price_id"]


@pytest.mark.parametrize(
    ("arguments", "step"),
    [
        (
            ["deepseek-chat", "--at", "2025-08-01T12:00"],
            "the price holds at any date, at 00:30-16:30 UTC each day",
        ),
        (
            ["deepseek-v4-pro", "--at", "2026-11-01T17:30"],
            "the price holds from 2026-08-17 on, at 04:00-06:00 and 10:00-01:00 UTC each day",
        ),
        (["claude-opus-4-6"], "the price holds from 2026-03-13 on"),
        (["gpt-5", "--tier", "batch", "--at", "2026-11-01"], "the batch price holds from 2026-10-14 on"),
    ],
)
def test_dates_and_hours_are_explained(capsys: pytest.CaptureFixture[str], arguments: list[str], step: str) -> None:
    _, found = price(capsys, *arguments, "--input", "1")
    assert found["steps"][-1] == step


def test_a_provider_that_nobody_named_is_null(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "agentcost.yaml").write_text(
        "prices: {overrides: [{model: acme-7, input_usd_per_mtok: 1, output_usd_per_mtok: 1}]}"
    )
    _, found = price(capsys, "acme-7", "--input", "1")
    assert (found["status"], found["provider"]) == ("priced", None)


def test_an_azure_deployment_and_its_host(capsys: pytest.CaptureFixture[str]) -> None:
    _, found = price(
        capsys,
        "prod-chat-eu",
        "--response-model",
        "gpt-4o-2024-08-06",
        "--host",
        "acme.openai.azure.com",
        "--input",
        "9",
    )
    assert found["provider"] == "azure"
    assert found["steps"][0] == "host acme.openai.azure.com is azure"
    assert found["steps"][-1] == "azure resells the model at openai's price"


def test_the_configuration_counts(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    config = tmp_path / "prices.yaml"
    config.write_text(
        "prices:\n"
        "  aliases: {prod-chat-eu: azure/gpt-4o}\n"
        "  currencies: [{currency: EUR, usd: 1.1}]\n"
        "  overrides: [{model: acme-*, input_per_mtok: 0.2, output_per_mtok: 0.8, currency: EUR}]\n"
    )
    _, found = price(capsys, "acme-7", "--input", "1M", "--config", str(config))
    assert found["cost_nano_usd"] == 220_000_000
    assert "prices.overrides[0] goes before the table, at 1.1 USD" in found["steps"][-1]
    _, found = price(capsys, "prod-chat-eu", "--input", "1", "--config", str(config))
    assert "alias prod-chat-eu is azure/gpt-4o" in found["steps"]


def test_a_price_file_that_is_none_ends_with_2_and_one_line(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "list.json").write_text("[]")
    (tmp_path / "agentcost.yaml").write_text(f"prices: {{litellm_file: {tmp_path / 'list.json'}}}\n")
    assert main(["price", "gpt-4o", "--input", "1"]) == 2
    err = capsys.readouterr().err
    assert "prices.litellm_file:" in err
    assert "is not a LiteLLM price file" in err
    assert err.count("\n") == 1


def test_a_price_of_the_past_is_the_price_of_then(capsys: pytest.CaptureFixture[str]) -> None:
    _, then = price(capsys, "claude-opus-4-6", "--input", "300k", "--at", "2026-03-12T23:59:59")
    _, now = price(capsys, "claude-opus-4-6", "--input", "300k", "--at", "2026-03-13T02:00:00+02:00")
    assert (then["cost_nano_usd"], now["cost_nano_usd"]) == (3_000_000_000, 1_500_000_000)


@pytest.mark.parametrize("wrong", [["--input", "1.5"], ["--input", "-1"], ["--input", "2G"], ["--at", "yesterday"], []])
def test_wrong_arguments_end_with_2_and_say_what_is_allowed(
    capsys: pytest.CaptureFixture[str], wrong: list[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["price", *(["gpt-4o"] if wrong else []), *wrong])
    assert ended.value.code == 2
    assert "agentcost price: error:" in capsys.readouterr().err


def test_help_teaches_by_example(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["price", "--help"])
    out = capsys.readouterr().out
    assert "agentcost price gpt-5.5 --input 1M --output 20k --tier batch" in out
    assert "--cache-write-1h" in out
