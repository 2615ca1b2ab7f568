"""A configuration becomes settings, or one precise line for each thing that is wrong."""

# ruff: noqa: E501 - the lines stand here as users see them

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from otel_agentcost.config.load import load_config
from otel_agentcost.config.model import Config
from otel_agentcost.engine.settings import EngineSettings
from otel_agentcost.pricing.settings import CurrencyRate, PriceOverride, RefreshSettings
from tests.unit.config.loading import load, refused


def test_without_a_file_the_defaults_hold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert load_config(environ={}) == Config()


def test_an_empty_file_and_empty_sections_change_nothing(tmp_path: Path) -> None:
    for text in ("", "# nothing yet\n", "prices:\nidentity:\n", "{}", "---\n"):
        found = load(tmp_path, text)
        assert (found.prices, found.engine) == (Config().prices, Config().engine)


def test_every_section_reaches_its_settings(tmp_path: Path) -> None:
    (tmp_path / "litellm.json").write_text("{}")
    found = load(
        tmp_path,
        """
prices:
  overrides:
    - {provider: openai, model: acme-*, input_usd_per_mtok: 0.2, output_usd_per_mtok: 0.8}
    - {model: house, start: 2026-03-01, currency: eur, input_per_mtok: 1, cache_read_per_mtok: 1e-1, per_request: 0.01}
  tools: {web_search: 0.01}
  aliases: {prod-chat-eu: azure/gpt-4o}
  currencies: [{currency: EUR, usd: 1.08, start: 2026-01-01}]
  litellm_file: litellm.json
  unknown: report
  refresh: {interval_seconds: 7200}
identity:
  team: [agentcost.team, service.namespace]
  trust_baggage: [user.id, agentcost.team]
  defaults: {team: platform}
enrichment: {detail: true, legacy_names: true}
limits: {max_executions: 7, max_spans_per_execution: 8, idle_seconds: 9}
""",
    )
    assert found.prices.overrides == (
        PriceOverride("acme-*", "openai", input_per_mtok=Decimal("0.2"), output_per_mtok=Decimal("0.8")),
        PriceOverride(
            "house",
            input_per_mtok=Decimal(1),
            cache_read_per_mtok=Decimal("0.1"),
            per_request=Decimal("0.01"),
            currency="EUR",
            start=date(2026, 3, 1),
        ),
    )
    assert found.prices.tools == {"web_search": Decimal("0.01")}
    assert found.prices.aliases == {"prod-chat-eu": "azure/gpt-4o"}
    assert found.prices.currencies == (CurrencyRate("EUR", Decimal("1.08"), date(2026, 1, 1)),)
    assert found.prices.litellm_file == str(tmp_path / "litellm.json")
    assert found.prices.refresh == RefreshSettings(enabled=True, interval_seconds=7200)
    assert found.engine.identity.team == ("agentcost.team", "service.namespace")
    assert found.engine.identity.trust_baggage == ("user.id", "agentcost.team")
    assert found.engine.identity.user == EngineSettings().identity.user
    assert found.engine.identity.defaults.team == "platform"
    assert (found.engine.detail, found.engine.legacy_names) == (True, True)
    assert (found.engine.max_executions, found.engine.max_spans_per_execution, found.engine.idle_seconds) == (7, 8, 9)


def test_a_price_is_exactly_what_is_written(tmp_path: Path) -> None:
    for text in ("0.1", "1.1", "0.075", "2.5e-1", "3", "0.123456789"):
        found = load(tmp_path, f"prices: {{overrides: [{{model: m, input_usd_per_mtok: {text}}}]}}")
        assert found.prices.overrides[0].input_per_mtok == Decimal(text)


@pytest.mark.parametrize(
    ("text", "enabled"),
    [("off", False), ("on", True), ("true", True), ("false", False), ("{}", True), ("{enabled: false}", False)],
)
def test_refresh_is_off_on_or_details(tmp_path: Path, text: str, enabled: bool) -> None:
    assert load(tmp_path, f"prices: {{refresh: {text}}}").prices.refresh.enabled is enabled


