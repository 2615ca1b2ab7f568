"""Each check of the doctor, in an environment made for it."""

from __future__ import annotations

import io
import json
import socket
from datetime import datetime, timedelta, timezone
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

from otel_agentcost.cli import doctor, doctor_environment, doctor_installation, doctor_trial
from otel_agentcost.cli.finding import Finding, ok, problem, warning
from otel_agentcost.cli.main import main


@pytest.fixture(autouse=True)
def _no_configuration_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def states(findings: Any) -> list[str]:
    return [finding.state for finding in findings]


def test_costs_reach_exporters_on_the_sdk_that_is_installed() -> None:
    (found,) = doctor_trial.check_enrichment()
    assert found.state == "ok"


def test_an_sdk_that_is_switched_off_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_SDK_DISABLED", "true")
    (found,) = doctor_trial.check_enrichment()
    assert (found.state, found.advice) == ("problem", "unset OTEL_SDK_DISABLED, or set it to false")


def test_an_exporter_that_misses_the_cost_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    from otel_agentcost.sdk.processor import AgentCostSpanProcessor

    monkeypatch.setattr(AgentCostSpanProcessor, "write", lambda *_: None)
    (found,) = doctor_trial.check_enrichment()
    assert found.state == "problem"
    assert "simple before, batch before, simple after, batch after" in found.found


@pytest.mark.parametrize(
    ("version", "state"),
    [("1.29.0", "problem"), ("1.30.0", "ok"), ("1.45.2", "ok"), ("2.0.0rc1", "ok"), (None, "problem")],
)
def test_the_sdk_must_be_new_enough(version: str | None, state: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor_installation, "_version", lambda _: version)
    assert states(doctor_installation.check_sdk()) == [state]


@pytest.mark.parametrize(("version", "state"), [((3, 9, 1), "warning"), ((3, 10, 0), "ok"), ((3, 15, 0), "warning")])
def test_the_python_must_be_a_tested_one(version: Any, state: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.version_info", version)
    assert states(doctor_installation.check_python()) == [state]


def test_entry_points_that_are_missing_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metadata, "entry_points", lambda group, name: [] if "pre" in group else [name])
    (found,) = doctor_installation.check_entry_points()
    assert found.state == "problem"
    assert found.found == "not found: opentelemetry_pre_instrument"


def test_an_instrumentation_with_a_known_fault_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor_installation, "_version", lambda name: "1.2.3" if name == "openlit" else None)
    (found,) = doctor_installation.check_instrumentations()
    assert found.state == "warning"
    assert found.found.startswith("openlit 1.2.3: ")
    assert "input tokens exclude cached ones" in found.found


def test_without_such_an_instrumentation_all_is_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor_installation, "_version", lambda _: None)
    assert states(doctor_installation.check_instrumentations()) == ["ok"]


def test_a_configuration_is_checked_with_its_variables(tmp_path: Path) -> None:
    (tmp_path / "agentcost.yaml").write_text("limits: {max_executions: 3}")
    (fine,) = doctor_environment.check_configuration(None, {"AGENTCOST_LIMITS_IDLE_SECONDS": "5"})
    assert fine == ok("configuration", "agentcost.yaml, AGENTCOST_LIMITS_IDLE_SECONDS set")
    (tmp_path / "agentcost.yaml").write_text("limit: {}\nprice: {}")
    assert states(doctor_environment.check_configuration(None, {})) == ["problem", "problem"]


def _days_ago(days: int) -> str:
    return (datetime.now(timezone.utc).date() - timedelta(days=days)).isoformat()


