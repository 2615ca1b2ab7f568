"""`agentcost report --format csv`: for spreadsheets and scripts."""

from __future__ import annotations

import csv
import io
from decimal import Decimal

import pytest

from otel_agentcost.cli.csv_rows import usd_text, write_csv_rows
from otel_agentcost.cli.main import main
from otel_agentcost.cli.report_csv import COLUMNS
from tests.unit.cli.recorded import GPT_4O_NANO_USD, Recorder, agent, call


def written(*rows: list[str | int | None]) -> str:
    out = io.StringIO()
    write_csv_rows(out, ["key", "value"], rows)
    return out.getvalue()


def test_lines_end_and_fields_are_quoted_as_rfc_4180_has_it() -> None:
    assert written(['a "b", c', 1], ["two\nlines", None]) == 'key,value\r\n"a ""b"", c",1\r\n"two\nlines",\r\n'


@pytest.mark.parametrize("key", ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "＝1+1"])  # noqa: RUF001
def test_a_key_that_a_spreadsheet_would_run_is_led_by_an_apostrophe(key: str) -> None:
    [[_, _], [field, _]] = csv.reader(io.StringIO(written([key, 1]), newline=""))
    assert field == f"'{key}"


def test_a_negative_amount_is_no_formula() -> None:
    assert written([usd_text(-1_500_000_000), -3]).splitlines()[1] == "-1.500000000,-3"


def test_an_amount_is_exact() -> None:
    for nano in (0, 1, 999_999_999, 10**9, 10**18 + 1, -1):
        assert Decimal(usd_text(nano)) * 10**9 == nano


def test_a_report_as_csv_holds_a_row_a_key_with_the_same_numbers_as_json(
    recorder: Recorder, store_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    recorder.record(1, "2026-11-24T09:00", agent("a", call(), call("unknown-1"), agentcost__team="=cmd()"))
    recorder.record(2, "2026-10-02T09:00", agent("a", call(), agentcost__team='été, "x"'))
    assert main(["report", "--store", store_url, "--by", "team", "--format", "csv"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out, newline="")))
    assert list(rows[0]) == ["team", *COLUMNS]
    assert [row["team"] for row in rows] == ["'=cmd()", 'été, "x"']
    assert [row["cost_usd"] for row in rows] == ["0.003500000", "0.000000000"]
    assert [int(row["cost_nano_usd"]) for row in rows] == [GPT_4O_NANO_USD, 0]
    assert [row["previous_cost_nano_usd"] for row in rows] == ["0", str(GPT_4O_NANO_USD)]
    assert [(row["calls"], row["unpriced_calls"], row["executions"]) for row in rows] == [("2", "1", "1"), ("0",) * 3]
    assert main(["report", "--store", store_url, "--format", "csv", "--compare", "none"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out, newline="")))
    assert {row["previous_cost_usd"] for row in rows} == {""}


@pytest.mark.parametrize("by", ["user", "model", "day", "hour"])
def test_the_first_column_is_named_after_what_was_asked_for(
    recorder: Recorder, store_url: str, capsys: pytest.CaptureFixture[str], by: str
) -> None:
    recorder.record(1, "2026-11-24T09:00", agent("a", call()))
    assert main(["report", "--store", store_url, "--by", by, "--format", "csv"]) == 0
    assert capsys.readouterr().out.startswith(f"{by},cost_usd,cost_nano_usd,calls,")
