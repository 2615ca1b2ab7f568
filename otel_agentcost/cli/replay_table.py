"""The human's view of a replay: what it cost, where, and what is not in that figure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timezone

from rich.console import Console
from rich.table import Table
from rich.text import Text

from otel_agentcost.cli.columns import PipedConsole
from otel_agentcost.cli.replay_json import totals
from otel_agentcost.cli.wording import is_unpriced
from otel_agentcost.model.call import MODEL_CALL, TOOL_CALL, Call
from otel_agentcost.model.execution import ExecutionSummary
from otel_agentcost.model.money import format_usd
from otel_agentcost.model.outcome import UNPRICED

_STATUS_STYLES = {"priced": "green", "free": "green", "estimated": "yellow", "unpriced": "red", "duplicate": "dim"}
_NOBODY = "-"
_WIDE = 110
_ID_WIDTH = 32
"""A trace id is there to be copied: it is never shortened."""
_UNBOUNDED = 500
"""Columns where no terminal sets a width: a file or a pipe wants whole values."""


def print_tables(
    executions: Sequence[ExecutionSummary], top: int, price_version: str, console: Console | None = None
) -> None:
    """Print totals, rankings of at most `top` rows, and why calls are unpriced or estimated."""
    out = console or PipedConsole(highlight=False)
    if not out.is_terminal and console is None:
        out = PipedConsole(highlight=False, width=_UNBOUNDED)
    everything = [call for execution in executions for call in execution.calls_list]
    calls = [call for call in everything if call.kind == MODEL_CALL]
    _print_totals(out, executions, calls, price_version)
    if not everything:
        out.print(Text("No model call was found in these spans."))
        return
    _print_executions(out, executions, top)
    _print_shares(out, "Model", _sum(execution.models for execution in executions), calls, top)
    _print_shares(out, "Agent", _sum(execution.agents for execution in executions), calls, top)
    charged = [call for call in everything if call.kind == TOOL_CALL]
    if charged:
        _print_shares(out, "Tool", _sum(execution.tools for execution in executions), charged, top)
    _print_reasons(out, calls)


def _print_totals(out: Console, executions: Sequence[ExecutionSummary], calls: Sequence[Call], version: str) -> None:
    sums = totals(executions)
    cost = _cost(sums["cost_nano_usd"], sums["calls"], sums["unpriced_calls"])
    line = Text().append(cost.plain, style=cost.style or "bold")
    line.append(f" for {_plural(sums['calls'], 'call')} in {_plural(sums['executions'], 'execution')}")
    if sums["unpriced_calls"] and cost.plain != UNPRICED:
        line.append(f"; {_plural(sums['unpriced_calls'], 'call')} unpriced", style="red")
    out.print(line)
    counts = Counter(call.status for call in calls)
    if counts:
        parts = [
            Text(f"{counts[status]} {status}", style=style)
            for status, style in _STATUS_STYLES.items()
            if counts[status]
        ]
        out.print(Text(" · ").join(parts))
    out.print(Text(f"prices: {version}", style="dim"))


def _print_executions(out: Console, executions: Sequence[ExecutionSummary], top: int) -> None:
    ranked = sorted(executions, key=lambda e: (-e.cost_nano_usd, -e.unpriced_calls, e.execution_id))
    with_calls = [execution for execution in ranked if execution.calls_list]
    shown = with_calls[:top]
    text_columns: dict[str, list[Text]] = {
        "Root": [_plain(execution.root_name) for execution in shown],
        "User": [_plain(execution.user) for execution in shown],
        "Team": [_plain(execution.team) for execution in shown],
    }
    if out.width >= _WIDE:
        text_columns = {"Started (UTC)": [Text(_clock(each.start_unix_nano)) for each in shown], **text_columns}
    text_columns = {name: cells for name, cells in text_columns.items() if any(cell.plain != _NOBODY for cell in cells)}
    table = _table("Execution", right=("Cost", "Calls", "Unpriced"))
    for name in text_columns:
        table.add_column(name, overflow="ellipsis", no_wrap=True)
    for index, execution in enumerate(shown):
        table.add_row(
            f"{execution.execution_id:032x}",
            _cost(execution.cost_nano_usd, execution.calls, execution.unpriced_calls),
            str(execution.calls),
            Text(str(execution.unpriced_calls), style="red" if execution.unpriced_calls else "dim"),
            *(cells[index] for cells in text_columns.values()),
        )
    _print_table(out, table, len(with_calls) - top, "execution")


def _print_shares(out: Console, title: str, costs: Mapping[str, int], of_calls: Sequence[Call], top: int) -> None:
    field = title.lower()
    calls = _calls_by(of_calls, field)
    unpriced = _calls_by([call for call in of_calls if call.status == UNPRICED], field)
    ranked = sorted({*costs, *calls}, key=lambda name: (-costs.get(name, 0), -calls[name], name))
    total = sum(costs.values())
    table = _table(title, right=("Calls", "Cost", "Share"))
    for name in ranked[:top]:
        cost = costs.get(name, 0)
        share = f"{100 * cost / total:.1f}%" if total else _NOBODY
        table.add_row(_plain(name), str(calls[name]), _cost(cost, calls[name], unpriced[name]), share)
    _print_table(out, table, len(ranked) - top, field)


def _print_reasons(out: Console, calls: Sequence[Call]) -> None:
    counts = Counter((call.status, call.reason or "") for call in calls if call.status in ("unpriced", "estimated"))
    if not counts:
        return
    table = _table("Not exact", "Reason", right=("Calls",))
    for (status, reason), count in counts.most_common():
        table.add_row(Text(status, style=_STATUS_STYLES[status]), _plain(reason), str(count))
    _print_table(out, table, 0, "reason")


def _cost(amount: int, calls: int, unpriced_calls: int) -> Text:
    """Return an amount as a cell; one that no price is known of says so, as in every other table."""
    if is_unpriced(calls, unpriced_calls, amount):
        return Text(UNPRICED, style="bold red")
    return Text(format_usd(amount))


def _sum(parts: Iterable[Mapping[str, int]]) -> Counter[str]:
    found: Counter[str] = Counter()
    for part in parts:
        found.update(part)
    return found


def _calls_by(calls: Sequence[Call], field: str) -> Counter[str]:
    return Counter(str(getattr(call, field) or "") for call in calls if call.status != "duplicate")


def _table(*left: str, right: Sequence[str]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for name in left:
        table.add_column(name, min_width=_ID_WIDTH if name == "Execution" else 8, overflow="ellipsis", no_wrap=True)
    for name in right:
        table.add_column(name, justify="right", no_wrap=True)
    return table


def _print_table(out: Console, table: Table, left_out: int, what: str) -> None:
    for column in table.columns:
        if column.justify == "right":  # a shortened number is a wrong number
            column.min_width = max(len(str(cell)) for cell in (column.header, *column.cells))
    out.print()
    out.print(table)
    if left_out > 0:
        out.print(Text(f"… and {_plural(left_out, f'more {what}')} (--top)", style="dim"))


def _plain(text: str | None) -> Text:
    """Return text from outside as it is: its brackets are no markup and its control characters do nothing."""
    if not text:
        return Text(_NOBODY, style="dim")
    return Text("".join(c if c.isprintable() else "·" for c in text[:200]))


def _plural(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def _clock(unix_nano: int) -> str:
    if not unix_nano:
        return _NOBODY
    try:
        return datetime.fromtimestamp(unix_nano // 1_000_000_000, timezone.utc).strftime("%Y-%m-%d %H:%M:%S")
    except (ValueError, OverflowError, OSError):
        return _NOBODY