TYPOS = {
    "a typo in a section": ("pricess: {}", "FILE:1: pricess: no such key: did you mean 'prices'?"),
    "a typo in a key": (
        "prices:\n  overrides:\n    - model: m\n      input_usd_per_mtoc: 1",
        "FILE:4: prices.overrides[0].input_usd_per_mtoc: no such key: did you mean 'input_usd_per_mtok'?",
    ),
    "a key that resembles none": (
        "limits: {zzz: 1}",
        "FILE:1: limits.zzz: no such key: allowed: idle_seconds, max_executions, max_spans_per_execution",
    ),
    "a typo in a value": (
        "prices: {unknown: repot}",
        "FILE:1: prices.unknown: 'repot' is not allowed; allowed: report (calls of unknown price are unpriced, with the reason)",
    ),
    "a value of another type": (
        "enrichment:\n  detail: yes",
        "FILE:2: enrichment.detail: 'yes' is not allowed; allowed: true to write the cost by part (agentcost.cost.*) and "
        "agentcost.price.id too, or false",
    ),
    "a missing key": (
        "prices: {overrides: [{input_usd_per_mtok: 1}]}",
        "FILE:1: prices.overrides[0].model: is missing: a model's name, or a glob such as acme-*",
    ),
    "a section that is a list": (
        "identity: [team]",
        "FILE:1: identity: a list is not allowed; allowed: a mapping with user, session, conversation, team, organization, "
        "feature, environment, trust_baggage, defaults, hash_users",
    ),
    "a file that is a list": (
        "- prices",
        "FILE: the whole file is no mapping: it has keys such as prices and identity",
    ),
    "a list that is one text": (
        "identity: {team: agentcost.team}",
        "FILE:1: identity.team: 'agentcost.team' is not allowed; allowed: a list of attribute keys that hold the team",
    ),
    "an empty list": (
        "identity: {team: []}",
        "FILE:1: identity.team: an empty list is not allowed; allowed: a list of attribute keys that hold the team",
    ),
    "an alias without a target": (
        "prices: {aliases: {prod: }}",
        "FILE:1: prices.aliases.prod: nothing is not allowed; allowed: a mapping from a deployment's name (or a glob) to "
        "provider/model, or to a model's name",
    ),
}


@pytest.mark.parametrize(("text", "line"), TYPOS.values(), ids=TYPOS)
def test_a_mistake_is_one_precise_line(tmp_path: Path, text: str, line: str) -> None:
    assert refused(tmp_path, text) == [line]


USD = "US dollars per million tokens, a number of 0 or more such as 0.25"
UNITS = {
    '"0.2 EUR"': f"'0.2 EUR' is not allowed; allowed: {USD}",
    "5usd": f"'5usd' is not allowed; allowed: {USD}",
    "$5": f"'$5' is not allowed; allowed: {USD}",
    '"0.2"': f"'0.2' is not allowed; allowed: {USD}",
    "-0.1": f"-0.1 is not allowed; allowed: {USD}",
    ".nan": f"nan is not allowed; allowed: {USD}",
    ".inf": f"inf is not allowed; allowed: {USD}",
    "1e999": f"inf is not allowed; allowed: {USD}",
    "true": f"true is not allowed; allowed: {USD}",
    "[1]": f"a list is not allowed; allowed: {USD}",
    "2.5e-07": "2.5e-07 is not allowed: it looks like a price per token; per million it is 0.25",
}


@pytest.mark.parametrize(("value", "why"), UNITS.items())
def test_a_wrong_unit_is_one_precise_line(tmp_path: Path, value: str, why: str) -> None:
    text = f"prices:\n  overrides:\n    - model: m\n      input_usd_per_mtok: {value}"
    assert refused(tmp_path, text) == [f"FILE:4: prices.overrides[0].input_usd_per_mtok: {why}"]


