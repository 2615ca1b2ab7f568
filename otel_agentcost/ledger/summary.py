"""Roll an execution's verdicts up into calls and totals."""

from __future__ import annotations

from collections.abc import Mapping

from otel_agentcost.ledger.beyond import Beyond
from otel_agentcost.ledger.standing import Verdict
from otel_agentcost.ledger.tree import Tree
from otel_agentcost.model.call import Call
from otel_agentcost.model.execution import ExecutionSummary
from otel_agentcost.model.fact import Fact
from otel_agentcost.model.identity import NOBODY, Identity
from otel_agentcost.model.outcome import DUPLICATE, ESTIMATED, UNPRICED
from otel_agentcost.model.reading import TOOL
from otel_agentcost.model.usage import Usage


def call_of(fact: Fact, verdict: Verdict, tree: Tree, who: Identity) -> Call:
    """Return the call that a judged span stands for."""
    reading, quote = fact.reading, fact.quote
    if reading is None:  # a judged span always has a reading; this keeps a broken one from hiding the others
        return Call(
            fact.trace_id, fact.span_id, fact.parent_span_id, verdict.status, verdict.reason, None, None, None, None,
            Usage(), 0, None, None, None, fact.start_unix_nano, fact.end_unix_nano, "", None, who,
        )  # fmt: skip
    return Call(
        trace_id=fact.trace_id,
        span_id=fact.span_id,
        parent_span_id=fact.parent_span_id,
        status=verdict.status,
        reason=verdict.reason,
        provider=(quote.provider if quote is not None else None) or reading.provider,
        model=reading.model,
        request_model=reading.request_model,
        operation=reading.operation or reading.kind,
        usage=reading.usage or Usage(),
        cost_nano_usd=verdict.cost_nano_usd,
        agent=tree.agent_of(fact),
        tool=tree.tool_of(fact),
        response_id=reading.response_id,
        start_unix_nano=fact.start_unix_nano,
        end_unix_nano=fact.end_unix_nano,
        convention=reading.convention,
        price_id=quote.price_id if quote is not None else None,
        identity=merge(fact.identity, who),
    )


def merge(own: Identity, inherited: Identity) -> Identity:
    """Return the span's own identity, completed by the execution's."""
    if own is inherited or inherited is NOBODY:
        return own
    if own is NOBODY:
        return inherited
    return Identity(*(mine or theirs for mine, theirs in zip(own, inherited, strict=True)))


def identity_of(facts: Mapping[int, Fact]) -> Identity:
    """Return who an execution runs for: the first known value of each part, by start time."""
    found: list[str | None] = [None] * len(NOBODY)
    for fact in sorted(facts.values(), key=lambda f: (f.start_unix_nano, f.span_id)):
        for index, value in enumerate(fact.identity):
            if found[index] is None and value is not None:
                found[index] = value
    return Identity(*found)


def summarize(
    trace_id: int,
    tree: Tree,
    verdicts: Mapping[int, Verdict],
    *,
    root_name: str | None,
    is_complete: bool,
    start_unix_nano: int,
    end_unix_nano: int,
    beyond: Beyond | None = None,
) -> ExecutionSummary:
    """Return the execution's totals and its calls, by start time; `beyond` holds the calls that were not kept."""
    facts = tree.facts
    who = identity_of(facts)
    calls = sorted(
        (call_of(facts[span_id], verdict, tree, who) for span_id, verdict in verdicts.items() if span_id in facts),
        key=lambda call: (call.start_unix_nano, call.span_id),
    )
    beyond = beyond or Beyond()
    agents, models = dict(beyond.agents), dict(beyond.models)
    for call in calls:
        if call.status != DUPLICATE:
            agents[call.agent or ""] = agents.get(call.agent or "", 0) + call.cost_nano_usd
            models[call.model or ""] = models.get(call.model or "", 0) + call.cost_nano_usd
    return ExecutionSummary(
        execution_id=trace_id,
        cost_nano_usd=sum(call.cost_nano_usd for call in calls) + beyond.cost_nano_usd,
        calls=sum(1 for call in calls if call.status != DUPLICATE) + beyond.calls,
        unpriced_calls=sum(1 for call in calls if call.status == UNPRICED) + beyond.unpriced_calls,
        estimated_calls=sum(1 for call in calls if call.status == ESTIMATED) + beyond.calls - beyond.unpriced_calls,
        duplicates=sum(1 for call in calls if call.status == DUPLICATE),
        tool_calls=sum(1 for fact in facts.values() if fact.reading is not None and fact.reading.kind == TOOL),
        agents=agents,
        models=models,
        user=who.user,
        team=who.team,
        root_name=root_name,
        complete=is_complete,
        start_unix_nano=start_unix_nano,
        end_unix_nano=end_unix_nano,
        calls_list=tuple(calls),
    )
