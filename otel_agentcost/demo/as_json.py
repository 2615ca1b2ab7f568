"""The demo's findings as one JSON object (schema 1); docs/demo.md describes it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from otel_agentcost.demo.compare import Comparison, explain
from otel_agentcost.demo.found import Found
from otel_agentcost.demo.provider.billing import Bill
from otel_agentcost.demo.summary import ExecutionSummary, Rank, rank_agents, rank_teams, rank_users
from otel_agentcost.demo.traffic.run import Traffic


def as_json(found: Found, answers: Mapping[str, Any], url: str) -> dict[str, Any]:
    """Return everything that the terminal shows, and each live call and bill in full.

    Args:
        found: what ran.
        answers: what the commands answered, by what they were asked for.
        url: of the store.
    """
    summaries = found.summaries
    return {
        "schema": 1,
        "price_table": found.price_table_version,
        "store": url if url.startswith("sqlite:") else None,  # another address may hold a password
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
            "internal_errors": found.internal_errors,
        },
        "explained": all(summary.is_explained for summary in summaries),
        "traffic": None if found.traffic is None else _traffic(found.traffic),
        "answers": dict(answers),
        "right": found.is_right,
    }


def _traffic(traffic: Traffic) -> dict[str, Any]:
    days, truth = traffic.days, traffic.truth
    return {
        "seed": days.seed,
        "days": days.days,
        "since_unix_nano": days.since_unix_nano,
        "until_unix_nano": days.until_unix_nano,
        "spans": traffic.spans,
        "seconds": round(traffic.seconds, 3),
        "durable": traffic.is_durable,
        "internal_errors": traffic.internal_errors,
        "failed_calls": truth.failed_calls,
        "priceless_calls": truth.priceless_calls,
        "billed": truth.total._asdict(),
        "counted": traffic.total._asdict(),
        "billed_by": {
            by: {key: sums.cost_nano_usd for key, sums in sorted(rows.items())} for by, rows in truth.sums.items()
        },
        "differences": [
            {**found._asdict(), "billed": found.billed._asdict(), "counted": found.counted._asdict()}
            for found in traffic.differences
        ],
        "exact": traffic.is_exact,
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
        "run_nano_usd": execution.run_nano_usd,
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