@pytest.mark.parametrize("day", ["2026-13-01", "2026-02-30", "01.02.2026", "2026", "2026-1-1", "soon"])
def test_a_date_that_is_none_is_one_precise_line(tmp_path: Path, day: str) -> None:
    (line,) = refused(tmp_path, f"prices: {{overrides: [{{model: m, input_usd_per_mtok: 1, start: {day}}}]}}")
    assert line.startswith("FILE:1: prices.overrides[0].start: ")
    assert line.endswith(" is not allowed; allowed: a date such as 2026-01-31, from which (UTC) the price holds")


@pytest.mark.parametrize("value", ["5s", "0", "-1", "1e9", "soon"])
def test_a_duration_has_a_unit_and_bounds(tmp_path: Path, value: str) -> None:
    (line,) = refused(tmp_path, f"limits: {{idle_seconds: {value}}}")
    assert "limits.idle_seconds" in line
    assert "allowed: seconds, a number above 0 and up to 86400" in line


TWICE = {
    "a key": ("prices: {}\nidentity: {}\nprices: {}", "FILE:3: prices: stands twice, first on line 1"),
    "an alias": (
        "prices:\n  aliases:\n    a: x\n    a: y",
        "FILE:4: prices.aliases.a: stands twice, first on line 3",
    ),
    "an alias in other letters": (
        "prices:\n  aliases:\n    Prod: x\n    prod: y",
        "FILE:4: prices.aliases.prod: is the same as prices.aliases['Prod']: remove one",
    ),
    "a tool in other letters": (
        "prices: {tools: {web_search: 1, WEB_SEARCH: 2}}",
        "FILE:1: prices.tools.WEB_SEARCH: is the same as prices.tools['web_search']: remove one",
    ),
    "an override": (
        "prices:\n  overrides:\n    - {model: m, usd_per_request: 1}\n    - {model: M, usd_per_request: 2}",
        "FILE:4: prices.overrides[1]: is the same as prices.overrides[0]: remove one",
    ),
    "a rate": (
        "prices: {currencies: [{currency: EUR, usd: 1.1}, {currency: eur, usd: 1.2}]}",
        "FILE:1: prices.currencies[1]: is the same as prices.currencies[0]: remove one",
    ),
    "an attribute key": (
        "identity: {team: [a, b, a]}",
        "FILE:1: identity.team[2]: is the same as identity.team[0]: remove one",
    ),
}


@pytest.mark.parametrize(("text", "line"), TWICE.values(), ids=TWICE)
def test_a_duplicate_name_is_one_precise_line(tmp_path: Path, text: str, line: str) -> None:
    assert refused(tmp_path, text) == [line]


@pytest.mark.parametrize("section", ["budgets", "anomalies"])
def test_a_section_of_a_later_version_is_refused_and_never_ignored(tmp_path: Path, section: str) -> None:
    line = "this version does not know that section yet; remove it"
    assert refused(tmp_path, f"prices: {{}}\n{section}: {{}}") == [f"FILE:2: {section}: {line}"]


def test_trusting_a_baggage_key_that_nothing_reads_is_a_mistake(tmp_path: Path) -> None:
    (line,) = refused(tmp_path, "identity: {trust_baggage: [user.id, agentcost.teem]}")
    assert "did you mean 'agentcost.team'?" in line
    assert load(tmp_path, "identity: {team: [x-team], trust_baggage: [x-team]}")
    assert load(tmp_path, "identity: {team: [x-team]}")


def test_each_mistake_gets_a_line_of_its_own(tmp_path: Path) -> None:
    assert len(refused(tmp_path, "prices: {unknown: a, overides: []}\nlimits: {idle_seconds: x}")) == 3


@pytest.mark.parametrize("number", range(2))
def test_the_examples_of_the_documentation_are_configurations(tmp_path: Path, number: int) -> None:
    page = (Path(__file__).parents[3] / "docs" / "configuration.md").read_text(encoding="utf-8")
    examples = re.findall(r"^```yaml\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    assert len(examples) == 2
    assert load(tmp_path, examples[number], AGENTCOST_IDENTITY_HASH_USERS_KEY="4f2a9c81d07be356aa91c7e2b6f01d38")
