"""`agentcost reprice`: the same calls under other prices, and the difference."""

from __future__ import annotations

import argparse
import io
import json
from collections.abc import Iterable
from contextlib import closing
from decimal import Decimal
from pathlib import Path

import pytest

from otel_agentcost.cli.books import QuestionError
from otel_agentcost.cli.main import main
from otel_agentcost.cli.periods import read_period
from otel_agentcost.cli.reprice_differences import Aim, Differences, differences
from otel_agentcost.cli.reprice_json import write_json
from otel_agentcost.cli.reprice_prices import OtherPrices, other_prices
from otel_agentcost.cli.reprice_table import print_differences
from otel_agentcost.cli.waiting import Waiting
from otel_agentcost.config.errors import ConfigError
from otel_agentcost.engine.packing import UnreadableSegmentError
from otel_agentcost.engine.repricing import reprice
from otel_agentcost.ledger.calendar import Calendar
from otel_agentcost.model.books import Stored
from otel_agentcost.model.call import Call
from otel_agentcost.model.dimension import Dimension
from otel_agentcost.pricing.tool_prices import ToolPrices
from otel_agentcost.stores.open import open_store
from tests.unit.cli.recorded import GPT_4O_NANO_USD, NOW, SONNET_NANO_USD, agent, call, recording, tool

G, S = GPT_4O_NANO_USD, SONNET_NANO_USD
UTC = Calendar("UTC")
HALF = "provider=openai,model=gpt-4o*,input_usd_per_mtok=1.25,output_usd_per_mtok=5"
SUPPORT = {"agentcost__team": "support"}
PRIVATE = "model=acme-*,input_usd_per_mtok=1,output_usd_per_mtok=1"


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Record November's four calls over two executions, one of which began in October."""
    url = f"sqlite:///{tmp_path_factory.mktemp('books') / 'books.db'}"
    with recording(url) as recorder:
        both = (call(), call("claude-sonnet-4-5", "anthropic"))
        recorder.record(1, "2026-11-24T09:00", agent("triage", *both, call("acme-1"), tool("run_sql"), **SUPPORT))
        recorder.record(2, "2026-10-31T23:59:59", agent("month", call(), call(), agentcost__team="sales"))
    return url


def aim(by: Dimension = "model", only: dict[Dimension, str] | None = None, since: str = "2026-11") -> Aim:
    period = read_period(argparse.Namespace(since=since, until=None, period=None), NOW, UTC, None)
    assert period is not None
    return Aim(by, period, only or {}, UTC)


def repriced(url: str, prices: OtherPrices, its_aim: Aim) -> Differences:
    with closing(open_store(url)) as store:
        return differences(store, its_aim, lambda stored: reprice(stored, prices.table, prices.tools), Waiting(""))


def test_each_key_stands_as_recorded_beside_what_it_would_cost(url: str) -> None:
    found = repriced(url, other_prices(None, [HALF, PRIVATE]), aim())
    assert [(row.key, row.before.cost_nano_usd, row.after.cost_nano_usd) for row in found.rows] == [
        ("gpt-4o", 2 * G, G),
        ("acme-1", 0, 1_100_000),
        ("claude-sonnet-4-5", S, S),
    ]
    assert found.total.difference_nano_usd == 1_100_000 - G
    assert (found.total.before.unpriced_calls, found.total.after.unpriced_calls) == (1, 0)
    assert found.executions == 2


def test_under_the_prices_that_hold_nothing_changes(url: str) -> None:
    found = repriced(url, other_prices(None, []), aim())
    assert found.total.difference_nano_usd == 0
    assert found.total.before == found.total.after


