"""Prices that are written wrong, contradict each other or mean nothing are refused, precisely."""

# ruff: noqa: E501 - the lines stand here as users see them

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from otel_agentcost.pricing.settings import ToolSetting
from tests.unit.config.loading import load, refused

TOOLS = {
    "no price": ("{}", "prices.tools.t: has no price: give usd_per_call, usd_per_session or both"),
    "a unit that nothing counts": (
        "{usd_per_image: 1}",
        "prices.tools.t.usd_per_image: no such key: did you mean 'usd_per_call'?",
    ),
    "less than nothing": (
        "-1",
        "prices.tools.t: -1 is not allowed; allowed: US dollars per call, a number from 0 to 1000000, or a mapping with "
        "usd_per_call, usd_per_session and charge_failed",
    ),
    "less than the smallest amount": (
        "{usd_per_call: 0.00000000015}",
        "prices.tools.t.usd_per_call: 1.5E-10 is not allowed: a billionth of a dollar, 9 decimals, is the smallest amount",
    ),
}


@pytest.mark.parametrize(("price", "line"), TOOLS.values(), ids=TOOLS)
def test_a_wrong_price_of_a_tool_is_one_precise_line(tmp_path: Path, price: str, line: str) -> None:
    assert refused(tmp_path, f"prices: {{tools: {{t: {price}}}}}") == [f"FILE:1: {line}"]


def test_a_tool_key_that_means_nothing_is_one_precise_line(tmp_path: Path) -> None:
    assert refused(tmp_path, "prices:\n  tools:\n    ok: 1\n    'mcp:/search': 1") == [
        "FILE:4: prices.tools['mcp:/search']: names no MCP server; write mcp:SERVER or mcp:SERVER/TOOL, and mcp:* for "
        "any server"
    ]


def test_a_tool_has_a_price_a_call_a_session_or_both(tmp_path: Path) -> None:
    text = "prices: {tools: {a: 0.01, 'mcp:b': {usd_per_session: 0.03, charge_failed: false}}}"
    assert load(tmp_path, text).prices.tools == {
        "a": Decimal("0.01"),
        "mcp:b": ToolSetting(usd_per_session=Decimal("0.03"), charge_failed=False),
    }


def test_a_glob_that_matches_the_search_is_a_price_for_it(tmp_path: Path) -> None:
    assert load(tmp_path, "prices: {tools: {Web_*: 0.02}}").prices.tools == {"Web_*": Decimal("0.02")}


def test_overrides_that_start_on_different_days_are_no_duplicates(tmp_path: Path) -> None:
    text = "prices: {overrides: [{model: m, usd_per_request: 1}, {model: m, usd_per_request: 2, start: 2026-01-01}]}"
    assert len(load(tmp_path, text).prices.overrides) == 2


CONTRADICTIONS = {
    "{model: m}": "[0]: has no price: give input_usd_per_mtok, output_usd_per_mtok or usd_per_request",
    "{model: m, cache_read_usd_per_mtok: 1}": "[0].cache_read_usd_per_mtok: needs input_usd_per_mtok beside it",
    "{model: m, input_usd_per_mtok: 1, reasoning_usd_per_mtok: 1}": (
        "[0].reasoning_usd_per_mtok: needs output_usd_per_mtok beside it"
    ),
    "{model: m, input_per_mtok: 1}": "[0].input_per_mtok: in which currency? Give currency beside it, or write input_usd_per_mtok",
    "{model: m, currency: CHF, input_per_mtok: 1}": "[0].currency: 'CHF' has no rate in prices.currencies: allowed: USD",
    "{model: m, currency: USD, input_per_mtok: 1, output_usd_per_mtok: 2}": (
        "[0].input_per_mtok: stands beside output_usd_per_mtok: one override has one currency"
    ),
    "{model: m, currency: EUR, input_usd_per_mtok: 1}": (
        "[0].currency: 'EUR' contradicts input_usd_per_mtok: write input_per_mtok"
    ),
    "{model: m, currency: EURO, input_per_mtok: 1}": (
        "[0].currency: 'EURO' is not allowed; allowed: three letters such as EUR, with a rate in prices.currencies; for "
        "prices without _usd_"
    ),
}


@pytest.mark.parametrize(("override", "line"), CONTRADICTIONS.items())
def test_prices_that_contradict_each_other_are_refused(tmp_path: Path, override: str, line: str) -> None:
    assert refused(tmp_path, f"prices: {{overrides: [{override}]}}")[0] == f"FILE:1: prices.overrides{line}"


def test_an_override_that_starts_before_its_currency_has_a_rate_is_refused(tmp_path: Path) -> None:
    text = """prices:
  currencies: [{currency: EUR, usd: 1.1, start: 2026-03-01}, {currency: eur, usd: 1.2, start: 2026-02-01}]
  overrides:
    - {model: a, input_per_mtok: 1, currency: EUR}
    - {model: b, input_per_mtok: 1, currency: EUR, start: 2026-02-01}
    - {model: c, input_per_mtok: 1, currency: eur, start: 2026-01-31}
"""
    assert refused(tmp_path, text) == [
        "FILE:6: prices.overrides[2].start: 2026-01-31 lies before the first rate of EUR, of 2026-02-01: give a rate from "
        "2026-01-31 on, or start later"
    ]
    always = "prices: {currencies: [{currency: EUR, usd: 1.1}], overrides: [{model: c, input_per_mtok: 1, currency: EUR, start: 2026-01-31}]}"
    assert load(tmp_path, always).prices.overrides[0].start == date(2026, 1, 31)
