"""A real Prometheus scrapes our metrics, and knows every nano-dollar."""

from __future__ import annotations

import os
import random
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from msgspec.structs import asdict, replace

from otel_agentcost.engine.measurements.health import Health
from otel_agentcost.engine.measurements.measurements import Measurements
from otel_agentcost.model.call import Call
from otel_agentcost.model.identity import Identity
from tests.integration.environments import ROOT, environment
from tests.integration.prometheus import Prometheus, free_port, prometheus
from tests.unit.engine.commits import SECOND, call, committed
from tests.unit.house import docs

pytestmark = pytest.mark.integration
pytest.importorskip("opentelemetry.exporter.prometheus")

from opentelemetry.exporter.prometheus import PrometheusMetricReader  # noqa: E402
from opentelemetry.sdk.metrics import MeterProvider  # noqa: E402
from opentelemetry.sdk.resources import Resource  # noqa: E402
from prometheus_client import start_http_server  # noqa: E402

from otel_agentcost.sdk.metrics.attach import attach  # noqa: E402
from otel_agentcost.sdk.metrics.prometheus import with_exemplars  # noqa: E402

EXECUTIONS = 300
SEED = 20260101


class Scraped(NamedTuple):
    server: Prometheus
    calls: list[Call]
    since: float


def executions(now: int) -> Iterator[tuple[int, list[Call]]]:
    """Yield random executions of up to eight calls, with every outcome among them."""
    drawn = random.Random(SEED)
    for trace_id in range(1, EXECUTIONS + 1):
        who = Identity(team=drawn.choice(["support", "sales", None]), feature=drawn.choice(["triage", None]))
        calls: list[Call] = []
        for span_id in range(1, drawn.randint(2, 9)):
            status, reason = drawn.choice(
                [("priced", None)] * 6
                + [("estimated", "sum_of_calls"), ("unpriced", "unknown_model"), ("duplicate", "same_call")]
            )
            cost = int(10 ** drawn.uniform(2, 10)) if status in ("priced", "estimated") else 0
            calls.append(
                call(
                    span_id, cost, trace_id=trace_id, status=status, reason=reason, identity=who,
                    provider=drawn.choice(["openai", "anthropic"]), model=drawn.choice(["gpt-5", "claude-5", None]),
                    agent=drawn.choice(["planner", "writer", None]), tool=drawn.choice(["search", None]),
                    start_unix_nano=now - SECOND, end_unix_nano=now,
                )
            )  # fmt: skip
        yield trace_id, calls


