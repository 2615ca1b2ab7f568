"""The human's view of one execution: who, what, through what, and step by step."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from rich.console import Console
from rich.text import Text

from otel_agentcost.cli.books import Books
from otel_agentcost.cli.columns import names, numbers, print_columns, print_line, stdout_console
from otel_agentcost.cli.executions_query import conversation_of
from otel_agentcost.cli.executions_steps import steps_of
from otel_agentcost.cli.executions_table import STATE_STYLES, root_name
from otel_agentcost.cli.executions_tree import step_columns
from otel_agentcost.cli.moments import clock
from otel_agentcost.cli.wording import (
    NOBODY,
    bar,
    cost,
    cost_sentence,
    duration,
    missing_name,
    places_for,
    plain,
    plural,
    printable,
    share,
    unpriced,
    usd,
)
from otel_agentcost.model.books import Stored
from otel_agentcost.model.call import Call
from otel_agentcost.model.dimension import DIMENSIONS, Dimension, keys_of
from otel_agentcost.model.execution import ExecutionSummary
from otel_agentcost.model.money import NanoUsd
from otel_agentcost.model.sums import NO_SUMS, Sums, sums_of

_BAR_WIDTH = 20
_OTHERS = 10
_PLACES = 6
_WIDE = 10_000


def print_detail(execution_id: int, books: Books, limit: int | None, *, is_wide: bool) -> None:
    """Print one execution: a header, where its cost went, its steps, and the other traces of its conversation."""
    out = stdout_console()
    if is_wide:
        out.width = _WIDE
    stored = books.reader.load([execution_id]).get(execution_id)
    if stored is None:
        print_line(out, Text(f"{execution_id:032x} is not in the store any more."))
        return
    summary = stored.summary
    _print_header(out, stored, books)
    _print_parts(out, stored)
    _print_steps(out, stored, limit)
    _print_conversation(out, summary, books)


def _print_header(out: Console, stored: Stored, books: Books) -> None:
    summary = stored.summary
    line = Text(f"{summary.execution_id:032x}", style="bold")
    line.append(f"  {summary.state}", style=STATE_STYLES[summary.state])
    line.append("" if summary.complete else "  its root span was not seen to end", style="yellow")
    print_line(out, line)
    when = f"{clock(summary.start_unix_nano, books.zone)} ({books.zone})"
    took = duration(summary.end_unix_nano - summary.start_unix_nano)
    print_line(out, Text.assemble(plain(summary.root_name, "(root not seen)"), f"  started {when}, took {took}"))
    who = [
        (name, value)
        for name, value in (
            ("user", summary.user),
            ("team", summary.team),
            ("organisation", summary.organization),
            ("feature", summary.feature),
            ("environment", summary.environment),
            ("session", summary.session),
            ("conversation", summary.conversation),
        )
        if value
    ]
    if who:
        print_line(out, Text(" · ").join(Text(f"{name} {printable(value)}") for name, value in who))
    print_line(out, _cost_line(summary, stored.calls))
    print_line(out, _token_line(summary))


def _cost_line(summary: ExecutionSummary, calls: Iterable[Call]) -> Text:
    line = cost_sentence(summary.cost_nano_usd, summary.calls, summary.unpriced_calls)
    if summary.estimated_calls:
        line.append(f"; {plural(summary.estimated_calls, 'call')} estimated", style="yellow")
    if summary.tool_calls:
        charged = sum(sums_of(call).tool_calls for call in calls)
        price = f", {charged:,} of them with a price" if charged else ""  # calls may be kept no more
        price += f": {usd(summary.tool_cost_nano_usd)}" if summary.tool_cost_nano_usd else ""
        line.append(f"; {plural(summary.tool_calls, 'tool call')}{price}")
    if summary.duplicates:
        line.append(f"; {plural(summary.duplicates, 'span')} of the same calls not counted again", style="dim")
    return line


def _token_line(summary: ExecutionSummary) -> Text:
    parts = ((summary.cache_read_tokens, "cached"), (summary.cache_write_tokens, "written to a cache"))
    inside = ", ".join(f"{count:,} {name}" for count, name in parts if count)
    thought = f" ({summary.reasoning_tokens:,} reasoning)" if summary.reasoning_tokens else ""
    inside = f" ({inside})" if inside else ""
    return Text(f"{summary.input_tokens:,} tokens in{inside}, {summary.output_tokens:,} out{thought}")


def _print_parts(out: Console, stored: Stored) -> None:
    """Print where the cost went, by each dimension that divides it."""
    summary = stored.summary
    parts: tuple[tuple[Dimension, Mapping[str, NanoUsd]], ...] = (
        ("agent", summary.agents),
        ("model", summary.models),
        ("tool", summary.tools),
        ("provider", summary.providers),
        ("feature", summary.features),
    )
    kinds: list[Text] = []
    keys: list[Text] = []
    costs: list[NanoUsd] = []
    sums: list[Sums | None] = []
    # Where calls are kept no more, or more than are kept, they tell nothing of how many there were.
    has_all_calls = sum(sums_of(call).calls for call in stored.calls) == summary.calls
    for dimension, amounts in parts:
        if not any(amounts):  # nothing but what is not known
            continue
        by_key = _sums_by(dimension, stored.calls)
        for place, (key, amount) in enumerate(_ranked(amounts)):
            kinds.append(Text("" if place else dimension, style="bold"))
            keys.append(plain(key, missing_name(dimension, by_key.get(key))))
            costs.append(amount)
            sums.append(by_key.get(key, NO_SUMS) if has_all_calls else None)
    if not costs:
        return
    total = summary.cost_nano_usd
    out.print()
    print_columns(
        out,
        [
            names("By", kinds, least=8),
            names("", keys, least=20),
            numbers("Calls", (NOBODY if each is None else f"{each.calls:,}" for each in sums), rank=3),
            numbers("Unpriced", (NOBODY if each is None else unpriced(each.unpriced_calls) for each in sums), rank=1),
            numbers("Cost", map(_part_cost, costs, sums)),
            numbers("Share", (share(each, total) for each in costs)),
            names("", (bar(each, total, _BAR_WIDTH) for each in costs), rank=2, least=_BAR_WIDTH),
        ],
    )


def _part_cost(amount: NanoUsd, sums: Sums | None) -> Text:
    known = sums or NO_SUMS
    return cost(amount, _PLACES, known.calls, known.unpriced_calls)


def _sums_by(dimension: Dimension, calls: Iterable[Call]) -> Mapping[str, Sums]:
    place = DIMENSIONS.index(dimension)
    sums: dict[str, Sums] = {}
    for call in calls:
        key = keys_of(call)[place]
        sums[key] = sums.get(key, NO_SUMS).plus(sums_of(call))
    return sums


def _ranked(amounts: Mapping[str, int]) -> list[tuple[str, int]]:
    return sorted(amounts.items(), key=lambda each: (-each[1], each[0]))


def _print_steps(out: Console, stored: Stored, limit: int | None) -> None:
    steps, is_whole = steps_of(stored)
    out.print()
    if not steps:
        print_line(out, Text("Its steps are not kept any more; the totals above are.", style="dim"))
        return
    shown = steps if limit is None else steps[:limit]
    print_columns(out, step_columns(steps, shown))
    if len(shown) < len(steps):
        print_line(out, Text(f"… and {plural(len(steps) - len(shown), 'more step')} (--limit all)", style="dim"))
    if not is_whole:
        print_line(out, Text("Some of its spans cannot be read by this version: the tree may lack steps.", style="red"))


def _print_conversation(out: Console, summary: ExecutionSummary, books: Books) -> None:
    others = conversation_of(summary, books.reader, _OTHERS + 1)
    if not others:
        return
    shown = others[:_OTHERS]
    more = len(others) > len(shown)
    out.print()
    print_line(
        out, Text(f"Other executions of this conversation, each with its own total{' (the first)' if more else ''}:")
    )
    costs = [each.cost_nano_usd for each in shown]
    places = places_for(costs)
    print_columns(
        out,
        [
            names("Execution", (Text(f"{each.execution_id:032x}") for each in shown), least=32),
            names("Start", (Text(clock(each.start_unix_nano, books.zone)) for each in shown), rank=1, least=19),
            names("Root", (plain(root_name(each)) for each in shown), rank=2),
            numbers("Calls", (f"{each.calls:,}" for each in shown)),
            numbers("Unpriced", (f"{each.unpriced_calls:,}" for each in shown)),
            numbers("Cost", (cost(each.cost_nano_usd, places, each.calls, each.unpriced_calls) for each in shown)),
        ],
    )
    if more:
        name = printable(summary.conversation or "")
        print_line(out, Text(f"`agentcost executions --conversation {name}` lists all", style="dim"))
