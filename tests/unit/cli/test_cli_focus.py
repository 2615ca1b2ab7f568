"""`agentcost report --format focus`: every row keeps the rules of FOCUS 1.2, and their costs are the report's total."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from otel_agentcost.cli.focus_columns import COLUMNS, CUSTOM_COLUMNS, Charge, focus_row
from otel_agentcost.cli.main import main
from otel_agentcost.model.identity import Identity
from otel_agentcost.model.sums import Sums
from tests.unit.cli.recorded import GPT_4O_NANO_USD, Recorder, agent, call, nano, recording, tool
from tests.unit.house import docs

# From the specification, version 1.2, dataset CostAndUsage.
MUST_BE_THERE = {
    "BilledCost", "BillingAccountId", "BillingAccountName", "BillingCurrency", "BillingPeriodEnd", "BillingPeriodStart",
    "ChargeCategory", "ChargeClass", "ChargeDescription", "ChargePeriodEnd", "ChargePeriodStart", "ContractedCost",
    "EffectiveCost", "InvoiceIssuerName", "ListCost", "PricingQuantity", "PricingUnit", "ProviderName", "PublisherName",
    "ServiceCategory", "ServiceName",
}  # fmt: skip
RECOMMENDED = {"ChargeFrequency", "InvoiceId", "ServiceSubcategory"}
WHERE_USAGE_IS_MEASURED = {"ConsumedQuantity", "ConsumedUnit"}
WHERE_THERE_ARE_SUB_ACCOUNTS = {"SubAccountId", "SubAccountName"}
WHERE_THERE_ARE_TAGS = {"Tags"}
NEVER_NULL = (
    MUST_BE_THERE | WHERE_USAGE_IS_MEASURED | {"ServiceSubcategory", "ChargeFrequency", "PricingCategory"}
) - {"ChargeClass"}
ALLOWED = {
    "BillingCurrency": {"USD"},
    "ChargeCategory": {"Usage", "Purchase", "Tax", "Credit", "Adjustment"},
    "ChargeClass": {"", "Correction"},
    "ChargeFrequency": {"One-Time", "Recurring", "Usage-Based"},
    "PricingCategory": {"Standard", "Committed", "Dynamic", "Other"},
    "ConsumedUnit": {"Tokens", "Requests"},
}
SUBCATEGORIES = {"AI and Machine Learning": {"Generative AI"}, "Other": {"Other (Other)"}}
DECIMALS = ("BilledCost", "EffectiveCost", "ListCost", "ContractedCost", "PricingQuantity", "ConsumedQuantity")
TIMES = ("BillingPeriodStart", "BillingPeriodEnd", "ChargePeriodStart", "ChargePeriodEnd")

Row = dict[str, str]


def moment(text: str) -> datetime:
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", text)
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def breaches(row: Row) -> Iterator[str]:
    """Yield which rules of the specification a row breaks."""
    yield from (f"{name} is null" for name in NEVER_NULL if not row[name].strip())
    yield from (f"{name} is {row[name]}" for name, allowed in ALLOWED.items() if row[name] not in allowed)
    if row["ServiceSubcategory"] not in SUBCATEGORIES.get(row["ServiceCategory"], set()):
        yield f"{row['ServiceSubcategory']} is not of {row['ServiceCategory']}"
    for name in DECIMALS:
        if not re.fullmatch(r"-?\d+(\.\d+)?", row[name]):
            yield f"{name} is no decimal: {row[name]}"
    month, after, start, end = (moment(row[name]) for name in TIMES)
    if not month <= start < end <= after:
        yield "the charge period is not within its billing period"
    if (month.day, after.day) != (1, 1) or not timedelta(27) < after - month < timedelta(32):
        yield "the billing period is no month"
    for one, other in (("ConsumedQuantity", "ConsumedUnit"), ("PricingQuantity", "PricingUnit"),
                       ("SubAccountId", "SubAccountName"), ("SkuId", "SkuMeter")):  # fmt: skip
        if bool(row[one]) != bool(row[other]):
            yield f"{one} and {other} must be null together"
    if row["SkuPriceId"] and not row["SkuId"]:
        yield "SkuPriceId without SkuId"
    if row["Tags"]:
        tags: Any = json.loads(row["Tags"], object_pairs_hook=list)
        if len({key for key, _ in tags}) < len(tags) or not all(isinstance(value, str) for _, value in tags):
            yield "Tags is no object of unique keys with plain values"


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    store_url = f"sqlite:///{tmp_path_factory.mktemp('books') / 'books.db'}"
    with recording(store_url) as recorder:
        who = {"user__id": "u-17", "agentcost__team": "support", "agentcost__feature": "triage"}
    sonnet = call("claude-sonnet-4-5", "anthropic")
    store_url = f"sqlite:///{tmp_path_factory.mktemp('books') / 'books.db'}"
    with recording(store_url) as recorder:
        recorder.record(1, "2026-11-24T09:00", agent("triage", call(), call(), sonnet, **who))
        recorder.record(2, "2026-11-23T23:59:59", agent("two days", call(), call(), agentcost__organization="acme"))
        recorder.record(3, "2026-10-31T23:59:59", agent("two months", call(), call(), agentcost__team="=cmd()"))
        odd = (call("acme-private-1"), tool("search", call("", "")))
        recorder.record(4, "2026-11-05T05:30", agent("odd", *odd, **who))
    return store_url


def charges(capsys: pytest.CaptureFixture[str], *arguments: str, url: str) -> list[Row]:
    assert main(["report", "--store", url, "--format", "focus", *arguments]) == 0
    return list(csv.DictReader(io.StringIO(capsys.readouterr().out, newline="")))


def total(capsys: pytest.CaptureFixture[str], *arguments: str, url: str) -> int:
    assert main(["report", "--store", url, "--format", "json", *arguments]) == 0
    return json.loads(capsys.readouterr().out)["totals"]["cost_nano_usd"]


PERIODS = [
    (),
    ("--since", "2026-10"),
    ("--period", "today"),
    ("--since", "2026-10", "--time-zone", "Asia/Kolkata"),
    ("--since", "2026-11-24T09:00:01", "--until", "2026-11-24T09:00:03"),
    ("--since", "2026-10", "--only", "team=support"),
    ("--since", "2026-10", "--only", "team=", "--only", "model=gpt-4o"),
]


@pytest.mark.parametrize("by", [(), ("--by", "hour")])
@pytest.mark.parametrize("period", PERIODS)
def test_every_row_keeps_the_rules_and_the_costs_are_the_reports_total(
    by: tuple[str, ...], period: tuple[str, ...], url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = charges(capsys, *period, *by, url=url)
    assert rows
    assert [each for row in rows for each in breaches(row)] == []
    for name in ("BilledCost", "EffectiveCost", "ListCost", "ContractedCost"):
        assert sum(Decimal(row[name]) for row in rows) * 10**9 == total(capsys, *period, url=url)


def test_the_columns_are_those_that_the_specification_asks_for_and_ours_come_after(
    url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    names = list(charges(capsys, url=url)[0])
    assert names == [*COLUMNS, *CUSTOM_COLUMNS]
    there = set(names)
    assert there >= MUST_BE_THERE | RECOMMENDED
    assert there >= WHERE_USAGE_IS_MEASURED | WHERE_THERE_ARE_SUB_ACCOUNTS | WHERE_THERE_ARE_TAGS
    assert all(re.fullmatch(r"[A-Z][A-Za-z]{1,49}", name) for name in COLUMNS)
    assert list(COLUMNS) == sorted(COLUMNS)
    assert all(name.startswith("x_") for name in CUSTOM_COLUMNS)


def test_the_page_about_the_format_tells_of_every_column_there_is() -> None:
    assert set(docs.first_column(docs.text("focus.md"))) == {*COLUMNS, *CUSTOM_COLUMNS}


def test_a_breach_of_the_rules_is_seen(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    row = charges(capsys, url=url)[0]
    for name, wrong in (
        ("ProviderName", " "), ("ChargeCategory", "usage"), ("BilledCost", "$1"), ("ServiceSubcategory", "Bots"),
        ("ChargePeriodEnd", row["ChargePeriodStart"]), ("BillingPeriodEnd", "2026-12-02T00:00:00Z"),
        ("SubAccountName", ""), ("Tags", '{"a":{}}'), ("Tags", '{"a":"1","a":"2"}'), ("SkuId", ""),
    ):  # fmt: skip
        assert list(breaches({**row, name: wrong})), name


def test_a_day_is_a_day_of_utc_and_is_cut_at_the_bounds_of_the_report(
    url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = charges(capsys, "--since", "2026-11-23T12:00", "--until", "2026-11-24T09:00:02", url=url)
    assert [(row["ChargePeriodStart"], row["ChargePeriodEnd"], row["x_Calls"]) for row in rows] == [
        ("2026-11-23T12:00:00Z", "2026-11-24T00:00:00Z", "1"),
        ("2026-11-24T00:00:00Z", "2026-11-24T09:00:02Z", "2"),
        ("2026-11-24T00:00:00Z", "2026-11-24T09:00:02Z", "1"),
    ]


def test_calls_that_have_all_in_common_are_one_charge(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    row = next(row for row in charges(capsys, "--period", "today", url=url) if row["x_Calls"] == "2")
    assert Decimal(row["BilledCost"]) * 10**9 == 2 * GPT_4O_NANO_USD
    assert row["ChargeDescription"] == "gpt-4o: 2 calls, 2000 input and 200 output tokens"
    assert (row["ConsumedQuantity"], row["ConsumedUnit"]) == ("2200.0", "Tokens")
    assert (row["ProviderName"], row["ServiceName"]) == ("OpenAI", "OpenAI API")
    assert (row["SkuId"], row["SkuPriceId"], row["SkuMeter"]) == ("openai/gpt-4o", "openai/gpt-4o@any", "Tokens")
    assert (row["SubAccountId"], row["BillingAccountId"]) == ("support", "agentcost")
    assert json.loads(row["Tags"]) == {
        "agent": "triage", "feature": "triage", "model": "gpt-4o", "team": "support", "user": "u-17",
    }  # fmt: skip


def test_an_organisation_is_the_billing_account_and_a_formula_is_no_name(
    url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = charges(capsys, "--since", "2026-10", url=url)
    assert {row["BillingAccountId"] for row in rows} == {"acme", "agentcost"}
    assert "'=cmd()" in {row["SubAccountId"] for row in rows}


def test_a_call_without_a_price_is_a_row_that_says_so(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    rows = charges(capsys, "--period", "2026-11-05", url=url)
    assert [(row["x_PricingStatus"], row["BilledCost"], row["x_Calls"]) for row in rows] == [
        ("unpriced", "0.000000000", "1")
    ] * 2
    known, nameless = sorted(rows, key=lambda row: row["ProviderName"] == "Unknown")
    assert (known["SkuId"], known["SkuPriceId"]) == ("openai/acme-private-1", "")
    assert nameless["ServiceName"] == "Unknown"
    assert json.loads(nameless["Tags"])["tool"] == "search"


def test_a_tool_with_a_price_of_its_own_is_a_service_of_its_own() -> None:
    charge = Charge("tool", None, None, None, "priced", "triage", "search", Identity(team="support"))
    sums = Sums(cost_nano_usd=3, tool_calls=2, tool_cost_nano_usd=3)
    start = nano("2026-11-24T00:00")
    row = dict(zip((*COLUMNS, *CUSTOM_COLUMNS), focus_row(charge, sums, start, start + 86_400 * 10**9), strict=True))
    text = {name: "" if value is None else str(value) for name, value in row.items()}
    assert list(breaches(text)) == []
    assert (text["ServiceName"], text["ServiceCategory"], text["ConsumedUnit"]) == ("search", "Other", "Requests")
    assert (text["ConsumedQuantity"], text["x_Calls"], text["BilledCost"]) == ("2.0", "2", "0.000000003")


def test_nothing_to_tell_is_a_header_alone(
    recorder: Recorder, store_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert charges(capsys, url=store_url) == []