@pytest.fixture(scope="module")
def scraped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scraped]:
    since = time.time()
    zero = lambda: 0  # noqa: E731
    health = Health(zero, zero, zero, zero, zero, zero, zero)
    measured = Measurements(clock=time.time_ns, health=health)
    reader = with_exemplars(PrometheusMetricReader())
    meters = MeterProvider([reader], resource=Resource({"service.name": "shop"}), shutdown_on_exit=False)
    attach(measured, meters)
    all_calls: list[Call] = []
    port = free_port()
    # (Older clients start the server and return nothing.)
    started: Any = start_http_server(port, "127.0.0.1")
    try:
        with prometheus(port, tmp_path_factory.mktemp("prometheus")) as server:
            now_nano = time.time_ns()
            for trace_id, calls in executions(now_nano):
                measured.committed(
                    committed(*calls, settles=True, trace_id=trace_id, root_span_id=1, end_unix_nano=now_nano)
                )
                all_calls += calls
            lowered = next(each for each in all_calls if each.cost_nano_usd > 10)
            now = replace(lowered, cost_nano_usd=lowered.cost_nano_usd // 2)
            measured.committed(committed(now, before=[lowered]))
            all_calls[all_calls.index(lowered)] = now
            finished = time.time()
            server.wait_for(f"timestamp(agentcost_cost_total) > {finished + 0.5}")
            yield Scraped(server, all_calls, since)
    finally:
        meters.shutdown()
        if started is not None:
            started[0].shutdown()
            started[0].server_close()


def nano(dollars: float) -> int:
    return round(dollars * 1e9)


def known(calls: list[Call], *fields: str) -> Counter[tuple[str, ...]]:
    """Return the cost in nano-USD by fields of the calls and of their identities."""
    found: Counter[tuple[str, ...]] = Counter()
    for each in calls:
        values = {**each.identity._asdict(), **asdict(each)}
        found[tuple(values[field] or "" for field in fields)] += each.cost_nano_usd
    return Counter({key: cost for key, cost in found.items() if cost})


def test_each_series_equals_the_known_total_to_the_nano_dollar(scraped: Scraped) -> None:
    fields = {
        "gen_ai_provider_name": "provider", "gen_ai_response_model": "model", "gen_ai_agent_name": "agent",
        "gen_ai_tool_name": "tool", "agentcost_feature": "feature", "agentcost_team": "team",
    }  # fmt: skip
    told = {
        tuple(labels.get(label, "") for label in fields): nano(value)
        for labels, value in scraped.server.query("agentcost_cost_total")
    }
    assert told == known(scraped.calls, *fields.values())
    assert len(told) > 50


@pytest.mark.parametrize(("label", "field"), [("agentcost_team", "team"), ("gen_ai_provider_name", "provider")])
def test_sums_by_a_label_equal_the_known_totals(scraped: Scraped, label: str, field: str) -> None:
    told = {
        labels.get(label, ""): nano(value)
        for labels, value in scraped.server.query(f"sum by ({label}) (agentcost_cost_total)")
    }
    assert told == {key: cost for (key,), cost in known(scraped.calls, field).items()}


def test_counts_and_tokens_equal_the_known_totals(scraped: Scraped) -> None:
    by_status = Counter(each.status for each in scraped.calls)
    paying = [each for each in scraped.calls if each.status != "duplicate"]
    expected = {
        "agentcost_calls_total": len(paying),
        "agentcost_calls_unpriced_total": by_status["unpriced"],
        "agentcost_calls_estimated_total": by_status["estimated"],
        "agentcost_duplicates_total": by_status["duplicate"],
        "agentcost_corrections_total": 1,
        'agentcost_tokens_total{gen_ai_token_type="input"}': sum(each.usage.input_tokens for each in paying),
        'agentcost_tokens_total{gen_ai_token_type="output"}': sum(each.usage.output_tokens for each in paying),
        "agentcost_tokens_cache_read_total": sum(each.usage.cache_read_tokens for each in paying),
        "agentcost_execution_cost_count": len({each.trace_id for each in paying}),
        "agentcost_execution_calls_sum": len(paying),
        "gen_ai_client_operation_cost_count": by_status["priced"] + by_status["estimated"],
    }
    assert {name: scraped.server.query(f"sum({name})")[0][1] for name in expected} == expected
    total = sum(each.cost_nano_usd for each in scraped.calls)
    assert nano(scraped.server.query("sum(gen_ai_client_operation_cost_sum)")[0][1]) == total


def test_an_exemplar_leads_from_the_dearest_bucket_to_its_trace(scraped: Scraped) -> None:
    by_trace: Counter[int] = Counter()
    for each in scraped.calls:
        by_trace[each.trace_id] += each.cost_nano_usd
    shown = {ids[0]: cost for ids, cost in exemplars(scraped, "agentcost_execution_cost_bucket").items()}
    dearest = max(shown, key=lambda trace_id: shown[trace_id])
    assert shown[dearest] == by_trace[dearest] == max(by_trace.values())


def test_an_exemplar_of_a_call_leads_to_its_span(scraped: Scraped) -> None:
    cost_of = {(each.trace_id, each.span_id): each.cost_nano_usd for each in scraped.calls}
    shown = exemplars(scraped, "gen_ai_client_operation_cost_bucket")
    assert len(shown) > 10
    assert sum(cost_of[ids] != cost for ids, cost in shown.items()) <= 1, "only the one that was lowered"


def exemplars(scraped: Scraped, selector: str) -> dict[tuple[int, int], int]:
    """Return the values of exemplars in nano-USD, by trace and span."""
    found = scraped.server.exemplars(selector, scraped.since - 60, time.time() + 60)
    return {
        (int(each["labels"]["trace_id"], 16), int(each["labels"]["span_id"], 16)): nano(float(each["value"]))
        for each in found
    }


def test_the_names_are_those_that_the_documentation_gives(scraped: Scraped) -> None:
    ours = {name for name in scraped.server.metric_names() if name.startswith(("agentcost_", "gen_ai_"))}
    plain = {name for name in ours if not name.endswith(("_bucket", "_count", "_sum", "_created"))}
    histograms = {name.removesuffix("_bucket") for name in ours if name.endswith("_bucket")}
    documented = {name for name in docs.code(docs.text("metrics.md")) if name.startswith(("agentcost_", "gen_ai_"))}
    assert plain | histograms <= documented
    assert documented - plain - histograms == {"agentcost_errors_total", "agentcost_labels_overflow_total"}, (
        "documented names that this traffic does not bring forth"
    )


def test_the_oldest_exporter_gives_the_same() -> None:
    binaries = environment(
        "3.11", "opentelemetry-sdk==1.30.0", "opentelemetry-exporter-prometheus==0.51b0", "pytest>=8.3"
    )
    done = subprocess.run(
        [binaries / "python", "-m", "pytest", "-p", "no:cacheprovider", "-k", "not oldest", __file__],
        cwd=ROOT, env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}, capture_output=True, text=True, check=False,
        timeout=180,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-2000:]
    assert "7 passed" in done.stdout, done.stdout
