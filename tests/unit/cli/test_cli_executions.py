"""`agentcost executions` as people and scripts call it, on what the real engine recorded into a real store."""

from __future__ import annotations

import shutil
from contextlib import closing
from decimal import Decimal

import pytest

from otel_agentcost.pricing.tool_prices import ToolPrices
from otel_agentcost.stores.open import open_store
from otel_agentcost.stores.settings import RetentionSettings
from tests.unit.cli.recorded import GPT_4O_NANO_USD, NOW, SONNET_NANO_USD, Recorder, agent, call, recording, tool
from tests.unit.cli.three_executions import LATE, RESEARCH, TRIAGE, executions, ids, record_three, rows


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    return record_three(tmp_path_factory.mktemp("books"))


def test_the_latest_stand_first_with_what_they_cost_and_what_is_not_in_that(
    url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    executions(url=url)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == [
        "Execution", "Start", "Took", "State", "Root", "User", "Team", "Feature", "Calls", "Unpriced", "Estimated",
        "Tools", "Tokens", "in", "Tokens", "out", "Cost", "Share",
    ]  # fmt: skip
    assert [line.split()[0] for line in lines[1:4]] == [f"{each:032x}" for each in (LATE, TRIAGE, RESEARCH)]
    assert "2026-11-24 09:00" in lines[2]
    assert "completed  triage" in lines[2]
    assert "running" in lines[1]
    assert lines[5] == "3 executions; $0.015000 for 5 calls; 1 call unpriced"


def test_a_name_from_outside_moves_no_cursor(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    executions(url=url)
    executions(f"{RESEARCH:032x}", url=url)
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert "research ·[2J[red]" in out


def test_the_totals_are_of_all_that_match_whatever_the_limit(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    printed = rows(capsys, "--limit", "1", url=url)
    assert len(printed["executions"]) == 1
    assert printed["schema"] == 1
    assert printed["totals"]["executions"] == 3
    assert printed["totals"]["cost_nano_usd"] == 3 * GPT_4O_NANO_USD + SONNET_NANO_USD
    assert printed["totals"]["unpriced_calls"] == 1
    executions("--limit", "1", url=url)
    assert "1 of 3 executions; $0.015000" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        ((), [LATE, TRIAGE, RESEARCH]),
        (("--reverse",), [RESEARCH, TRIAGE, LATE]),
        (("--sort", "cost"), [TRIAGE, RESEARCH, LATE]),
        (("--sort", "duration"), [TRIAGE, RESEARCH, LATE]),
        (("--sort", "calls", "--limit", "1", "--reverse"), [LATE]),
        (("--user", "u-17"), [LATE, TRIAGE]),
        (("--user", ""), [RESEARCH]),
        (("--team", "sales"), [RESEARCH]),
        (("--feature", "triage", "--state", "completed"), [TRIAGE]),
        (("--agent", "helper"), [TRIAGE]),
        (("--model", "acme-private-1"), [RESEARCH]),
        (("--conversation", "c-1"), [TRIAGE, RESEARCH]),
        (("--state", "running"), [LATE]),
        (("--min-cost", "0.005"), [TRIAGE]),
        (("--max-cost", "$0.005"), [LATE, RESEARCH]),
        (("--since", "today"), [LATE, TRIAGE]),
        (("--since", "1h"), [LATE]),
        (("--until", "2026-11-24"), [RESEARCH]),
        (("--period", "yesterday"), [RESEARCH]),
        (("--period", "yesterday", "--time-zone", "Europe/Berlin"), [RESEARCH]),
        (("--period", "yesterday", "--time-zone", "Asia/Tokyo"), []),
        (("--since", "2026-11-24T09:00:00", "--until", "2026-11-24T09:00:01"), [TRIAGE]),
        (("--organization", "nobody"), []),
    ],
)
def test_executions_are_found_by(
    arguments: tuple[str, ...], found: list[int], url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ids(capsys, *arguments, url=url) == found


def test_nothing_that_matches_is_said_with_why_that_may_be(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    executions("--team", "Support", url=url)
    said = capsys.readouterr().out
    assert said.startswith("No execution matches.\n")
    assert "by case" in said
    assert rows(capsys, "--team", "Support", url=url)["executions"] == []


def test_an_empty_store_is_said_with_how_it_fills(
    recorder: Recorder, store_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    executions(url=store_url)
    said = capsys.readouterr().out
    assert "There is no execution in this store yet." in said
    assert "store.url" in said


def test_one_execution_is_shown_as_a_tree_with_the_cost_of_each_step(
    url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    executions("0AF76519 16".replace(" ", ""), url=url)
    out = capsys.readouterr().out
    lines = [line.rstrip() for line in out.splitlines()]
    assert lines[:5] == [
        "0af7651916cd43dd8448eb211c80319c  completed",
        "invoke_agent triage  started 2026-11-24 09:00:00 (UTC), took 6.0s",
        "user u-17 · team support · feature triage · conversation c-1",
        "$0.008000 for 2 calls; 2 tool calls",
        "2,000 tokens in, 200 out",
    ]
    first = lines.index(next(line for line in lines if line.startswith("Step")))
    cells = [line[: lines[first].index("Model")].rstrip() for line in lines[first + 1 : first + 8]]
    assert cells == [
        "invoke_agent triage",
        "├─ chat gpt-4o",
        "├─ execute_tool delegate",
        "│  └─ invoke_agent helper",
        "│     └─ chat claude-sonnet-4-5",
        "└─ execute_tool run_sql",
        "",
    ]
    assert "$0.008000" in lines[first + 1]  # below the root
    assert "$0.003500" in lines[first + 2]
    assert "$0.004500" in lines[first + 4]  # below the sub-agent
    assert lines[first + 6].endswith("failed")


def test_a_model_without_a_price_shows_how_many_calls_its_nothing_lacks(
    url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    executions(f"{RESEARCH:032x}", url=url)
    out = capsys.readouterr().out
    assert "; 1 call unpriced" in out
    row = next(line for line in out.splitlines() if "acme-private-1" in line and "unpriced" in line)
    assert row.split() == ["acme-private-1", "1", "1", "unpriced", "0.0%"]
    step = next(line for line in out.splitlines() if "chat acme-private-1" in line)
    assert "unpriced" in step
    assert step.endswith("unknown model")


def test_tool_calls_are_told_with_how_many_of_them_have_a_price(
    store_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with recording(store_url, ToolPrices({"run_sql": Decimal("0.25")})) as recorder:
        steps = (call(), tool("run_sql"), tool("run_sql"), tool("look"))
        recorder.record(RESEARCH, "2026-11-24T09:00", agent("triage", *steps))
    executions(f"{RESEARCH:032x}", url=store_url)
    out = capsys.readouterr().out
    assert "$0.503500 for 1 call; 3 tool calls, 2 of them with a price: $0.500000" in out
    step = next(line for line in out.splitlines() if "execute_tool run_sql" in line)
    assert step.split()[-3:] == ["run_sql", "1.0s", "$0.250000"]  # a tool has no tokens, not 0 of them


def test_the_other_traces_of_the_conversation_are_shown_and_never_added(
    url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    executions(f"{TRIAGE:032x}", url=url)
    out = capsys.readouterr().out
    assert "Other executions of this conversation, each with its own total:" in out
    assert out.splitlines()[-1].startswith(f"{RESEARCH:032x}")
    assert rows(capsys, f"{TRIAGE:032x}", url=url)["totals"]["cost_nano_usd"] == 8_000_000


def test_one_execution_as_json_holds_its_steps_and_calls(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    printed = rows(capsys, "0af7651916", url=url)
    assert [row["execution_id"] for row in printed["executions"]] == [f"{TRIAGE:032x}"]
    told = ("depth", "kind", "cost_nano_usd", "below_cost_nano_usd")
    assert [tuple(step[name] for name in told) for step in printed["steps"]] == [
        (0, "agent", 0, 8_000_000),
        (1, "inference", 3_500_000, 0),
        (1, "tool", 0, 4_500_000),
        (2, "agent", 0, 4_500_000),
        (3, "inference", 4_500_000, 0),
        (1, "tool", 0, 0),
    ]  # fmt: skip
    assert printed["steps_complete"] is True
    assert sum(row["cost_nano_usd"] for row in printed["calls"]) == printed["totals"]["cost_nano_usd"]
    assert [row["execution_id"] for row in printed["conversation"]] == [f"{RESEARCH:032x}"]


def test_several_executions_as_json_hold_no_steps(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    printed = rows(capsys, f"{TRIAGE:032x}", f"{RESEARCH:032x}", url=url)
    assert len(printed["executions"]) == 2
    assert "steps" not in printed


def test_an_execution_whose_spans_are_gone_still_tells_its_totals(
    url: str, store_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copy(url.removeprefix("sqlite:///"), store_url.removeprefix("sqlite:///"))
    kept = RetentionSettings(calls_seconds=3600, executions_seconds=None)
    with closing(open_store(store_url, retention=kept)) as store:
        store.trim(NOW)
    executions(f"{TRIAGE:032x}", url=store_url)
    out = capsys.readouterr().out
    assert "$0.008000 for 2 calls; 2 tool calls" in out
    assert "Its steps are not kept any more; the totals above are." in out
    parts = next(line for line in out.splitlines() if line.startswith("By"))
    assert parts.split() == ["By", "Cost", "Share"]  # how many calls were unpriced, only the calls could tell
    assert rows(capsys, f"{TRIAGE:032x}", url=store_url)["steps"] == []


def test_a_long_tree_is_cut_where_the_limit_is(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    executions(f"{TRIAGE:032x}", "--limit", "2", url=url)
    assert "… and 4 more steps (--limit all)" in capsys.readouterr().out