@pytest.mark.parametrize(
    ("as_of", "refresh", "state"),
    [
        ("2000-01-01", "off", "warning"),
        ("2000-01-01", "on", "ok"),
        ("2999-01-01T00:00:00Z", "off", "ok"),
        (_days_ago(60), "off", "ok"),
        (_days_ago(61), "off", "warning"),
        (None, "off", "warning"),
    ],
)
def test_old_prices_are_told(
    as_of: str | None, refresh: str, state: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from otel_agentcost.cli import composition
    from otel_agentcost.config.model import Config

    table = composition.price_table(Config())
    monkeypatch.setattr(table, "as_of", as_of)
    monkeypatch.setattr(composition, "price_table", lambda _: table)
    (tmp_path / "agentcost.yaml").write_text(f"prices: {{refresh: {refresh}}}")
    (found,) = doctor_environment.check_prices(None, {})
    assert found.state == state
    assert table.version in found.found
    if state == "warning":
        assert "prices.refresh: on" in (found.advice or "")


@pytest.mark.parametrize(
    ("source", "age"),
    [
        ("shipped snapshot", "written down DAY, 61 days old"),
        ("installed genai-prices", "newest price in it starts DAY, 61 days ago"),
    ],
)
def test_the_age_of_prices_says_what_it_is_counted_from(
    source: str, age: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from otel_agentcost.cli import composition
    from otel_agentcost.config.model import Config

    table = composition.price_table(Config())
    monkeypatch.setattr(table, "as_of", _days_ago(61))
    monkeypatch.setattr(table, "source", source)
    monkeypatch.setattr(composition, "price_table", lambda _: table)
    (found,) = doctor_environment.check_prices(None, {})
    assert age.replace("DAY", _days_ago(61)) in found.found


@pytest.mark.parametrize(
    ("sampler", "enabled", "state"),
    [
        ("", "", "ok"),
        ("parentbased_always_on", "", "ok"),
        ("traceidratio", "", "warning"),
        ("always_off", "", "warning"),
        ("traceidratio", "true", "ok"),
    ],
)
def test_head_sampling_hides_cost_unless_everything_is_recorded(sampler: str, enabled: str, state: str) -> None:
    environ = {"OTEL_TRACES_SAMPLER": sampler, "OTEL_PYTHON_AGENTCOST_ENABLED": enabled}
    assert states(doctor_environment.check_sampling(environ)) == [state]


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, ["warning"]),
        ({"OTEL_ATTRIBUTE_COUNT_LIMIT": "128"}, ["warning"]),
        ({"OTEL_ATTRIBUTE_COUNT_LIMIT": "1024"}, ["ok"]),
        ({"OTEL_ATTRIBUTE_COUNT_LIMIT": "1024", "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT": "64"}, ["warning"]),
        ({"OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT": "many"}, ["problem"]),
        ({"OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT": "1024", "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT": "20"}, ["ok", "warning"]),
        ({"OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT": "1024", "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT": "9999"}, ["ok"]),
    ],
)
def test_limits_that_lose_usage_are_told(environ: dict[str, str], expected: list[str]) -> None:
    assert states(doctor_environment.check_limits(environ)) == expected


def test_an_endpoint_is_tried() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        for text in (f"http://127.0.0.1:{port}", f"http://127.0.0.1:{port}/v1/traces", f"127.0.0.1:{port}"):
            assert states(doctor_environment.check_endpoint({"OTEL_EXPORTER_OTLP_ENDPOINT": text})) == ["ok"]
    (gone,) = doctor_environment.check_endpoint({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": f"http://127.0.0.1:{port}"})
    assert gone.state == "problem"
    assert gone.found.endswith("cannot be reached: connection refused")


@pytest.mark.parametrize("text", ["http://", "http://host:notaport", "http://[::1", "://"])
def test_an_endpoint_that_is_no_address_is_a_problem(text: str) -> None:
    (found,) = doctor_environment.check_endpoint({"OTEL_EXPORTER_OTLP_ENDPOINT": text})
    assert found.state == "problem"
    assert "is no address" in found.found


def test_without_an_endpoint_none_is_tried() -> None:
    assert states(doctor_environment.check_endpoint({})) == ["ok"]


def test_a_check_that_fails_itself_does_not_stop_the_others() -> None:
    def broken() -> list[Finding]:
        raise RuntimeError("boom")

    found = list(doctor.run_checks([("first", broken), ("second", lambda: [ok("second", "fine")])]))
    assert states(found) == ["problem", "ok"]
    assert found[0].found == "could not be checked: RuntimeError: boom"


def test_the_text_marks_each_line_and_says_what_to_do() -> None:
    out = io.StringIO()
    doctor.write_text(out, [ok("a", "fine"), warning("b", "so so", "do this"), problem("c", "bad", "do that")])
    plain = ["ok a: fine", "! b: so so", "    do this", "x c: bad", "    do that", "", "1 problem, 1 warning"]
    assert out.getvalue().splitlines() == plain
    fancy = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)
    doctor.write_text(fancy, [ok("a", "fine"), problem("c", "bad", "do that")])
    assert fancy.buffer.getvalue().decode().splitlines()[:2] == ["✓ a: fine", "✗ c: bad"]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("findings", "code"), [([ok("a", "b"), warning("a", "b", "c")], 0), ([problem("a", "b", "c")], 1)]
)
def test_only_a_problem_ends_with_1(
    findings: list[Finding], code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(doctor, "all_checks", lambda _: [("all", lambda: findings)])
    assert main(["doctor"]) == code
    capsys.readouterr()
    assert main(["doctor", "--format", "json"]) == code
    report = json.loads(capsys.readouterr().out)
    assert (report["schema"], report["problems"]) == (1, code)
    assert report["findings"] == [finding._asdict() for finding in findings]


def test_the_whole_doctor_runs(capsys: pytest.CaptureFixture[str]) -> None:
    main(["doctor", "--format", "json"])
    report = json.loads(capsys.readouterr().out)
    assert {finding["check"] for finding in report["findings"]} == {name for name, _ in doctor.all_checks(None)}
    for finding in report["findings"]:
        assert "could not be checked" not in finding["found"]
        assert (finding["advice"] is None) == (finding["state"] == "ok")
