"""The doctor on `opentelemetry-instrument`: switched on, installed, and an exporter behind each name."""

from __future__ import annotations

from collections.abc import Callable
from importlib import metadata
from types import SimpleNamespace

import pytest

from otel_agentcost.cli.doctor_zero_code import ENABLED, check_enabled, check_exporter
from otel_agentcost.cli.finding import Finding

DISTRO = {"opentelemetry_configurator": ("configurator",)}
OURS = ("agentcost", "console")

Install = Callable[..., None]


@pytest.fixture
def install(monkeypatch: pytest.MonkeyPatch) -> Install:
    """Return how to say what is installed: whether a distro is, and which exporters beside ours and the SDK's."""

    def put(*exporters: str, distro: bool = True) -> None:
        groups = {"opentelemetry_traces_exporter": (*OURS, *exporters), **(DISTRO if distro else {})}
        monkeypatch.setattr(
            metadata, "entry_points", lambda group: [SimpleNamespace(name=name) for name in groups.get(group, ())]
        )

    return put


@pytest.mark.parametrize(
    ("value", "distro", "state"),
    [
        ("true", True, "ok"),
        ("TRUE", True, "ok"),
        ("true", False, "problem"),
        ("1", True, "warning"),
        ("", True, "warning"),
        ("", False, "ok"),
    ],
)
def test_zero_code_use_is_on_and_installed_or_not_used(install: Install, value: str, distro: bool, state: str) -> None:
    install(distro=distro)
    (found,) = check_enabled({ENABLED: value})
    assert found.state == state


def test_without_a_distro_the_advice_is_to_install_one(install: Install) -> None:
    install(distro=False)
    (found,) = check_enabled({ENABLED: "true"})
    assert "pip install opentelemetry-distro" in (found.advice or "")
    (found,) = check_enabled({})
    assert found.found.startswith("not used")


def test_spans_that_nobody_exports_are_told(install: Install) -> None:
    install()
    (found,) = check_exporter({"OTEL_SDK_DISABLED": "True"})
    assert found.state == "problem"
    (found,) = check_exporter({"OTEL_TRACES_EXPORTER": "none"})
    assert found.state == "warning"


def exporter(**variables: str) -> list[Finding]:
    return list(check_exporter(variables))


def test_an_exporter_that_is_not_installed_is_a_problem_with_those_that_are(install: Install) -> None:
    install()
    (found,) = exporter(OTEL_TRACES_EXPORTER="bogus")
    assert (found.state, found.advice) == ("problem", "installed are: agentcost, console")
    assert found.found == "OTEL_TRACES_EXPORTER=bogus: no such exporter is installed"
    assert [each.state for each in exporter(OTEL_TRACES_EXPORTER="console, bogus, other")] == ["problem", "problem"]
    assert [each.state for each in exporter(OTEL_TRACES_EXPORTER="console")] == ["ok"]


def test_otlp_is_looked_up_by_its_protocol(install: Install) -> None:
    install("otlp_proto_http")
    (found,) = exporter(OTEL_TRACES_EXPORTER="otlp")
    assert (found.state, found.advice) == ("problem", "pip install otel-agentcost[otlp]")
    assert "otlp_proto_grpc" in found.found
    (found,) = exporter(OTEL_TRACES_EXPORTER="otlp", OTEL_EXPORTER_OTLP_PROTOCOL="http/protobuf")
    assert found.state == "ok"
    (found,) = exporter(OTEL_TRACES_EXPORTER="otlp", OTEL_EXPORTER_OTLP_TRACES_PROTOCOL="http/json")
    assert found.state == "problem"
    assert found.advice == "set OTEL_EXPORTER_OTLP_PROTOCOL to grpc or http/protobuf"


def test_the_exporter_that_ours_wraps_must_be_installed_and_not_be_ours(install: Install) -> None:
    install()
    (found,) = exporter(OTEL_TRACES_EXPORTER="agentcost")
    assert found.state == "problem"
    assert "OTEL_PYTHON_AGENTCOST_EXPORTER=otlp_proto_http, the default" in found.found
    (found,) = exporter(OTEL_TRACES_EXPORTER="agentcost", OTEL_PYTHON_AGENTCOST_EXPORTER="agentcost")
    assert found.state == "problem"
    (found,) = exporter(OTEL_TRACES_EXPORTER="agentcost", OTEL_PYTHON_AGENTCOST_EXPORTER="console")
    assert found.state == "ok"


def test_the_distros_default_is_looked_up_only_where_it_will_be_used(install: Install) -> None:
    install()
    (found,) = exporter(**{ENABLED: "true"})
    assert found.state == "problem"
    assert "OTEL_TRACES_EXPORTER=otlp, the distro's default" in found.found
    assert [each.state for each in exporter()] == ["ok"]
    install("otlp_proto_grpc")
    assert [each.state for each in exporter(**{ENABLED: "true"})] == ["ok"]
