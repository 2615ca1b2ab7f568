"""`import otel_agentcost` costs next to nothing and brings nothing heavy along."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

import otel_agentcost

HEAVY = {"genai_prices", "pydantic", "yaml", "rich", "grpc", "sqlalchemy", "uvicorn", "httpx", "requests"}
SDK = "import opentelemetry.sdk.trace.export"


def _loaded(*statements: str) -> tuple[set[str], float]:
    """Return the modules that a fresh interpreter has after the statements, and how long the last one took."""
    *before, last = statements
    program = "; ".join(
        (
            "import json, sys, time",
            *before,
            "t = time.perf_counter()",
            last,
            "print(json.dumps([sorted(sys.modules), time.perf_counter() - t]))",
        )
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    modules, seconds = json.loads(done.stdout)
    return set(modules), seconds


@pytest.mark.parametrize("name", ["import otel_agentcost", "from otel_agentcost import AgentCostSpanProcessor"])
def test_no_heavy_module_comes_along(name: str) -> None:
    alone, _ = _loaded(SDK)
    with_us, _ = _loaded(SDK, name)
    assert {module.partition(".")[0] for module in with_us - alone} & HEAVY == set()


def test_the_import_is_cheap_beside_the_sdks_own() -> None:
    sdk = min(_loaded(SDK)[1] for _ in range(3))
    ours = min(_loaded(SDK, "import otel_agentcost")[1] for _ in range(3))
    assert ours < max(0.030, sdk / 4), "30 ms on top of the SDK is the goal; a slow machine may take in proportion"


def test_every_public_name_is_there_and_no_other() -> None:
    for name in otel_agentcost.__all__:
        assert getattr(otel_agentcost, name) is not None
        assert name in dir(otel_agentcost)
    assert otel_agentcost.__version__.count(".") >= 2
    with pytest.raises(AttributeError, match="no_such_name"):
        otel_agentcost.no_such_name  # noqa: B018
