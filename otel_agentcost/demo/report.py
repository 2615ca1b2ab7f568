"""Print what the live agents cost, beside what their provider billed, for a person at a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.text import Text

from otel_agentcost.cli.columns import names, numbers, print_columns
from otel_agentcost.demo.compare import explain
from otel_agentcost.demo.heading import print_heading
from otel_agentcost.demo.summary import NO_AGENT, ExecutionSummary, rank_agents
from otel_agentcost.demo.tree import draw
from otel_agentcost.model.money import format_usd

SHOWN_TREES = ("review", "triage")
"""Agents within agents; each call told twice. `--trees` shows all."""

_PLACES = 9
"""A nano-dollar is the unit of the books: less would hide a difference."""


def print_live(console: Console, summaries: Sequence[ExecutionSummary], prices: str, *, all_trees: bool) -> None:
    """Print the comparison, where it differs and why, and executions as trees of their exported spans."""
    print_heading(console, f"{len(summaries)} live agents, beside what their provider billed")
    console.print(
        Text(
            f"Real SDKs and frameworks under published instrumentations, on a fake provider; prices: {prices}.",
            "dim",
        )
    )
    console.print()
    _print_comparison(console, summaries)
    console.print()
    for lines in (differences(summaries), notes(summaries)):
        for line in lines:
            console.print(line)
        if lines:
            console.print()
    console.print(verdict(summaries))
    console.print()
    for summary in summaries:
        if all_trees or summary.execution.member.name in SHOWN_TREES or summary.execution.error:
            _print_execution(console, summary)


def _print_execution(console: Console, summary: ExecutionSummary) -> None:
    """Print one execution: who, what, its cost and its tree."""
    execution = summary.execution
    member = execution.member
    head = Text.assemble((f"{member.name}  {format_usd(summary.counted_nano_usd)}", "bold"))
    console.print(head.append(f"  {member.stack}, for {member.user} of {member.team}", "dim"))
    console.print(Text(member.shows, "dim"))
    console.print(draw(execution))
    agents = [line for line in rank_agents([summary]) if line.key != NO_AGENT]
    if len(agents) > 1:
        costs = (f"{agent.key} {format_usd(agent.cost_nano_usd)} in {agent.calls} calls" for agent in agents)
        console.print(Text(f"by agent: {', '.join(costs)}", "cyan"))
    if execution.error:
        console.print(Text(f"the agent failed: {execution.error}", "red"))
    console.print()


def _print_comparison(console: Console, summaries: Sequence[ExecutionSummary]) -> None:
    every = [call for summary in summaries for call in summary.execution.calls]
    duplicates = [*(summary.duplicates for summary in summaries), sum(each.duplicates for each in summaries)]
    calls = [*(len(each.execution.calls) - each.duplicates for each in summaries), len(every) - duplicates[-1]]
    unpriced = [*(each.unpriced_calls for each in summaries), sum(each.unpriced_calls for each in summaries)]
    counted = [*(each.counted_nano_usd for each in summaries), sum(each.counted_nano_usd for each in summaries)]
    billed = [*(each.billed_nano_usd for each in summaries), sum(each.billed_nano_usd for each in summaries)]
    print_columns(
        console,
        [
            names("Execution", [*(Text(each.execution.member.name) for each in summaries), Text("total")]),
            numbers("Calls", map(_count, calls)),
            numbers("Same call", map(_count, duplicates)),
            numbers("Unpriced", map(_count, unpriced)),
            numbers("Counted", (format_usd(amount, _PLACES) for amount in counted)),
            numbers("Billed", (format_usd(amount, _PLACES) for amount in billed)),
            numbers("Difference", (_difference(b - c) for b, c in zip(billed, counted, strict=True))),
        ],
        ends_in_total=True,
    )


def _count(value: int) -> str:
    return str(value) if value else ""


def _difference(nano_usd: int) -> Text:
    return Text(format_usd(nano_usd, _PLACES), "yellow") if nano_usd else Text("none", "green")


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


def verdict(summaries: Sequence[ExecutionSummary]) -> Text:
    """Return how many requests were counted as they were billed, and what became of the rest."""
    exact = sum(pair.difference_nano_usd == 0 for s in summaries for pair in s.comparisons if pair.bill)
    billed = sum(len(s.execution.bills) for s in summaries)
    head = f"{exact} of {billed} billed requests were counted to the nano-dollar; "
    unexplained = sum(not pair.is_explained for s in summaries for pair in s.comparisons)
    failed = sum(s.execution.error is not None for s in summaries)
    if unexplained or failed:
        return Text(f"{head}not explained: {unexplained}, agents that failed: {failed}.", "bold red")
    rest = "the rest say themselves that they are not exact." if exact < billed else "nothing differs."
    return Text(head + rest, "bold green")
