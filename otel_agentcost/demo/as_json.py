"""The demo's findings as one JSON object (schema 1); docs/demo.md describes it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from otel_agentcost.demo.compare import Comparison, explain
from otel_agentcost.demo.provider.billing import Bill
from otel_agentcost.demo.summary import ExecutionSummary, Rank, rank_agents, rank_teams, rank_users


def as_json(summaries: Sequence[ExecutionSummary], price_table_version: str, internal_errors: int) -> dict[str, Any]:
    """Return everything that the terminal shows, and each call and bill in full."""
    return {
        "schema": 1,
        "price_table": price_table_version,
        "executions": [_execution(summary) for summary in summaries],
        "agents": _ranks(rank_agents(summaries)),
        "users": _ranks(rank_users(summaries)),
        "teams": _ranks(rank_teams(summaries)),
        "totals": {
            "cost_nano_usd": sum(s.counted_nano_usd for s in summaries),
            "billed_nano_usd": sum(s.billed_nano_usd for s in summaries),
            "calls": sum(len(s.execution.calls) - s.duplicates for s in summaries),
            "billed_requests": sum(len(s.execution.bills) for s in summaries),
            "duplicates": sum(s.duplicates for s in summaries),
            "unpriced_calls": sum(s.unpriced_calls for s in summaries),
            "executions": len(summaries),
            "internal_errors": internal_errors,
        },
        "explained": all(summary.is_explained for summary in summaries),
    }


def _execution(summary: ExecutionSummary) -> dict[str, Any]:
    execution = summary.execution
    member = execution.member
    return {
        "name": member.name,
        "execution_id": f"{execution.trace_id:032x}",
        "user": member.user,
        "team": member.team,
        "feature": member.feature,
        "stack": member.stack,
        "instrumentations": list(member.instrumentations),
        "cost_nano_usd": summary.counted_nano_usd,
        "billed_nano_usd": summary.billed_nano_usd,
        "exported_root_nano_usd": summary.root_nano_usd,
        "exported_spans_nano_usd": summary.spans_nano_usd,
        "exported_duplicates": summary.exported_duplicates,
        "spans": len(execution.spans),
        "traces": len({span.trace_id for span in execution.spans}),
        "http_status": {str(status): n for status, n in sorted(Counter(a.status for a in execution.attempts).items())},
        "agents": _ranks(rank_agents([summary])),
        "calls": [call.as_row() for call in execution.calls],
        "bills": [_bill(bill) for bill in execution.bills],
        "differences": [_difference(pair) for pair in summary.differences],
        "explained": summary.is_explained,
        "seconds": round(execution.seconds, 3),
        "error": execution.error,
    }


def _bill(bill: Bill) -> dict[str, Any]:
    usage = bill.usage
    return {
        "provider": bill.provider,
        "model": bill.model,
        "response_id": bill.response_id,
        "is_stream": bill.is_stream,
        "sends_usage": bill.sends_usage,
        "was_abandoned": bill.was_abandoned,
        "input_tokens": usage.input_tokens,
        "cache_read_tokens": usage.cache_read_tokens,
        "cache_write_tokens": usage.cache_write_tokens,
        "output_tokens": usage.output_tokens,
        "reasoning_tokens": usage.reasoning_tokens,
        "cost_nano_usd": bill.cost_nano_usd,
    }


def _difference(pair: Comparison) -> dict[str, Any]:
    return {
        "response_id": pair.bill.response_id if pair.bill else None,
        "difference_nano_usd": pair.difference_nano_usd,
        "status": pair.call.status if pair.call else None,
        "reason": pair.call.reason if pair.call else None,
        "explained": pair.is_explained,
        "explanation": explain(pair),
    }


def _ranks(ranks: Iterable[Rank]) -> list[dict[str, Any]]:
    return [line._asdict() for line in ranks]
