"""What the traffic's plan says was billed: checked by hand, and adding up over everything."""

from __future__ import annotations

from datetime import datetime, timezone
from fnmatch import fnmatch
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from otel_agentcost.demo.place import configuration
from otel_agentcost.demo.traffic.generator import Days, requests
from otel_agentcost.demo.traffic.models import LARGE, OWN, SMALL, TOOL_USD, TRIAL
from otel_agentcost.demo.traffic.plan import AgentRun, ModelCall, Request, Step, ToolCall, Work
from otel_agentcost.demo.traffic.truth import ALL, Truth
from otel_agentcost.model.sums import NO_SUMS, Sums
from otel_agentcost.model.usage import Usage

pytest.importorskip("genai_prices", reason="the truth is priced by genai-prices, which needs Python 3.11")

START = int(datetime(2026, 11, 23, 22, 59, 58, tzinfo=timezone.utc).timestamp()) * 1_000_000_000
BERLIN = ZoneInfo("Europe/Berlin")


def truth_of(*steps: Step) -> Truth:
    truth = Truth(BERLIN)
    truth.add(Request("report", "research", "lin", "pydantic-ai", START, Work(steps)))
    return truth


def test_a_call_is_billed_at_the_providers_rates() -> None:
    usage = Usage(10_000, 500, cache_read_tokens=4_096)
    truth = truth_of(ModelCall(LARGE, usage, 1.0, "r-1"))
    # gpt-4.1: $2 for a million tokens in, $0.50 for those from a cache, $8 for those out.
    assert truth.total.cost_nano_usd == (10_000 - 4_096) * 2_000 + 4_096 * 500 + 500 * 8_000
    assert truth.total._replace(cost_nano_usd=0) == Sums(
        calls=1, input_tokens=10_000, cache_read_tokens=4_096, output_tokens=500, executions=1
    )


def test_a_call_of_the_companys_own_model_costs_what_it_charges_itself() -> None:
    assert truth_of(ModelCall(OWN, Usage(1_000, 100), 1.0, "r-1")).total.cost_nano_usd == 1_000 * 50 + 100 * 200


def test_a_tool_with_a_price_is_billed_and_is_no_model_call() -> None:
    truth = truth_of(ToolCall("patent_search", 0.1), ToolCall("read_file", 0.1))
    assert truth.total == Sums(30_000_000, tool_calls=1, tool_cost_nano_usd=30_000_000, executions=1)


def test_a_call_that_failed_and_one_that_nobody_has_a_price_for_are_counted_and_not_billed() -> None:
    truth = truth_of(
        ModelCall(LARGE, Usage(), 1.0, "", error="timeout"), ModelCall(TRIAL, Usage(1_000, 100), 1.0, "r-1")
    )
    assert (truth.failed_calls, truth.priceless_calls) == (1, 1)
    assert truth.total == Sums(calls=2, unpriced_calls=2, input_tokens=1_000, output_tokens=100, executions=1)


def test_a_call_belongs_to_the_agent_and_tool_nearest_around_it() -> None:
    call = ModelCall(SMALL, Usage(1_000, 100), 0.1, "r-1")
    truth = truth_of(AgentRun("supervisor", (ToolCall("ask", 0.1, (AgentRun("researcher", (call,)),)),)))
    assert set(truth.sums["agent"]) == {"researcher"}
    assert set(truth.sums["tool"]) == {"ask"}


def test_an_execution_counts_once_for_each_key_and_on_the_day_of_its_first_bill() -> None:
    """It begins two seconds before midnight in Berlin, and its third call after it."""
    call = ModelCall(SMALL, Usage(1_000, 100), 1.1, "r-1")
    truth = truth_of(call, call, call)
    assert {key: (sums.calls, sums.executions) for key, sums in truth.sums["day"].items()} == {
        "2026-11-23": (2, 1),
        "2026-11-24": (1, 0),
    }
    assert truth.sums["user"]["lin"].executions == 1


def test_what_was_billed_adds_up_over_every_dimension() -> None:
    truth = Truth(BERLIN)
    planned = list(requests(Days(4, 1, START, BERLIN)))[::7]
    for request in planned:
        truth.add(request)
    assert truth.total.executions == len(planned)
    for by in ALL:
        added = NO_SUMS
        for sums in truth.sums[by].values():
            added = added.plus(sums)
        assert added._replace(executions=0) == truth.total._replace(executions=0), by
    assert sum(sums.executions for sums in truth.sums["day"].values()) == len(planned)


def test_the_configuration_holds_the_same_prices(tmp_path: Path) -> None:
    config = configuration(f"sqlite:///{tmp_path}/demo.db")
    assert {tool: str(price) for tool, price in config.prices.tools.items()} == TOOL_USD
    (own,) = config.prices.overrides
    assert (own.currency, fnmatch(OWN.requested, own.model)) == ("USD", True)
    assert OWN.usd_per_million == (str(own.input_per_mtok), str(own.output_per_mtok))
    assert not fnmatch(TRIAL.requested, own.model)
