"""Run `agentcost demo` in the environment that `make demo` sets up and hold our books against the provider's."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from otel_agentcost.demo.fleet import FLEET
from otel_agentcost.demo.requirements import what_is_missing

pytestmark = pytest.mark.integration

_ROOT = Path(__file__).parents[2]
_OURS_TO_EXPLAIN = {"live-chat"}
"""Executions that leave money uncounted on purpose: their streams carry no usage."""


def _python() -> str:
    made = _ROOT / ".venv-demo" / "bin" / "python"
    if made.exists():
        return str(made)
    if what_is_missing() is None:
        return sys.executable
    pytest.skip("the demo's environment is not set up: run `make demo ONCE=1` first")


def _start(*arguments: str) -> subprocess.Popen[str]:
    command = [_python(), "-m", "otel_agentcost.cli.main", "demo", "--once", *arguments]
    environment = {**os.environ, "PYTHONPATH": str(_ROOT), "AGENTCOST_CONFIG": "/no/such/file"}
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment, cwd=_ROOT
    )


def _demo(*arguments: str) -> subprocess.CompletedProcess[str]:
    with _start(*arguments) as process:
        out, err = process.communicate(timeout=120)
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


@pytest.fixture(scope="module")
def found() -> dict[str, Any]:
    done = _demo("--format", "json")
    assert done.stdout.startswith("{"), done.stderr
    return {**json.loads(done.stdout), "exit_code": done.returncode}


def test_every_difference_is_explained(found: dict[str, Any]):
    unexplained = [e["differences"] for e in found["executions"] if not e["explained"]]
    assert unexplained == []
    assert found["totals"]["internal_errors"] == 0
    assert (found["explained"], found["exit_code"]) == (True, 0)


def test_every_agent_of_the_fleet_ran_and_was_billed(found: dict[str, Any]):
    assert [execution["name"] for execution in found["executions"]] == [member.name for member in FLEET]
    assert [execution["error"] for execution in found["executions"]] == [None] * len(FLEET)
    assert all(execution["billed_nano_usd"] > 0 for execution in found["executions"])


@pytest.mark.parametrize("name", [member.name for member in FLEET if member.name not in _OURS_TO_EXPLAIN])
def test_an_execution_costs_what_was_billed_to_the_nano_dollar(found: dict[str, Any], name: str):
    execution = next(execution for execution in found["executions"] if execution["name"] == name)
    assert execution["cost_nano_usd"] == execution["billed_nano_usd"]
    assert execution["exported_root_nano_usd"] == execution["billed_nano_usd"]
    assert execution["differences"] == []


def test_what_is_not_counted_is_exactly_what_our_books_call_unpriced(found: dict[str, Any]):
    execution = next(execution for execution in found["executions"] if execution["name"] == "live-chat")
    missing = execution["billed_nano_usd"] - execution["cost_nano_usd"]
    assert missing == sum(line["difference_nano_usd"] for line in execution["differences"]) > 0
    assert {line["status"] for line in execution["differences"]} == {"unpriced"}
    assert len(execution["differences"]) == 2
    assert "include_usage" in execution["differences"][0]["explanation"]


def test_users_and_teams_and_agents_each_add_up_to_the_total(found: dict[str, Any]):
    for dimension in ("users", "teams", "agents"):
        assert sum(line["cost_nano_usd"] for line in found[dimension]) == found["totals"]["cost_nano_usd"]
    assert {line["key"] for line in found["users"]} == {"ada", "lin"}
    assert {line["key"] for line in found["teams"]} == {"support", "research"}
    assert {"supervisor", "researcher", "analyst", "reviewer", "fact-checker", "planner"} <= {
        line["key"] for line in found["agents"]
    }


def test_the_fleet_shows_what_it_promises(found: dict[str, Any]):
    by_name = {execution["name"]: execution for execution in found["executions"]}
    assert by_name["answers"]["http_status"] == {"200": 2, "429": 1}
    assert any(bill["model"].startswith("text-embedding") for bill in by_name["answers"]["bills"])
    assert any(bill["cache_write_tokens"] for bill in by_name["letters"]["bills"])
    assert all(any(b["cache_read_tokens"] for b in by_name[n]["bills"]) for n in ("triage", "letters", "report"))
    assert all(bill["reasoning_tokens"] for bill in by_name["analysis"]["bills"])
    for twice in ("triage", "report"):
        statuses = [call["status"] for call in by_name[twice]["calls"]]
        assert statuses.count("duplicate") == statuses.count("priced") == len(by_name[twice]["bills"])
    assert any(bill["was_abandoned"] for bill in by_name["live-chat"]["bills"])


def test_the_report_for_people_fits_a_pipe_and_says_where_the_difference_comes_from():
    done = _demo()
    assert "Where the difference comes from" in done.stdout
    assert "counted to the nano-dollar" in done.stdout
    for member in FLEET:
        assert f"\n{member.name}  $" in done.stdout
        assert f"{member.name}: done" in done.stderr


def test_ctrl_c_ends_it_before_the_last_agent_and_without_a_report():
    with _start() as process:
        assert process.stderr is not None
        assert process.stderr.readline().startswith("answers: done")
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert out == ""
    assert "triage: done" not in err
