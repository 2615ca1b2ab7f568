"""Roll the executions up: totals, rankings, differences. Plain values, for the terminal and for JSON alike."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from otel_agentcost.demo.compare import Comparison, compare
from otel_agentcost.demo.run import Execution
from otel_agentcost.model import names
from otel_agentcost.model.call import Call
from otel_agentcost.model.money import NanoUsd, parse_usd
from otel_agentcost.model.outcome import COUNTED, DUPLICATE, UNPRICED

NO_AGENT = "(no agent)"


class ExecutionSummary(NamedTuple):
    """One execution with its comparison."""

    execution: Execution
    comparisons: tuple[Comparison, ...]
    counted_nano_usd: NanoUsd
    billed_nano_usd: NanoUsd
    root_nano_usd: NanoUsd | None
    """`agentcost.subtree.cost` as exported on the root span; None where it is not there."""
    spans_nano_usd: NanoUsd
    """The sum of `gen_ai.usage.cost.amount` over the exported spans: what a query in Jaeger's store would find."""

    @property
    def difference_nano_usd(self) -> NanoUsd:
        return self.billed_nano_usd - self.counted_nano_usd

    @property
    def differences(self) -> list[Comparison]:
        """The pairs whose books disagree, and bills that no call stands for."""
        return [pair for pair in self.comparisons if pair.difference_nano_usd or not pair.is_explained]

    @property
    def is_explained(self) -> bool:
        return self.execution.error is None and all(pair.is_explained for pair in self.comparisons)

    @property
    def unpriced_calls(self) -> int:
        return sum(call.status == UNPRICED for call in self.execution.calls)

    @property
    def duplicates(self) -> int:
        return sum(call.status == DUPLICATE for call in self.execution.calls)

    @property
    def exported_duplicates(self) -> int:
        """Spans that went out with a cost before a second span of the same call was seen, which pays instead."""
        duplicates = {(call.trace_id, call.span_id) for call in self.execution.calls if call.status == DUPLICATE}
        return sum(
            names.COST_AMOUNT in span.attributes and (span.trace_id, span.span_id) in duplicates
            for span in self.execution.spans
        )

    @property
    def refused_requests(self) -> int:
        return sum(attempt.status != 200 for attempt in self.execution.attempts)


def summarize(execution: Execution) -> ExecutionSummary:
    """Compare one execution's books with the provider's and read back what was exported."""
    comparisons = compare(execution.bills, execution.calls)
    roots = [span for span in execution.spans if span.trace_id == execution.trace_id and not span.parent_span_id]
    return ExecutionSummary(
        execution=execution,
        comparisons=tuple(comparisons),
        counted_nano_usd=sum(cost_of(call) for call in execution.calls),
        billed_nano_usd=sum(bill.cost_nano_usd for bill in execution.bills),
        root_nano_usd=parse_usd(roots[0].attributes.get(names.SUBTREE_COST)) if roots else None,
        spans_nano_usd=sum(parse_usd(span.attributes.get(names.COST_AMOUNT)) or 0 for span in execution.spans),
    )


def cost_of(call: Call) -> NanoUsd:
    return call.cost_nano_usd if call.status in COUNTED else 0


class Rank(NamedTuple):
    """One line of a ranking, dearest first."""

    key: str
    cost_nano_usd: NanoUsd
    calls: int
    unpriced_calls: int
    """Calls that the cost lacks: a total is never shown without them."""


def rank(summaries: Iterable[ExecutionSummary], key: Callable[[Call], str | None], unknown: str) -> list[Rank]:
    """Rank what `key` finds on each call by its cost."""
    groups: dict[str, list[Call]] = {}
    for summary in summaries:
        for call in summary.execution.calls:
            if call.status != DUPLICATE:
                groups.setdefault(key(call) or unknown, []).append(call)
    ranks = [
        Rank(name, sum(map(cost_of, calls)), len(calls), sum(call.status == UNPRICED for call in calls))
        for name, calls in groups.items()
    ]
    return sorted(ranks, key=lambda line: (-line.cost_nano_usd, line.key))


def rank_agents(summaries: Sequence[ExecutionSummary]) -> list[Rank]:
    return rank(summaries, lambda call: call.agent, NO_AGENT)


def rank_users(summaries: Sequence[ExecutionSummary]) -> list[Rank]:
    return rank(summaries, lambda call: call.identity.user, "(no user)")


def rank_teams(summaries: Sequence[ExecutionSummary]) -> list[Rank]:
    return rank(summaries, lambda call: call.identity.team, "(no team)")