def test_only_calls_of_the_period_and_of_the_keys_asked_for_count(url: str) -> None:
    prices = other_prices(None, [HALF])
    assert repriced(url, prices, aim(since="2026-10")).total.before.calls == 5
    sales = repriced(url, prices, aim("team", {"team": "sales"}))
    assert [(row.key, row.before.calls, row.difference_nano_usd) for row in sales.rows] == [("sales", 1, G // 2 - G)]
    assert sales.executions == 1


def test_an_execution_that_cannot_be_read_keeps_its_prices_and_is_counted(url: str) -> None:
    def unreadable(stored: Stored) -> Iterable[Call]:
        raise UnreadableSegmentError("a segment of version 9")

    with closing(open_store(url)) as store:
        found = differences(store, aim(), unreadable, Waiting(""))
    assert found.kept_executions == 2
    assert found.total.difference_nano_usd == 0


def test_a_table_tells_both_sums_and_the_difference(url: str) -> None:
    out = io.StringIO()
    prices = other_prices(None, [HALF, PRIVATE])
    print_differences(out, repriced(url, prices, aim()), aim(), prices, 1)
    lines = [line.rstrip() for line in out.getvalue().splitlines()]
    assert lines[0] == "The calls of November 2026 so far under other prices, by model"
    assert lines[1].endswith("no configuration file, 2 --override")
    assert lines[4].split() == ["gpt-4o", "2", "0", "0", "$0.007000", "$0.003500", "-$0.003500", "▼", "50%"]
    assert lines[5].split()[:6] == ["total", "4", "1", "0", "$0.011500", "$0.009100"]
    assert lines[6] == "… and 2 more rows (--limit all)"
    assert lines[8] == "$0.009100 instead of $0.011500 for 4 calls in 2 executions (1 as recorded)"


def printed_table(url: str, prices: OtherPrices, its_aim: Aim) -> list[str]:
    out = io.StringIO()
    print_differences(out, repriced(url, prices, its_aim), its_aim, prices, None)
    return [line.rstrip() for line in out.getvalue().splitlines()]


def test_what_an_override_leaves_free_is_said_and_so_is_one_that_matched_no_call(url: str) -> None:
    overrides = ["model=gpt-4o*,input_usd_per_mtok=1", "model=gtp,output_usd_per_mtok=1"]
    lines = printed_table(url, other_prices(None, overrides), aim())
    assert lines[3].split()[4:6] == ["Estimated", "Recorded"]
    assert lines[-2:] == [
        "2 repriced calls are estimated: no price for output_tokens.",
        "--override[1] matched no call: provider '*', model 'gtp'.",
    ]
    exact = printed_table(url, other_prices(None, [HALF]), aim())
    assert not any("estimated" in line.lower() or "matched" in line for line in exact)


def test_tool_charges_that_have_no_price_among_the_others_are_said(store_url: str) -> None:
    with recording(store_url, ToolPrices({"run_sql": Decimal("0.25")})) as recorder:
        recorder.record(1, "2026-11-24T09:00", agent("triage", call(), tool("run_sql"), tool("run_sql")))
    assert printed_table(store_url, other_prices(None, []), aim("tool"))[-1] == (
        "2 tool calls have no price here and count as nothing."
    )


def test_json_tells_the_same(url: str) -> None:
    out = io.StringIO()
    prices = other_prices(None, [HALF])
    write_json(out, repriced(url, prices, aim()), aim(), prices, None)
    printed = json.loads(out.getvalue())
    assert printed["schema"] == 1
    assert printed["prices"]["overrides"] == 1
    assert sum(row["difference_nano_usd"] for row in printed["rows"]) == printed["totals"]["difference_nano_usd"] == -G
    assert printed["rows"][0]["repriced_cost_nano_usd"] == G


def test_the_command_asks_a_store_and_tells_what_its_calls_would_cost(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["reprice", "--store", url, "--override", HALF, "--format", "json"]) == 0
    totals = json.loads(capsys.readouterr().out)["totals"]
    assert main(["report", "--store", url, "--format", "json"]) == 0
    assert totals["cost_nano_usd"] == json.loads(capsys.readouterr().out)["totals"]["cost_nano_usd"]
    assert totals["difference_nano_usd"] == -G
    assert main(["reprice", "--store", url, "--period", "2026-01"]) == 0
    assert "No call was recorded in this period." in capsys.readouterr().out
    assert main(["reprice", "--store", url, "--override", "model=x"]) == 2
    assert capsys.readouterr().err.startswith("agentcost: --override[0]: has no price: give input_usd_per_mtok")


def test_a_tool_gets_the_price_that_the_configuration_names(url: str, tmp_path: Path) -> None:
    path = tmp_path / "tools.yaml"
    path.write_text("prices: {tools: {run_sql: 0.25}}")
    found = repriced(url, other_prices(str(path), []), aim("tool"))
    assert [(row.key, row.difference_nano_usd) for row in found.rows] == [("run_sql", 250_000_000), ("", 0)]
    assert (found.total.after.tool_calls, found.total.after.calls) == (1, 4)


def test_another_configuration_brings_its_prices_and_an_override_goes_before_them(tmp_path: Path) -> None:
    path = tmp_path / "contract.yaml"
    path.write_text(
        "prices:\n  currencies: [{currency: EUR, usd: 1.1}]\n  overrides:\n"
        "  - {provider: openai, model: gpt-4o*, input_usd_per_mtok: 9, output_usd_per_mtok: 9}\n"
        "  - {model: acme-*, input_usd_per_mtok: 3, output_usd_per_mtok: 3}\n"
    )
    prices = other_prices(str(path), [HALF, "model=euro-1,currency=EUR,input_per_mtok=1,output_per_mtok=2"])
    assert prices.source == str(path)
    assert [(each.model, str(each.input_per_mtok)) for each in prices.config.prices.overrides] == [
        ("gpt-4o*", "1.25"),
        ("euro-1", "1.0"),
        ("acme-*", "3.0"),
    ]


@pytest.mark.parametrize(
    ("override", "why"),
    [
        ("model", "--override: 'model' in 'model' is no KEY=VALUE; write model=gpt-4o,input_usd_per_mtok=2.5"),
        ("model=a,model=b", "--override: 'model' stands twice"),
        ("model=a,input=1", "--override[0].input: no such key: allowed: cache_read"),
        ("model=a,input_usd_per_mtok=cheap", "--override[0].input_usd_per_mtok: 'cheap' is not allowed"),
        ("model=a,input_usd_per_mtok=-1", "--override[0].input_usd_per_mtok: -1.0 is not allowed"),
        ("model=a,input_usd_per_mtok=nan", "--override[0].input_usd_per_mtok: 'nan' is not allowed"),
        ("input_usd_per_mtok=1", "--override[0].model: is missing"),
        ("model=a,currency=EUR,input_per_mtok=1", "--override[0].currency: 'EUR'"),
    ],
)
def test_a_wrong_override_is_one_line(override: str, why: str) -> None:
    with pytest.raises(QuestionError) as refused:
        other_prices(None, [override])
    assert str(refused.value).startswith(why)
    assert "\n" not in str(refused.value)


def test_a_configuration_of_prices_that_is_not_there_is_one_line() -> None:
    with pytest.raises(ConfigError):
        other_prices("no/such.yaml", [])
