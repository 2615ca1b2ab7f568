"""Print what the traffic was billed beside what the books have of it, for a person at a terminal."""

from __future__ import annotations

from typing import NamedTuple

from rich.console import Console
from rich.text import Text

from otel_agentcost.cli.columns import names, numbers, print_columns
from otel_agentcost.cli.wording import plural
from otel_agentcost.demo.heading import print_heading
from otel_agentcost.demo.traffic.run import Traffic
from otel_agentcost.demo.traffic.truth import ALL
from otel_agentcost.model.money import format_usd
from otel_agentcost.model.sums import Sums

_PLACES = 9
_SHOWN_DIFFERENCES = 10


def print_traffic(console: Console, traffic: Traffic) -> None:
    """Print what ran, and the two books side by side."""
    truth, days = traffic.truth, traffic.days
    people = {by: len(truth.sums[by]) for by in ALL}
    print_heading(console, f"{plural(days.days, 'day')} of a company's traffic, beside what it was billed")
    release = " A release made support's prompts longer a day ago." if days.days > 1 else ""
    text = (
        f"Planned from a seed: {people['user']} people of {people['team']} teams ask {people['feature']} features. "
        f"{truth.total.executions:,} executions became {traffic.spans:,} spans of the OpenTelemetry SDK, and went "
        f"through our processor into the store.{release}"
    )
    console.print(Text(text, "dim"))
    console.print()
    _print_books(console, truth.total, traffic.total)
    console.print()
    console.print(
        Text(
            f"Unpriced are {plural(truth.priceless_calls, 'call')} of a model that nobody has given a price, and "
            f"{plural(truth.failed_calls, 'call')} that failed: no bill has them, and no total hides them.",
        )
    )
    console.print(verdict(traffic))
    for found in traffic.differences[:_SHOWN_DIFFERENCES]:
        console.print(Text(f"  {found.by} {found.key!r}: billed {found.billed}, counted {found.counted}", "red"))
    console.print()


def _print_books(console: Console, billed: Sums, counted: Sums) -> None:
    rows = [_row(name, getattr(billed, field), getattr(counted, field)) for name, field in _ROWS]
    print_columns(
        console,
        [
            names("", (row.name for row in rows), least=20),
            numbers("Billed", (row.billed for row in rows)),
            numbers("Counted", (row.counted for row in rows)),
            numbers("Difference", (row.difference for row in rows)),
        ],
        ends_in_total=True,
    )


_ROWS = (
    ("executions", "executions"),
    ("model calls", "calls"),
    ("  of them without a price", "unpriced_calls"),
    ("tokens in", "input_tokens"),
    ("  of them from a cache", "cache_read_tokens"),
    ("tokens out", "output_tokens"),
    ("tool calls with a price", "tool_calls"),
    ("  what they cost", "tool_cost_nano_usd"),
    ("cost in all", "cost_nano_usd"),
)


class _Row(NamedTuple):
    name: Text
    billed: str
    counted: str
    difference: Text


def _row(name: str, billed: int, counted: int) -> _Row:
    write = _usd if "cost" in name else "{:,}".format
    found = Text("none", "green") if billed == counted else Text(write(billed - counted), "red")
    return _Row(Text(name), write(billed), write(counted), found)


def _usd(amount: int) -> str:
    return format_usd(amount, _PLACES)


def verdict(traffic: Traffic) -> Text:
    """Return whether the books are what was billed, and what of them was held against it."""
    if traffic.is_exact:
        counts = [(by, sum(bool(key) for key in traffic.truth.sums[by])) for by in ALL if by != "total"]
        *most, last = (plural(count, by) for by, count in counts)
        return Text(f"Equal to the nano-dollar, in all and for each of {', '.join(most)} and {last}.", "bold green")
    faults = [f"{plural(len(traffic.differences), 'key')} differ"] if traffic.differences else []
    faults += [] if traffic.is_durable else ["the store could not be written"]
    faults += [f"{plural(traffic.internal_errors, 'error')} inside our processor"] if traffic.internal_errors else []
    return Text(f"Not what was billed: {', '.join(faults)}.", "bold red")
