"""Run `agentcost demo` in the environment that `make demo` sets up, and hold the books against what was billed."""

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
from otel_agentcost.demo.traffic.features import RUNAWAY_USER

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
    command = [_python(), "-m", "otel_agentcost.cli.main", *arguments]
    environment = {**os.environ, "PYTHONPATH": str(_ROOT)}
    if arguments[0] == "demo":
        environment["AGENTCOST_CONFIG"] = "/no/such/file"  # whatever the shell has set, the demo goes its own way
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment, cwd=_ROOT
    )


def _agentcost(*arguments: str) -> subprocess.CompletedProcess[str]:
    with _start(*arguments) as process:
        out, err = process.communicate(timeout=240)
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> str:
    return f"sqlite:///{tmp_path_factory.mktemp('demo')}/demo.db"


@pytest.fixture(scope="module")
def found(store: str) -> dict[str, Any]:
    done = _agentcost("demo", "--once", "--format", "json", "--store", store)
    assert done.stdout.startswith("{"), done.stderr
    return {**json.loads(done.stdout), "exit_code": done.returncode}


def test_every_difference_is_explained(found: dict[str, Any]):
    unexplained = [e["differences"] for e in found["executions"] if not e["explained"]]
    assert unexplained == []
    assert found["totals"]["internal_errors"] == 0
    assert (found["explained"], found["right"], found["exit_code"]) == (True, True, 0)


def test_every_agent_of_the_fleet_ran_and_was_billed(found: dict[str, Any]):
    assert [execution["name"] for execution in found["executions"]] == [member.name for member in FLEET]
    assert [execution["error"] for execution in found["executions"]] == [None] * len(FLEET)
    assert all(execution["billed_nano_usd"] > 0 for execution in found["executions"])


@pytest.mark.parametrize("name", [member.name for member in FLEET if member.name not in _OURS_TO_EXPLAIN])
def test_an_execution_costs_what_was_billed_to_the_nano_dollar(found: dict[str, Any], name: str):
    execution = next(execution for execution in found["executions"] if execution["name"] == name)
    assert execution["cost_nano_usd"] == execution["billed_nano_usd"]
    assert execution["exported_root_nano_usd"] == execution["billed_nano_usd"]
    assert execution["run_nano_usd"] == execution["billed_nano_usd"], "what `with execution(...) as run` said of itself"
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


def _asked(store: str, *arguments: str) -> dict[str, Any]:
    done = _agentcost(*arguments, "--format", "json", "--store", store)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_two_days_of_traffic_are_in_the_books_as_they_were_billed(found: dict[str, Any]):
    traffic = found["traffic"]
    assert (traffic["days"], traffic["durable"], traffic["exact"]) == (2, True, True)
    assert traffic["differences"] == []
    assert traffic["counted"] == traffic["billed"]
    assert 3_000 <= traffic["billed"]["executions"] <= 6_000
    assert traffic["billed"]["unpriced_calls"] == traffic["failed_calls"] + traffic["priceless_calls"] > 0
    assert traffic["until_unix_nano"] - traffic["since_unix_nano"] == 2 * 86_400 * 1_000_000_000


@pytest.mark.parametrize("by", ["team", "user", "feature", "agent", "model", "tool", "day"])
def test_a_report_by_another_process_says_what_was_billed(found: dict[str, Any], store: str, by: str):
    traffic, answer = found["traffic"], found["answers"]["day"]
    since, until = (answer["period"][bound] for bound in ("since", "until"))
    report = _asked(store, "report", "--by", by, "--since", since, "--until", until, "--compare", "none")
    assert report["totals"]["cost_nano_usd"] == traffic["billed"]["cost_nano_usd"]
    assert report["totals"]["calls"] == traffic["billed"]["calls"]
    assert report["totals"]["unpriced_calls"] == traffic["billed"]["unpriced_calls"]
    rows = {row["key"]: row["cost_nano_usd"] for row in report["rows"]}
    assert rows == traffic["billed_by"][by]


def test_the_commands_that_the_demo_shows_tell_the_same(found: dict[str, Any]):
    answers, billed = found["answers"], found["traffic"]["billed"]
    assert answers["day"]["totals"]["cost_nano_usd"] == billed["cost_nano_usd"]
    assert answers["dearest"]["totals"]["cost_nano_usd"] == billed["cost_nano_usd"]
    for by in ("team", "model"):
        totals = answers[by]["totals"]
        assert totals["cost_nano_usd"] + totals["previous_cost_nano_usd"] == billed["cost_nano_usd"]
    runaway, *others = answers["dearest"]["executions"]
    assert runaway["user"] == RUNAWAY_USER
    assert runaway["cost_nano_usd"] > 10 * others[0]["cost_nano_usd"]


def test_the_live_agents_are_in_the_same_books_with_users_teams_and_features(found: dict[str, Any], store: str):
    live = _asked(store, "executions", "--environment", "demo")
    assert live["totals"]["cost_nano_usd"] == found["totals"]["cost_nano_usd"]
    assert {(each["user"], each["team"], each["feature"]) for each in live["executions"]} == {
        (member.user, member.team, member.feature) for member in FLEET
    }
    assert {each["state"] for each in live["executions"]} == {"completed"}


def test_the_report_for_people_fits_a_pipe_and_says_where_the_difference_comes_from(found: dict[str, Any], store: str):
    """Into the store that holds a run already: another demo leaves it whole, and finds its own calls in it."""
    done = _agentcost("demo", "--once", "--traffic", "1", "--trees", "--store", store)
    assert done.returncode == 0, done.stderr
    assert "Where the difference comes from" in done.stdout
    assert "counted to the nano-dollar" in done.stdout
    assert "Equal to the nano-dollar, in all and for each of 4 teams" in done.stdout
    for member in FLEET:
        assert f"\n{member.name}  $" in done.stdout
        assert f"{member.name}: done" in done.stderr
    for command in ("report --by team", "report --by day", "report --by model", "executions --since"):
        assert f"$ agentcost {command}" in done.stdout
    assert f"STORE={store}" in done.stdout
    tables = [line for line in done.stdout.splitlines() if not line.startswith(("$ ", "STORE=", "agentcost "))]
    assert max(map(len, tables)) <= 120


def test_ctrl_c_ends_it_before_the_last_agent_and_without_a_report(tmp_path: Path):
    with _start("demo", "--once", "--store", f"sqlite:///{tmp_path}/demo.db") as process:
        assert process.stderr is not None
        assert process.stderr.readline().startswith("answers: done")
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert out == ""
    assert "triage: done" not in err
