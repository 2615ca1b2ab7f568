"""Every setting is an environment variable too, and a mistyped one is an error."""

# ruff: noqa: E501 - the lines stand here as users see them

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from otel_agentcost.config.environment import variables
from otel_agentcost.config.errors import ConfigError
from otel_agentcost.config.load import load_config
from otel_agentcost.config.schema import File


@pytest.fixture(autouse=True)
def _no_file_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_every_variable_has_a_name_of_its_own() -> None:
    counts = Counter(variable.name for variable in variables(File))
    assert counts.most_common(1)[0][1] == 1
    assert {"AGENTCOST_PRICES_UNKNOWN", "AGENTCOST_IDENTITY_TRUST_BAGGAGE", "AGENTCOST_LIMITS_IDLE_SECONDS"} <= set(
        counts
    )


def test_a_variable_is_read_as_its_setting_needs_it() -> None:
    found = load_config(
        environ={
            "AGENTCOST_LIMITS_MAX_EXECUTIONS": "5",
            "AGENTCOST_ENRICHMENT_DETAIL": "true",
            "AGENTCOST_IDENTITY_TEAM": "agentcost.team, service.namespace",
            "AGENTCOST_IDENTITY_USER": "[u, v]",
            "AGENTCOST_IDENTITY_DEFAULTS_TEAM": "007",
            "AGENTCOST_PRICES_ALIASES": "{prod: azure/gpt-4o}",
            "AGENTCOST_PRICES_OVERRIDES": "[{model: m, input_usd_per_mtok: 1}]",
            "AGENTCOST_PRICES_REFRESH": "on",
            "AGENTCOST_PRICES_UNKNOWN": "",
        }
    )
    assert found.engine.max_executions == 5
    assert found.engine.detail is True
    assert found.engine.identity.team == ("agentcost.team", "service.namespace")
    assert found.engine.identity.user == ("u", "v")
    assert found.engine.identity.defaults.team == "007"
    assert found.prices.aliases == {"prod": "azure/gpt-4o"}
    assert found.prices.overrides[0].model == "m"
    assert found.prices.refresh.enabled is True


def test_a_variable_replaces_what_the_file_says(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    path.write_text("prices: {aliases: {a: b}}\nlimits: {max_executions: 1, idle_seconds: 2}\nidentity:\n")
    environ = {
        "AGENTCOST_LIMITS_MAX_EXECUTIONS": "9",
        "AGENTCOST_PRICES_ALIASES": "{c: d}",
        "AGENTCOST_IDENTITY_TEAM": "t",
    }
    found = load_config(str(path), environ)
    assert (found.engine.max_executions, found.engine.idle_seconds) == (9, 2)
    assert found.prices.aliases == {"c": "d"}
    assert found.engine.identity.team == ("t",)


@pytest.mark.parametrize(
    ("name", "value", "line"),
    [
        (
            "AGENTCOST_PRICES_UNKNWN",
            "report",
            "AGENTCOST_PRICES_UNKNWN: no such setting: did you mean 'AGENTCOST_PRICES_UNKNOWN'?",
        ),
        ("AGENTCOST_CONFG", "x", "AGENTCOST_CONFG: no such setting: did you mean 'AGENTCOST_CONFIG'?"),
        (
            "AGENTCOST_LIMITS",
            "5",
            "AGENTCOST_LIMITS: a section has no variable of its own; there are AGENTCOST_LIMITS_MAX_EXECUTIONS, "
            "AGENTCOST_LIMITS_MAX_SPANS_PER_EXECUTION, AGENTCOST_LIMITS_IDLE_SECONDS",
        ),
        (
            "AGENTCOST_BUDGETS_ORG_LIMIT_USD",
            "5",
            "AGENTCOST_BUDGETS_ORG_LIMIT_USD: this version does not know the section 'budgets' yet; remove it",
        ),
        (
            "AGENTCOST_LIMITS_MAX_EXECUTIONS",
            "many",
            "AGENTCOST_LIMITS_MAX_EXECUTIONS: limits.max_executions: 'many' is not allowed; allowed: a whole number of live "
            "executions from 1 to 10000000; beyond it the oldest is settled early",
        ),
        (
            "AGENTCOST_PRICES_OVERRIDES",
            "[{model: m, input_usd_per_mtok: 5usd}]",
            "AGENTCOST_PRICES_OVERRIDES: prices.overrides[0].input_usd_per_mtok: '5usd' is not allowed; allowed: US dollars "
            "per million tokens, a number of 0 or more such as 0.25",
        ),
        (
            "AGENTCOST_PRICES_ALIASES",
            "{a: b, a: c}",
            "AGENTCOST_PRICES_ALIASES:1: a: stands twice, first on line 1",
        ),
    ],
)
def test_a_wrong_variable_is_one_precise_line(name: str, value: str, line: str) -> None:
    with pytest.raises(ConfigError) as raised:
        load_config(environ={name: value})
    assert str(raised.value) == line


def test_a_variable_like_none_of_ours_suggests_no_unrelated_one() -> None:
    with pytest.raises(ConfigError, match=r"^AGENTCOST_QQQ: no such setting: allowed: AGENTCOST_CONFIG, AGENTCOST_"):
        load_config(environ={"AGENTCOST_QQQ": "x"})


@pytest.mark.parametrize(
    "name",
    [
        "AGENTCOST_SERVICE_HOST",
        "AGENTCOST_SERVICE_PORT",
        "AGENTCOST_SERVICE_PORT_OTLP_HTTP",
        "AGENTCOST_PORT",
        "AGENTCOST_PORT_4318_TCP",
        "AGENTCOST_PORT_4318_TCP_ADDR",
        "AGENTCOST_COLLECTOR_SERVICE_HOST",
        "AGENTCOST_COLLECTOR_PORT_4317_TCP_PROTO",
    ],
)
def test_what_kubernetes_sets_for_a_service_of_our_name_is_no_mistake(name: str) -> None:
    assert load_config(environ={name: "tcp://10.0.0.1:4318"}).source is None


def test_a_section_that_is_no_mapping_cannot_take_a_variable(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    path.write_text("limits: 5")
    with pytest.raises(ConfigError) as raised:
        load_config(str(path), {"AGENTCOST_LIMITS_IDLE_SECONDS": "1"})
    assert str(raised.value) == "AGENTCOST_LIMITS_IDLE_SECONDS: cannot be set, since limits is 5 and no mapping"
