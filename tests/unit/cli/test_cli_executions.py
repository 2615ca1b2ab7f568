"""`agentcost executions` as people and scripts call it, on what the real engine recorded into a real store."""

from __future__ import annotations

import json
import shutil
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from otel_agentcost.cli.main import main
from otel_agentcost.stores.open import open_store
from otel_agentcost.stores.settings import RetentionSettings
from tests.unit.cli.recorded import GPT_4O_NANO_USD, NOW, SONNET_NANO_USD, Recorder, agent, call, recording, tool

TRIAGE, RESEARCH, LATE = 0x0AF7651916CD43DD8448EB211C80319C, 0x0AF76519FF << 88 | 7, 0xB << 124 | 1
SUPPORT = {"user__id": "u-17", "agentcost__team": "support", "agentcost__feature": "triage"}

SALES = {"agentcost__team": "sales"}


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Record three executions: one with a tool and a sub-agent, one with an unpriced call, one that goes on."""
    store_url = f"sqlite:///{tmp_path_factory.mktemp('books') / 'books.db'}"
    with recording(store_url) as recorder:
        recorder.record(
            TRIAGE,
            "2026-11-24T09:00",
            agent(
                "triage",
                call(),
                tool("delegate", agent("helper", call("claude-sonnet-4-5", "anthropic"))),
                tool("run_sql", is_error=True),
                **SUPPORT,
                gen_ai__conversation__id="c-1",
            ),
        )
        recorder.record(
            RESEARCH,
            "2026-11-23T22:30",
            agent("research \x1b[2J[red]", call(), call("acme-private-1"), **SALES, gen_ai__conversation__id="c-1"),
        )
        recorder.record_open(LATE, "2026-11-24T11:59", agent("triage", call(**SUPPORT)))
    return store_url


def executions(*arguments: str, url: str, code: int = 0) -> int:
    assert main(["executions", "--store", url, *arguments]) == code
    return code


def rows(capsys: pytest.CaptureFixture[str], *arguments: str, url: str) -> dict[str, Any]:
    executions("--format", "json", *arguments, url=url)
    return json.loads(capsys.readouterr().out)


def ids(capsys: pytest.CaptureFixture[str], *arguments: str, url: str) -> list[int]:
    return [int(row["execution_id"], 16) for row in rows(capsys, *arguments, url=url)["executions"]]


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
    assert lines[5] == "3 executions; $0.015000 for 5 calls, without 1 unpriced call"


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
    assert "without 1 unpriced call" in out
    row = next(line for line in out.splitlines() if "acme-private-1" in line and "$" in line)
    assert row.split() == ["acme-private-1", "1", "1", "$0.000000", "0.0%"]
    step = next(line for line in out.splitlines() if "chat acme-private-1" in line)
    assert "unpriced" in step
    assert step.endswith("unknown model")


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


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["xyz"], "'xyz' is no id: 1 to 32 hexadecimal digits"),
        (["0" * 33], f"'{'0' * 33}' is no id"),
        (["dead"], "no execution begins with 'dead'"),
        (["0af765"], f"'0af765' begins more than one execution: {TRIAGE:032x}, {RESEARCH:032x}: give more digits"),
        (["--since", "soon"], "--since: 'soon' is no moment; allowed: "),
        (["--min-cost", "2", "--max-cost", "1"], "--max-cost: is below --min-cost"),
        (["--time-zone", "Berlin"], "--time-zone: 'Berlin' is no IANA time zone; did you mean Europe/Berlin?"),
    ],
)
def test_a_question_that_cannot_be_answered_is_one_line(
    arguments: list[str], why: str, url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    executions(*arguments, url=url, code=2)
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith(f"agentcost: {why}")
    assert said.err.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["--limit", "many"], "argument --limit: 'many' is no number of rows: 1 or more, or all"),
        (["--min-cost", "much"], "argument --min-cost: 'much' is no amount: US dollars such as 0.50"),
        (["--state", "done"], "argument --state: invalid choice: 'done'"),
        (["--sort", "price"], "argument --sort: invalid choice: 'price'"),
    ],
)
def test_a_wrong_argument_says_what_is_allowed(
    arguments: list[str], why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["executions", *arguments])
    assert ended.value.code == 2
    assert why in capsys.readouterr().err


@pytest.mark.parametrize(
    ("store", "why"),
    [
        ("sqlite:///no/such.db", "such.db': there is no such file; a process that records into this store makes it"),
        ("memory:", "--store: a store in memory is its own process's alone; allowed: sqlite:///FILE or postgresql:"),
        ("mysql://host/x", "--store: an address that begins 'mysql:' is not allowed"),
        ("agentcost.db", "--store: this is no address; allowed: memory, sqlite:///FILE"),
    ],
)
def test_a_store_that_is_not_there_is_one_line_and_nothing_is_created(
    store: str, why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    executions(url=store, code=2)
    said = capsys.readouterr()
    assert why in said.err
    assert said.err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_without_a_store_it_is_said_where_one_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["executions"]) == 2
    assert "give --store sqlite:///FILE or postgresql://USER@HOST/DATABASE, or set store.url" in capsys.readouterr().err


def test_the_configuration_says_where_the_store_is(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "agentcost.yaml").write_text(f"store: {{url: '{url}'}}")
    assert main(["executions", "--format", "json", "--limit", "1"]) == 0
    assert json.loads(capsys.readouterr().out)["totals"]["executions"] == 3


def test_many_executions_are_listed_without_a_gap_or_a_repeat(
    recorder: Recorder, store_url: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("otel_agentcost.cli.executions_query._PAGE", 7)
    made = {recorder.record(each << 96, NOW - each * 10**9, agent("a", call())) for each in range(1, 31)}
    assert set(ids(capsys, url=store_url)) == made
    assert len(ids(capsys, "--limit", "20", url=store_url)) == 20
