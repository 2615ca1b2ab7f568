"""An application that knows nothing of us, run by the real `opentelemetry-instrument`."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.integration.environments import environment

pytestmark = pytest.mark.integration

APPLICATION = """
from opentelemetry import trace

tracer = trace.get_tracer("application")
with tracer.start_as_current_span("request"):
    tracer.start_span("call", attributes={
        "gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai", "gen_ai.request.model": "gpt-4o-mini",
        "gen_ai.usage.input_tokens": 1000, "gen_ai.usage.output_tokens": 200,
    }).end()
print("the application ran")
for processor in getattr(trace.get_tracer_provider(), "_active_span_processor")._span_processors:
    if type(processor).__name__ == "AgentCostSpanProcessor":
        print("priced", processor.stats().engine.calls_by_status)
"""

DISTROS = {"oldest": ("opentelemetry-distro==0.51b0", "opentelemetry-sdk==1.30.0"), "newest": ("opentelemetry-distro",)}


@pytest.fixture(params=DISTROS)
def binaries(request: pytest.FixtureRequest) -> Path:
    # The older distro asks for pkg_resources through its own dependencies, which setuptools brings.
    return environment("3.11", *DISTROS[request.param], "setuptools<81")


def run(binaries: Path, folder: Path, *options: str, **variables: str) -> subprocess.CompletedProcess[str]:
    program = folder / "application.py"
    program.write_text(APPLICATION, encoding="utf-8")
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("OTEL_", "AGENTCOST_"))}
    none = ("--metrics_exporter", "none", "--logs_exporter", "none")
    return subprocess.run(
        [binaries / "opentelemetry-instrument", *none, *options, binaries / "python", program],
        cwd=folder,
        env={**clean, "PATH": f"{binaries}{os.pathsep}{clean.get('PATH', '')}", **variables},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def spans_of(output: str) -> dict[str, dict[str, Any]]:
    """Return the attributes of each span that the console exporter printed among other lines."""
    decoder, spans = json.JSONDecoder(), {}
    at = output.find("{\n")
    while at >= 0:
        span, end = decoder.raw_decode(output, at)
        spans[span["name"]] = span["attributes"]
        at = output.find("{\n", end)
    return spans


def check_costs(spans: dict[str, dict[str, Any]]) -> None:
    call = spans["call"]
    assert call["gen_ai.usage.cost.amount"] == 0.00027
    assert (call["gen_ai.usage.cost.currency"], call["gen_ai.usage.cost.source"]) == ("USD", "local")
    assert (spans["request"]["agentcost.subtree.cost"], spans["request"]["agentcost.subtree.calls"]) == (0.00027, 1)


def test_switched_on_by_a_variable_each_span_shows_its_cost(binaries: Path, tmp_path: Path) -> None:
    done = run(binaries, tmp_path, "--traces_exporter", "console", OTEL_PYTHON_AGENTCOST_ENABLED="true")
    assert done.returncode == 0, done.stderr
    check_costs(spans_of(done.stdout))
    assert "agentcost" not in done.stderr, done.stderr


def test_left_alone_it_does_nothing(binaries: Path, tmp_path: Path) -> None:
    done = run(binaries, tmp_path, "--traces_exporter", "console")
    assert set(spans_of(done.stdout)) == {"call", "request"}
    assert "cost" not in done.stdout


def test_spend_is_seen_though_every_span_is_sampled_out(binaries: Path, tmp_path: Path) -> None:
    variables = {"OTEL_PYTHON_AGENTCOST_ENABLED": "true", "OTEL_TRACES_SAMPLER": "always_off"}
    done = run(binaries, tmp_path, "--traces_exporter", "console", **variables)
    assert spans_of(done.stdout) == {}
    assert "priced {'priced': 1}" in done.stdout, done.stderr


def test_the_exporter_of_the_environment_shows_costs_too(binaries: Path, tmp_path: Path) -> None:
    done = run(binaries, tmp_path, "--traces_exporter", "agentcost", OTEL_PYTHON_AGENTCOST_EXPORTER="console")
    assert done.returncode == 0, done.stderr
    check_costs(spans_of(done.stdout))


def test_an_absent_exporter_is_told_and_the_application_runs(binaries: Path, tmp_path: Path) -> None:
    done = run(binaries, tmp_path, "--traces_exporter", "agentcost")
    assert "the application ran" in done.stdout
    assert "OTEL_PYTHON_AGENTCOST_EXPORTER=otlp_proto_http names no installed trace exporter" in done.stderr


def test_a_wrong_configuration_is_told_and_the_application_runs_with_its_spans(binaries: Path, tmp_path: Path) -> None:
    (tmp_path / "agentcost.yaml").write_text("prises: {}\n", encoding="utf-8")
    done = run(binaries, tmp_path, "--traces_exporter", "console", OTEL_PYTHON_AGENTCOST_ENABLED="true")
    assert done.returncode == 0, done.stderr
    assert set(spans_of(done.stdout)) == {"call", "request"}
    assert "prises" in done.stderr
