"""What a user sees in Prometheus, in the logs' backend and in `agentcost report` is one truth, to the nano-dollar."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest

from tests.integration.environments import ROOT
from tests.integration.prometheus import free_port, prometheus
from tests.integration.recording_app import EXECUTIONS

pytestmark = pytest.mark.integration
pytest.importorskip("opentelemetry.exporter.prometheus")

from tests.integration.otlp_server import http_endpoint  # noqa: E402 - needs grpc

LABELS = {
    "model": "gen_ai_response_model",
    "provider": "gen_ai_provider_name",
    "agent": "gen_ai_agent_name",
    "tool": "gen_ai_tool_name",
    "team": "agentcost_team",
    "feature": "agentcost_feature",
}
CONFIGURATION = """\
store: {{url: "sqlite:///{file}"}}
time_zone: Europe/Berlin
prices: {{tools: {{search: 0.005}}}}
"""


class ReadBack(NamedTuple):
    series: list[tuple[dict[str, str], float]]
    """All that Prometheus knows while the application runs."""
    store: str
    records: list[Any]


@pytest.fixture(scope="module")
def read_back(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ReadBack]:
    folder = tmp_path_factory.mktemp("read_back")
    config = folder / "agentcost.yaml"
    config.write_text(CONFIGURATION.format(file=folder / "books.db"), encoding="utf-8")
    port = free_port()
    with http_endpoint() as logs, prometheus(port, folder) as server:
        command = [sys.executable, "-m", "tests.integration.recording_app", str(config), str(port), str(logs.port)]
        app = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert app.stdout is not None
        assert app.stdin is not None
        try:
            assert app.stdout.readline() == "recorded True 0\n"
            recorded = time.time()
            server.wait_for(f"timestamp(agentcost_cost_total) > {recorded + 0.5}")
            series = server.query('{__name__=~"agentcost_.+"}')
            app.stdin.write("\n")
            app.stdin.flush()
            assert app.stdout.readline() == "ended 0\n"
            assert app.wait(timeout=30) == 0
            logs.wait_for(lambda: len(logs.records()) >= EXECUTIONS)
            yield ReadBack(series, f"sqlite:///{folder / 'books.db'}", logs.records())
        finally:
            app.kill()
            app.wait()


def agentcost(*arguments: str) -> Any:
    command = [sys.executable, "-m", "otel_agentcost.cli.main", *arguments, "--format", "json"]
    return json.loads(subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True).stdout)


def report(found: ReadBack, by: str) -> dict[str, Any]:
    return agentcost("report", "--by", by, "--since", "yesterday", "--limit", "all", "--store", found.store)


def told(found: ReadBack, metric: str, label: str, scale: float = 1) -> dict[str, int]:
    """Return a metric's sums by a label; what is 0 is left out."""
    sums: Counter[str] = Counter()
    for labels, value in found.series:
        if labels["__name__"] == metric:
            sums[labels.get(label, "")] += round(value * scale)
    return {key: value for key, value in sums.items() if value}


@pytest.mark.parametrize("by", LABELS)
def test_prometheus_and_the_report_say_the_same_by_every_dimension(read_back: ReadBack, by: str) -> None:
    rows = {row["key"]: row for row in report(read_back, by)["rows"]}
    assert len(rows) > 1
    assert told(read_back, "agentcost_cost_total", LABELS[by], 1e9) == {
        key: row["cost_nano_usd"] for key, row in rows.items() if row["cost_nano_usd"]
    }
    assert told(read_back, "agentcost_calls_total", LABELS[by]) == {
        key: row["calls"] for key, row in rows.items() if row["calls"]
    }


def test_tokens_and_unpriced_calls_are_the_same(read_back: ReadBack) -> None:
    totals = report(read_back, "model")["totals"]
    tokens = told(read_back, "agentcost_tokens_total", "gen_ai_token_type")
    assert tokens == {"input": totals["input_tokens"], "output": totals["output_tokens"]}
    assert sum(told(read_back, "agentcost_calls_unpriced_total", "error_type").values()) == totals["unpriced_calls"] > 0


def test_executions_and_their_events_say_the_same(read_back: ReadBack) -> None:
    listed = agentcost("executions", "--limit", "all", "--store", read_back.store)
    executions = {row["execution_id"]: row for row in listed["executions"]}
    assert len(executions) == len(read_back.records) == EXECUTIONS
    for record in read_back.records:
        row = executions[record.trace_id.hex()]
        values = {each.key: each.value for each in record.attributes}
        assert record.event_name == "agentcost.execution.completed"
        assert any(record.span_id)
        assert values["agentcost.execution.cost_nano_usd"].int_value == row["cost_nano_usd"]
        assert values["agentcost.execution.calls"].int_value == row["calls"]
        assert values["user.id"].string_value == row["user"]
        assert row["state"] == "completed"
    assert (
        sum(row["cost_nano_usd"] for row in executions.values()) == report(read_back, "user")["totals"]["cost_nano_usd"]
    )
