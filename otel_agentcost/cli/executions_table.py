"""The human's view of many executions."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from otel_agentcost.cli.books import Books
from otel_agentcost.cli.columns import Column, names, numbers, print_columns, print_line, stdout_console
from otel_agentcost.cli.moments import clock
from otel_agentcost.cli.wording import bar, cost, cost_sentence, duration, places_for, plain, plural, share, unpriced
from otel_agentcost.model.execution import ExecutionSummary
from otel_agentcost.model.sums import Sums

STATE_STYLES = {"running": "cyan", "completed": "green", "killed": "red", "abandoned": "yellow"}
_SHORTEST_ID = 8
_WHOLE_ID = 32
_BAR_WIDTH = 12
_CHECKED_IDS = 50
"""So many shortened ids are checked against the whole store, one short look each."""
_WIDE = 10_000


def print_list(
    executions: Sequence[ExecutionSummary], total: Sums, books: Books, *, is_filtered: bool, is_wide: bool
) -> None:
    """Print the rows, and below them what all that match have cost."""
    out = stdout_console()
    if is_wide:
        out.width = _WIDE
    if not executions:
        print_line(out, Text("No execution matches." if is_filtered else "There is no execution in this store yet."))
        print_line(out, Text(_why_empty(is_filtered=is_filtered), style="dim"))
        return
    whole = is_wide or not out.is_terminal
    digits = _WHOLE_ID if whole else unique_digits([each.execution_id for each in executions], books)
    print_columns(out, _columns(executions, total, books, digits))
    out.print()
    print_line(out, total_line(len(executions), total))
    print_line(out, Text(f"Times in {books.zone}. `agentcost executions ID` shows one step by step.", style="dim"))


def total_line(shown: int, total: Sums) -> Text:
    """Return `20 of 1,234 executions; $12.34 for 5,678 calls; 3 calls unpriced`."""
    count = f"{shown:,} of " if shown < total.executions else ""
    line = Text(f"{count}{plural(max(shown, total.executions), 'execution')}; ")
    line.append_text(cost_sentence(total.cost_nano_usd, total.calls, total.unpriced_calls))
    if total.estimated_calls:
        line.append(f"; {plural(total.estimated_calls, 'call')} estimated", style="yellow")
    return line


def root_name(execution: ExecutionSummary) -> str | None:
    """Return what an execution is called: its root span, without the words that most of them begin with."""
    name = execution.root_name
    return name if name is None else name.removeprefix("invoke_agent ") or name


def unique_digits(ids: Sequence[int], books: Books) -> int:
    """Return how many leading digits tell these executions apart, from each other and from all in the store."""
    digits = _SHORTEST_ID
    wanted = len(set(ids))
    while digits < _WHOLE_ID and len({f"{each:032x}"[:digits] for each in ids}) < wanted:
        digits += 2
    for each in ids[:_CHECKED_IDS]:
        while digits < _WHOLE_ID and len(books.reader.find(f"{each:032x}"[:digits], limit=2)) > 1:
            digits += 4
    return min(digits, _WHOLE_ID)


def _columns(executions: Sequence[ExecutionSummary], total: Sums, books: Books, digits: int) -> list[Column]:
    costs = [each.cost_nano_usd for each in executions]
    places = places_for(costs)
    today = clock(books.now_unix_nano, books.zone)[:10]
    starts = [clock(each.start_unix_nano, books.zone) for each in executions]
    is_today = all(start.startswith(today) for start in starts)
    starts = [start[11:] if is_today else start[:16] for start in starts]
    most = max(costs, default=0)
    return [
        names("Execution", (Text(f"{each.execution_id:032x}"[:digits]) for each in executions), least=digits),
        names("Start", (Text(start) for start in starts), rank=2, least=16),
        numbers("Took", (_took(each) for each in executions), rank=5),
        names("State", (Text(each.state, style=STATE_STYLES[each.state]) for each in executions), rank=3, least=9),
        names("Root", (plain(root_name(each)) for each in executions), rank=1, least=12),
        names("User", (plain(each.user) for each in executions), rank=4, least=8),
        names("Team", (plain(each.team) for each in executions), rank=6, least=8),
        names("Feature", (plain(each.feature) for each in executions), rank=11, least=8),
        names("Environment", (plain(each.environment) for each in executions), rank=13),
        numbers("Calls", (f"{each.calls:,}" for each in executions)),
        numbers("Unpriced", (unpriced(each.unpriced_calls) for each in executions)),
        numbers("Estimated", (_count(each.estimated_calls) for each in executions), rank=9),
        numbers("Tools", (_count(each.tool_calls) for each in executions), rank=7),
        numbers("Tokens in", (f"{each.input_tokens:,}" for each in executions), rank=12),
        numbers("Tokens out", (f"{each.output_tokens:,}" for each in executions), rank=12),
        numbers("Cost", (cost(each.cost_nano_usd, places, each.calls, each.unpriced_calls) for each in executions)),
        numbers("Share", (share(each, total.cost_nano_usd) for each in costs), rank=8),
        names("", (bar(each, most, _BAR_WIDTH) for each in costs), rank=10, least=_BAR_WIDTH),
    ]


def _took(execution: ExecutionSummary) -> Text:
    nano = execution.end_unix_nano - execution.start_unix_nano
    return Text(duration(nano), style="cyan" if execution.state == "running" else "")


def _count(count: int) -> Text:
    return Text(f"{count:,}", style="" if count else "dim")


def _why_empty(*, is_filtered: bool) -> str:
    if is_filtered:
        return (
            "Names must match whole and by case; times bound when an execution started. Without filters all are listed."
        )
    return (
        "Executions are recorded where store.url is set in the configuration of the process that runs the agents; "
        "`agentcost doctor` there says whether it is."
    )
