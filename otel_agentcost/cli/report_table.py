"""The human's view of a report."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import reduce
from typing import TextIO

from rich.console import Console
from rich.text import Text

from otel_agentcost.cli.columns import Column, console_for, names, numbers, print_columns, print_line
from otel_agentcost.cli.periods import name_of, window_name
from otel_agentcost.cli.report_rows import SpendRow
from otel_agentcost.cli.report_value import Report
from otel_agentcost.cli.wording import (
    NOBODY,
    UNKNOWN,
    bar,
    change,
    cost_of,
    cost_sentence,
    is_unpriced,
    missing_name,
    places_for,
    plain,
    plural,
    printable,
    share,
    unpriced,
    usd_in_words,
)
from otel_agentcost.model.sums import NO_SUMS, Sums

_BAR_WIDTH = 20
"""Calls that no tool made have no tool, as against a user who is not known."""


def print_report(out: TextIO, report: Report) -> None:
    """Print what the report is about, its rows, their sum, and what of it is not exact."""
    console = console_for(out)
    spend = report.spend
    _print_title(console, report)
    if not spend.rows:
        _print_nothing(console, report)
        return
    shown = [*report.shown, *_others(report)]
    console.print()
    total = SpendRow("total", spend.total, spend.previous)
    has_total = len(shown) > 1  # below one row it would only say the same again
    columns = _columns([*shown, total] if has_total else shown, total, report)
    print_columns(console, columns, ends_in_total=has_total)
    console.print()
    print_line(console, _sentence(report))
    for line in _trend_lines(report):
        print_line(console, line)
    if spend.total.estimated_calls:
        print_line(console, Text(f"{plural(spend.total.estimated_calls, 'call')} are estimated.", style="yellow"))
    if report.no_comparison is not None:
        print_line(console, Text(f"Not compared: {report.no_comparison}", style="dim"))


def _print_title(console: Console, report: Report) -> None:
    line = Text("Spend by ", style="bold")
    line.append(f"{report.question.by}, {name_of(report.period, report.calendar)}")
    for dimension, key in report.question.only.items():
        line.append(f", only {dimension} {printable(key) or UNKNOWN}")
    print_line(console, line)
    about = f"{report.calendar.time_zone}"
    if report.before is not None:
        about += f"; before: {name_of(report.before, report.calendar)}"
    print_line(console, Text(about, style="dim"))


def _print_nothing(console: Console, report: Report) -> None:
    print_line(console, Text("No call was recorded in this period."))
    hint = (
        "Keys must match whole and by case; without --only all calls count."
        if report.question.only
        else "Calls are recorded where store.url is set in the configuration of the process that runs the agents; "
        "`agentcost executions` lists what the store holds."
    )
    print_line(console, Text(hint, style="dim"))


def _others(report: Report) -> list[SpendRow]:
    """Return one row for all that is beyond the limit, so that what is shown adds up to the total."""
    left = report.spend.rows[len(report.shown) :]
    if not left:
        return []
    sums = reduce(Sums.plus, (row.sums for row in left), NO_SUMS)._replace(executions=-1)
    previous = None
    if all(row.previous is not None for row in left):
        previous = reduce(Sums.plus, (row.previous or NO_SUMS for row in left), NO_SUMS)
    return [SpendRow(f"({len(left):,} more, --limit)", sums, previous)]


def _columns(shown: Sequence[SpendRow], total: SpendRow, report: Report) -> list[Column]:
    by, whole = report.question.by, total.sums.cost_nano_usd
    costs = [row.sums.cost_nano_usd for row in shown]
    before = [0 if row.previous is None else row.previous.cost_nano_usd for row in shown]
    places = places_for([whole, *costs, *before])
    most = max((row.sums.cost_nano_usd for row in report.shown), default=0)
    return [
        names(by.capitalize(), (plain(row.key, missing_name(by, row.sums)) for row in shown), least=16),
        numbers("Cost", (cost_of(row.sums, places) for row in shown)),
        numbers("Share", (share(cost, whole) for cost in costs), rank=4),
        names(
            "",
            (Text("") if row is total else bar(row.sums.cost_nano_usd, most, _BAR_WIDTH) for row in shown),
            rank=6,
            least=_BAR_WIDTH,
        ),
        numbers("Calls", (f"{row.sums.calls:,}" for row in shown), rank=3),
        numbers("Unpriced", (unpriced(row.sums.unpriced_calls) for row in shown)),
        numbers("Executions", (_executions(row.sums) for row in shown), rank=7),
        numbers("Tool calls", (_some(row.sums.tool_calls) for row in shown), rank=9),
        numbers("Tokens in", (f"{row.sums.input_tokens:,}" for row in shown), rank=8),
        numbers("cached", (_some(row.sums.cache_read_tokens) for row in shown), rank=10),
        numbers("out", (f"{row.sums.output_tokens:,}" for row in shown), rank=8),
        numbers("Before", (_before(row, places) for row in shown), rank=2),
        numbers("Change", (_change(row) for row in shown), rank=1),
    ]


def _sentence(report: Report) -> Text:
    total = report.spend.total
    return cost_sentence(total.cost_nano_usd, total.calls, total.unpriced_calls, total.executions)


def _trend_lines(report: Report) -> Iterator[Text]:
    """Yield what the windows before cost on average, and what a running one will have cost at its end."""
    found = report.trend
    if found is None:
        return
    kind, trend = found.window.kind, found.trend
    if trend.average_nano_usd is not None:
        amount = usd_in_words(trend.average_nano_usd)
        several = f"a {kind} on average in the {found.before} {kind}s before"
        yield Text(f"{amount} {several if found.before > 1 else f'in the whole {kind} before'}")
    if trend.forecast_nano_usd is not None:
        name = window_name(found.window, report.calendar)
        yield Text(f"{usd_in_words(trend.forecast_nano_usd)} expected for all of {name}, if it goes on like this")


def _executions(sums: Sums) -> str:
    """An execution that has calls under several keys counts under each, so that a row of several has no count."""
    return NOBODY if sums.executions < 0 else f"{sums.executions:,}"


def _some(count: int) -> Text:
    return Text(f"{count:,}" if count else NOBODY, style="" if count else "dim")


def _before(row: SpendRow, places: int) -> Text:
    if row.previous is None:
        return Text(NOBODY, style="dim")
    cell = cost_of(row.previous, places)
    return cell if row.previous.cost_nano_usd or row.previous.unpriced_calls else Text(cell.plain, style="dim")


def _change(row: SpendRow) -> Text:
    if row.previous is None or any(
        is_unpriced(each.calls, each.unpriced_calls, each.cost_nano_usd) for each in (row.sums, row.previous)
    ):
        return Text(NOBODY, style="dim")
    return change(row.sums.cost_nano_usd, row.previous.cost_nano_usd)
