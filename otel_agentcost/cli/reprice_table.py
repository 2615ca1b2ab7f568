"""The human's view of calls priced again."""

from __future__ import annotations

from typing import TextIO

from rich.text import Text

from otel_agentcost.cli.columns import Column, console_for, names, numbers, print_columns, print_line
from otel_agentcost.cli.periods import name_of
from otel_agentcost.cli.reprice_differences import Aim, DifferenceRow, Differences
from otel_agentcost.cli.reprice_prices import OtherPrices
from otel_agentcost.cli.reprice_remarks import remarks
from otel_agentcost.cli.wording import (
    NOBODY,
    UNKNOWN,
    change,
    cost_of,
    is_unpriced,
    missing_name,
    places_for,
    plain,
    plural,
    printable,
    signed_usd,
    unpriced,
    usd_in_words,
)
from otel_agentcost.model.outcome import UNPRICED
from otel_agentcost.model.sums import Sums


def print_differences(out: TextIO, found: Differences, aim: Aim, prices: OtherPrices, limit: int | None) -> None:
    """Print which prices are compared, the rows, and the difference in all."""
    console = console_for(out)
    title = Text(f"The calls of {name_of(aim.period, aim.calendar)} under other prices, by {aim.by}", style="bold")
    for dimension, key in aim.only.items():
        title.append(f", only {dimension} {printable(key) or UNKNOWN}")
    print_line(console, title)
    print_line(console, Text(f"{aim.calendar.time_zone}; as recorded, and under {prices}", style="dim"))
    if not found.rows:
        print_line(console, Text("No call was recorded in this period."))
        return
    console.print()
    shown = found.rows[:limit]
    rows = [*shown, found.total._replace(key="total")]
    print_columns(console, _columns(rows, aim), ends_in_total=True)
    if len(shown) < len(found.rows):
        print_line(
            console, Text(f"… and {plural(len(found.rows) - len(shown), 'more row')} (--limit all)", style="dim")
        )
    console.print()
    print_line(console, _sentence(found))
    for line in remarks(found, prices):
        print_line(console, Text(printable(line), style="yellow"))
    if found.kept_executions:
        kept = f"{plural(found.kept_executions, 'execution')} cannot be read by this version and kept their prices."
        print_line(console, Text(kept, style="yellow"))


def _columns(rows: list[DifferenceRow], aim: Aim) -> list[Column]:
    places = places_for([each for row in rows for each in (row.before.cost_nano_usd, row.after.cost_nano_usd)])
    return [
        names(aim.by.capitalize(), (plain(row.key, missing_name(aim.by, row.before)) for row in rows), least=16),
        numbers("Calls", (f"{row.before.calls:,}" for row in rows), rank=3),
        numbers("Unpriced", (unpriced(row.before.unpriced_calls) for row in rows), rank=2),
        numbers("then", (unpriced(row.after.unpriced_calls) for row in rows)),
        numbers("Estimated", (_some(row.after.estimated_calls) for row in rows), rank=2),
        numbers("Recorded", (cost_of(row.before, places) for row in rows)),
        numbers("Repriced", (cost_of(row.after, places) for row in rows)),
        numbers("Difference", (signed_usd(row.difference_nano_usd, places) for row in rows)),
        numbers("", (change(row.after.cost_nano_usd, row.before.cost_nano_usd) for row in rows), rank=1),
    ]


def _some(count: int) -> Text:
    return Text(f"{count:,}" if count else NOBODY, style="yellow" if count else "dim")


def _in_words(sums: Sums) -> str:
    none = is_unpriced(sums.calls, sums.unpriced_calls, sums.cost_nano_usd)
    return UNPRICED if none else usd_in_words(sums.cost_nano_usd)


def _sentence(found: Differences) -> Text:
    before, after = found.total.before, found.total.after
    amounts = f"{_in_words(after)} instead of {_in_words(before)}"
    line = Text().append(amounts, style="bold")
    line.append(f" for {plural(before.calls, 'call')} in {plural(found.executions, 'execution')}")
    if after.unpriced_calls:
        line.append(f"; {plural(after.unpriced_calls, 'call')} unpriced", style="bold red")
    if before.unpriced_calls != after.unpriced_calls:
        line.append(f" ({before.unpriced_calls:,} as recorded)")
    return line
