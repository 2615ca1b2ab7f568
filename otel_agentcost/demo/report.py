"""Print what the demo found, for a person at a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from otel_agentcost.demo.compare import explain
from otel_agentcost.demo.summary import NO_AGENT, ExecutionSummary, Rank, rank_agents, rank_teams, rank_users
from otel_agentcost.demo.tree import draw
from otel_agentcost.model.money import NanoUsd, format_usd

_PLACES = 9
"""A nano-dollar is the unit of the books: less would hide a difference."""


def print_execution(console: Console, summary: ExecutionSummary) -> None:
    """Print one execution: who, what, its cost and its tree."""
    execution = summary.execution
    member = execution.member
    console.print(Rule(Text(f"{member.name}  {format_usd(summary.counted_nano_usd)}", "bold"), align="left"))
    console.print(Text(f"{member.user}, team {member.team}: {member.stack}", "italic"))
    console.print(Text(f"shows {member.shows}", "dim"))
    seen_by = " + ".join(member.instrumentations) or "the framework itself"
    refused = f", {summary.refused_requests} of them refused" if summary.refused_requests else ""
    console.print(Text(f"seen by {seen_by}; {len(execution.attempts)} requests{refused}", "dim"))
    console.print(draw(execution))
    for agent in (line for line in rank_agents([summary]) if line.key != NO_AGENT):
        console.print(Text(f"  {agent.key}: {format_usd(agent.cost_nano_usd)} in {agent.calls} calls", "cyan"))
    if execution.error:
        console.print(Text(f"the agent failed: {execution.error}", "red"))
    console.print()


def print_summary(console: Console, summaries: Sequence[ExecutionSummary]) -> None:
    """Print the comparison, the rankings and where the difference comes from."""
    console.print(_comparison(summaries))
    console.print()
    for title, ranks in (
        ("agent", rank_agents(summaries)),
        ("user", rank_users(summaries)),
        ("team", rank_teams(summaries)),
    ):
        console.print(_ranking(title, ranks))
        console.print()
    for lines in (differences(summaries), notes(summaries)):
        for line in lines:
            console.print(line)
        if lines:
            console.print()
    console.print(_verdict(summaries))


def _comparison(summaries: Sequence[ExecutionSummary]) -> Table:
    table = _table("What we counted, beside what the provider billed", "execution")
    for heading in ("calls", "same call", "unpriced", "counted", "billed", "difference"):
        table.add_column(heading, justify="right", no_wrap=True)
    for summary in summaries:
        calls = summary.execution.calls
        table.add_row(
            summary.execution.member.name,
            *_counts(len(calls) - summary.duplicates, summary.duplicates, summary.unpriced_calls),
            *_amounts(summary.counted_nano_usd, summary.billed_nano_usd),
        )
    table.add_section()
    every = [call for summary in summaries for call in summary.execution.calls]
    duplicates = sum(summary.duplicates for summary in summaries)
    table.add_row(
        "total",
        *_counts(len(every) - duplicates, duplicates, sum(summary.unpriced_calls for summary in summaries)),
        *_amounts(sum(s.counted_nano_usd for s in summaries), sum(s.billed_nano_usd for s in summaries)),
        style="bold",
    )
    return table


def _table(title: str, first_column: str) -> Table:
    """Return an empty table that still fits 80 columns with nine decimals."""
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD, pad_edge=False)
    table.add_column(first_column, no_wrap=True)
    return table


def _counts(*values: int) -> list[str]:
    return [str(value) if value else "" for value in values]


def _amounts(counted: NanoUsd, billed: NanoUsd) -> list[Text]:
    difference = billed - counted
    shown = Text(format_usd(difference, _PLACES), "yellow") if difference else Text("none", "green")
    return [Text(format_usd(counted, _PLACES)), Text(format_usd(billed, _PLACES)), shown]


def _ranking(title: str, ranks: Iterable[Rank]) -> Table:
    table = _table(f"Cost by {title}", title)
    for heading in ("cost", "calls", "unpriced"):
        table.add_column(heading, justify="right", no_wrap=True)
    for line in ranks:
        table.add_row(line.key, format_usd(line.cost_nano_usd, _PLACES), *_counts(line.calls, line.unpriced_calls))
    return table


def differences(summaries: Iterable[ExecutionSummary]) -> list[Text]:
    """Return one line for each request on which the two books disagree."""
    lines: list[Text] = []
    for summary in summaries:
        for pair in summary.differences:
            style = "yellow" if pair.is_explained else "red"
            head = f"{summary.execution.member.name}: {format_usd(pair.difference_nano_usd, _PLACES)}  "
            lines.append(Text(head, style).append(explain(pair), "default"))
    return [Text("Where the difference comes from", "italic"), *lines] if lines else []


def notes(summaries: Iterable[ExecutionSummary]) -> list[Text]:
    """Return where the exported attributes say otherwise than the settled books, and why."""
    lines: list[Text] = []
    for summary in summaries:
        name, settled = summary.execution.member.name, format_usd(summary.counted_nano_usd, _PLACES)
        if summary.root_nano_usd is not None and summary.root_nano_usd != summary.counted_nano_usd:
            exported = format_usd(summary.root_nano_usd, _PLACES)
            lines.append(Text(f"{name}: the root span went out with {exported}, settled later at {settled}"))
        if summary.spans_nano_usd != summary.counted_nano_usd:
            exported, early = format_usd(summary.spans_nano_usd, _PLACES), summary.exported_duplicates
            why = f"{early} of its spans went out with a cost before the span that pays for the same call was seen"
            lines.append(Text(f"{name}: span costs add up to {exported}, the execution to {settled}: {why}"))
    return [Text("What a backend sees otherwise", "italic"), *lines] if lines else []


def _verdict(summaries: Sequence[ExecutionSummary]) -> Text:
    exact = sum(pair.difference_nano_usd == 0 for s in summaries for pair in s.comparisons if pair.bill)
    billed = sum(len(s.execution.bills) for s in summaries)
    head = f"{exact} of {billed} billed requests were counted to the nano-dollar; "
    unexplained = sum(not pair.is_explained for s in summaries for pair in s.comparisons)
    failed = sum(s.execution.error is not None for s in summaries)
    if unexplained or failed:
        return Text(f"{head}not explained: {unexplained}, agents that failed: {failed}.", "bold red")
    rest = "the rest say themselves that they are not exact." if exact < billed else "nothing differs."
    return Text(head + rest, "bold green")
