"""`agentcost report`: a period's spend by any dimension, on calls that the real engine recorded into a real store."""

from __future__ import annotations

import json
import shutil
from contextlib import closing
from typing import Any

import pytest

from otel_agentcost.cli.main import main
from otel_agentcost.cli.report import _BY as BY
from otel_agentcost.stores.open import open_store
from otel_agentcost.stores.settings import RetentionSettings
from tests.unit.cli.recorded import (
    GPT_4O_NANO_USD,
    NOW,
    SECOND,
    SONNET_NANO_USD,
    Recorder,
    agent,
    call,
    nano,
    recording,
    tool,
)

SUPPORT = {"user__id": "u-17", "agentcost__team": "support", "agentcost__feature": "triage"}
SALES = {"user__id": "u-2", "agentcost__team": "sales"}


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Record two executions in November, three in October, one in September; it is 24 November, 12:00 UTC."""
    store_url = f"sqlite:///{tmp_path_factory.mktemp('books') / 'books.db'}"
    with recording(store_url) as recorder:
        both = (call(), call("claude-sonnet-4-5", "anthropic"))
        recorder.record(1, "2026-11-24T09:00", agent("triage", *both, tool("delegate", call()), **SUPPORT))
        recorder.record(2, "2026-11-02T23:30", agent("pitch", call("acme-private-1"), call(), **SALES))
        recorder.record(3, "2026-10-24T11:00", agent("triage", call(), **SUPPORT))
        recorder.record(4, "2026-10-24T13:00", agent("triage", call(), **SUPPORT))  # later than now's time of day
        recorder.record(5, "2026-10-03T10:00", agent("gone", call(), agentcost__team="closed"))
        recorder.record(6, "2026-09-30T23:00", agent("triage", call(), **SUPPORT))
    return store_url


def report(*arguments: str, url: str, code: int = 0) -> None:
    assert main(["report", "--store", url, *arguments]) == code


def printed(capsys: pytest.CaptureFixture[str], *arguments: str, url: str) -> dict[str, Any]:
    report("--format", "json", *arguments, url=url)
    return json.loads(capsys.readouterr().out)


def costs(capsys: pytest.CaptureFixture[str], *arguments: str, url: str) -> list[tuple[str, int, int | None]]:
    rows = printed(capsys, *arguments, url=url)["rows"]
    return [(row["key"], row["cost_nano_usd"], row["previous_cost_nano_usd"]) for row in rows]


G, S = GPT_4O_NANO_USD, SONNET_NANO_USD


@pytest.mark.parametrize(
    ("arguments", "rows"),
    [
        (("--by", "team"), [("support", 2 * G + S, G), ("sales", G, 0), ("closed", 0, G)]),
        (("--by", "model"), [("gpt-4o", 3 * G, 2 * G), ("claude-sonnet-4-5", S, 0), ("acme-private-1", 0, 0)]),
        ((), [("gpt-4o", 3 * G, 2 * G), ("claude-sonnet-4-5", S, 0), ("acme-private-1", 0, 0)]),
        (("--by", "provider"), [("openai", 3 * G, 2 * G), ("anthropic", S, 0)]),
        (("--by", "user"), [("u-17", 2 * G + S, G), ("u-2", G, 0), ("", 0, G)]),
        (("--by", "feature"), [("triage", 2 * G + S, G), ("", G, G)]),
        (("--by", "agent"), [("triage", 2 * G + S, G), ("pitch", G, 0), ("gone", 0, G)]),
        (("--by", "tool"), [("", 2 * G + S, 2 * G), ("delegate", G, 0)]),
        (("--by", "day"), [("2026-11-02", G, 0), ("2026-11-03", 0, G), ("2026-11-24", 2 * G + S, G)]),
        (("--by", "hour", "--period", "today"), [("2026-11-24T09:00+00:00", 2 * G + S, 0)]),
        (("--by", "team", "--compare", "none"), [("support", 2 * G + S, None), ("sales", G, None)]),
        (("--by", "team", "--period", "last-month"), [("support", 2 * G, G), ("closed", G, 0)]),
        (
            ("--by", "team", "--period", "last-month", "--time-zone", "Europe/Berlin"),
            [("support", 3 * G, 0), ("closed", G, 0)],
        ),
        (("--by", "team", "--only", "model=gpt-4o"), [("support", 2 * G, G), ("sales", G, 0), ("closed", 0, G)]),
        (("--only", "team=support", "--only", "tool=delegate"), [("gpt-4o", G, 0)]),
        (("--by", "agent", "--only", "user="), [("gone", 0, G)]),
        (("--by", "team", "--sort", "key"), [("closed", 0, G), ("sales", G, 0), ("support", 2 * G + S, G)]),
        (("--by", "team", "--sort", "change"), [("support", 2 * G + S, G), ("sales", G, 0), ("closed", 0, G)]),
        (("--by", "user", "--sort", "cost", "--reverse"), [("", 0, G), ("u-2", G, 0), ("u-17", 2 * G + S, G)]),
        (("--by", "team", "--limit", "1"), [("support", 2 * G + S, G)]),
        (("--by", "team", "--since", "2026-11-24T09:00", "--until", "2026-11-24T09:00:01"), [("support", G, 0)]),
    ],
)  # fmt: skip
def test_spend_is_added_up(
    arguments: tuple[str, ...],
    rows: list[tuple[str, int, int | None]],
    url: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert costs(capsys, *arguments, url=url) == rows


@pytest.mark.parametrize("by", BY)
@pytest.mark.parametrize("period", [("--since", "2026-09"), ("--since", "2026-10-24T12:00"), ("--period", "2026-10")])
def test_the_rows_of_every_dimension_add_up_to_the_total(
    by: str, period: tuple[str, ...], url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = printed(capsys, "--by", by, *period, url=url)
    by_team = printed(capsys, *period, url=url)
    assert whole["totals"]["cost_nano_usd"] > 0
    for name in ("cost_nano_usd", "calls", "unpriced_calls", "input_tokens", "output_tokens"):
        assert sum(row[name] for row in whole["rows"]) == whole["totals"][name] == by_team["totals"][name], name


@pytest.mark.parametrize("compare", ["previous", "none"])
def test_the_hour_that_comes_twice_when_clocks_go_back_is_in_the_order_of_time(
    compare: str, recorder: Recorder, store_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for number, at in enumerate(("01:30", "00:30", "23:30"), start=1):
        day = "24" if at == "23:30" else "25"
        recorder.record(number, f"2026-10-{day}T{at}", agent("a", call()))
    asked = ("--by", "hour", "--period", "2026-10-25", "--time-zone", "Europe/Berlin", "--compare", compare)
    hours = [f"2026-10-25T{hour}" for hour in ("01:00+02:00", "02:00+02:00", "02:00+01:00")]
    assert [key for key, *_ in costs(capsys, *asked, url=store_url)] == hours
    assert [key for key, *_ in costs(capsys, *asked, "--sort", "cost", url=store_url)] == hours
    assert [key for key, *_ in costs(capsys, *asked, "--reverse", url=store_url)] == hours[::-1]


def test_an_execution_with_two_models_is_in_both_rows_and_once_in_the_total(
    url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = printed(capsys, url=url)
    assert [row["executions"] for row in whole["rows"]] == [2, 1, 1]
    assert whole["totals"]["executions"] == 2


def test_json_has_the_fields_that_are_promised(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    whole = printed(capsys, "--by", "team", url=url)
    promised = {
        "key", "cost_nano_usd", "calls", "input_tokens", "output_tokens", "executions", "unpriced_calls",
        "previous_cost_nano_usd",
    }  # fmt: skip
    assert whole["schema"] == 1
    assert promised <= set(whole["rows"][0])
    assert promised - {"key"} <= set(whole["totals"])
    assert whole["totals"]["previous_cost_nano_usd"] == 2 * G
    assert whole["period"] == {
        "name": "November 2026 so far",
        "since": "2026-11-01T00:00:00Z",
        "until": "2026-12-01T00:00:00Z",
        "since_unix_nano": 1793491200000000000,
        "until_unix_nano": 1796083200000000000,
        "running": True,
    }
    assert whole["previous_period"]["name"] == "October 2026 up to 2026-10-24 12:00"


def lines(capsys: pytest.CaptureFixture[str], *arguments: str, url: str) -> list[str]:
    report(*arguments, url=url)
    return [line.rstrip() for line in capsys.readouterr().out.splitlines()]


def test_a_table_says_what_it_is_about_and_what_it_is_compared_with(
    url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = lines(capsys, "--by", "team", url=url)
    assert shown[:3] == [
        "Spend by team, November 2026 so far",
        "UTC; before: October 2026 up to 2026-10-24 12:00",
        "",
    ]
    assert shown[4].split()[:2] == ["support", "$0.011500"]
    assert shown[4].split()[-3:] == ["$0.003500", "▲", "229%"]
    assert shown[6].split()[-1] == "gone"
    assert shown[7].split()[:2] == ["total", "$0.015000"]
    assert shown[9] == "$0.015000 for 5 calls in 2 executions; 1 call unpriced"


def test_what_no_price_is_known_of_does_not_look_like_nothing_spent(
    recorder: Recorder, store_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    recorder.record(1, "2026-11-02T09:00", agent("a", call("acme-private-1")))
    recorder.record(2, "2026-10-02T09:00", agent("a", call("acme-private-1")))
    shown = lines(capsys, url=store_url)
    assert shown[4].split()[:2] == ["acme-private-1", "unpriced"]
    assert shown[4].split()[-1] == "unpriced"  # before; that nothing is known of a change says no column
    assert shown[6:] == ["unpriced for 1 call in 1 execution"]
    assert printed(capsys, url=store_url)["trend"]["forecast_nano_usd"] is None


def test_a_running_month_is_told_with_the_months_before_and_what_it_is_heading_for(
    url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    # 23 days are over, of which one cost G; the 24th is half over; 6 days are to come.
    shown = lines(capsys, "--by", "team", url=url)
    assert shown[10:] == [
        "$0.007000 a month on average in the 2 months before",
        "$0.015989 expected for all of November 2026, if it goes on like this",
    ]
    assert printed(capsys, url=url)["trend"] == {
        "window": "month",
        "windows_before": 2,
        "average_nano_usd": (3 * G + G) // 2,
        "whole_window_before_nano_usd": 3 * G,
        "forecast_nano_usd": round(3 * G + S + G / 23 * 6.5),
    }
    assert printed(capsys, "--period", "last-month", url=url)["trend"]["forecast_nano_usd"] is None
    assert printed(capsys, "--since", "2h", url=url)["trend"] is None
    assert printed(capsys, "--compare", "none", url=url)["trend"]["average_nano_usd"] is None


def test_what_is_beyond_the_limit_is_one_row_so_that_the_rows_add_up(
    url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = lines(capsys, "--by", "team", "--limit", "1", url=url)
    assert shown[5].startswith("(2 more, --limit)")
    assert "$0.003500" in shown[5]


def test_an_unknown_key_is_called_so_and_a_name_moves_no_cursor(
    recorder: Recorder, store_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    recorder.record(1, "2026-11-24T09:00", agent("a", call(), agentcost__team="\x1b[2J[red]x"))
    recorder.record(2, "2026-11-24T09:00", agent("a", call()))
    out = "\n".join(lines(capsys, "--by", "team", url=store_url))
    assert "(unknown)" in out
    assert "·[2J[red]x" in out
    assert "\x1b" not in out


def test_nothing_spent_is_said_with_why_that_may_be(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    shown = lines(capsys, "--period", "2026-02", url=url)
    assert shown[2] == "No call was recorded in this period."
    assert "store.url" in shown[3]
    shown = lines(capsys, "--only", "team=Support", url=url)
    assert "by case" in shown[3]
    assert printed(capsys, "--only", "team=Support", url=url)["rows"] == []


def test_a_report_over_calls_that_are_gone_says_from_when_on_there_are_some(
    url: str, store_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copy(url.removeprefix("sqlite:///"), store_url.removeprefix("sqlite:///"))
    url = store_url
    kept = RetentionSettings(calls_seconds=(NOW - nano("2026-11-01T00:00")) / SECOND, executions_seconds=None)
    with closing(open_store(url, retention=kept)) as store:
        store.trim(NOW)
    report("--since", "2026-10-24T12:00", "--until", "2026-10-24T14:00", url=url, code=2)
    said = capsys.readouterr()
    assert said.out == ""
    assert "2026-11" in said.err
    shown = lines(capsys, "--by", "team", url=url)  # the month so far stands on what is left; the one before does not
    assert shown[1] == "UTC"
    assert shown[-1].startswith("Not compared: ")
    assert printed(capsys, "--by", "team", url=url)["no_comparison"]
    whole_months = printed(capsys, "--period", "2026-10", url=url)  # answered from the daily sums
    assert whole_months["totals"]["cost_nano_usd"] == 3 * G


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["--only", "teem=x"], "--only: 'teem=x' is no DIMENSION=KEY: did you mean 'team'?"),
        (["--only", "team"], "--only: 'team' is no DIMENSION=KEY: allowed: user, team, organization, feature,"),
        (["--only", "team=a", "--only", "team=b"], "--only: team is given twice"),
        (["--until", "yesterday"], "--until: needs --since beside it"),
        (["--since", "tomorrow"], "--since: 'tomorrow' is no moment; allowed: "),
        (["--by", "team", "--format", "focus"], "--by: 'team' is not allowed with --format focus"),
    ],
)
def test_a_question_that_cannot_be_answered_is_one_line(
    arguments: list[str], why: str, url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    report(*arguments, url=url, code=2)
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith(f"agentcost: {why}")
    assert said.err.count("\n") == 1


def test_an_unknown_dimension_says_which_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["report", "--by", "customer"])
    assert ended.value.code == 2
    assert "invalid choice: 'customer' (choose from" in capsys.readouterr().err


def test_the_latest_call_counts_at_once(recorder: Recorder, store_url: str, capsys: pytest.CaptureFixture[str]) -> None:
    recorder.record_open(1, NOW - 2 * 10**9, agent("a", call(), call()))
    assert printed(capsys, url=store_url)["totals"]["calls"] == 2
    assert printed(capsys, "--since", "1h", url=store_url)["totals"]["calls"] == 2
