"""Roll an execution's verdicts up into calls and totals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from otel_agentcost.ledger.beyond import Beyond
from otel_agentcost.ledger.standing import Verdict
from otel_agentcost.ledger.tree import Tree
from otel_agentcost.model.call import MODEL_CALL, Call
from otel_agentcost.model.execution import ExecutionSummary, State
from otel_agentcost.model.fact import Fact
from otel_agentcost.model.identity import NOBODY, Identity
from otel_agentcost.model.outcome import DUPLICATE
from otel_agentcost.model.reading import TOOL
from otel_agentcost.model.sums import NO_SUMS, Sums, sums_of
from otel_agentcost.model.usage import MAX_TOKENS, Usage

_MOST_NANO = 2**63 - 1


def call_of(fact: Fact, verdict: Verdict, tree: Tree, who: Identity) -> Call:
    """Return the call that a judged span stands for."""
    reading, quote = fact.reading, fact.quote
    if reading is None:  # a judged span always has a reading; this keeps a broken one from hiding the others
        return Call(
            fact.trace_id, fact.span_id, fact.parent_span_id, verdict.status, verdict.reason, None, None, None, None,
            Usage(), 0, None, None, None, fact.start_unix_nano, fact.end_unix_nano, "", None, who,
            MODEL_CALL, verdict.payer_span_id,
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
        usage=_believable(reading.usage),
        cost_nano_usd=verdict.cost_nano_usd,
        agent=tree.agent_of(fact),
        tool=tree.tool_of(fact),
        response_id=reading.response_id,
        start_unix_nano=_in_range(fact.start_unix_nano),
        end_unix_nano=_in_range(fact.end_unix_nano),
        convention=reading.convention,
        price_id=quote.price_id if quote is not None else None,
        identity=merge(fact.identity, who),
        payer_span_id=verdict.payer_span_id,
        cost_source=quote.source if quote is not None else "local",
    )


def _believable(usage: Usage | None) -> Usage:
    """Return the counts, none where one is beyond all reason: such a call has no price, and must not spoil a sum."""
    if usage is None or min(usage.counts) < 0 or max(usage.counts) > MAX_TOKENS:
        return Usage()
    return usage


def _in_range(unix_nano: int) -> int:
    """Return a time that calendars and stores know: from 1970 to 2262."""
    return unix_nano if 0 <= unix_nano < _MOST_NANO else max(0, min(_MOST_NANO, unix_nano))


def merge(own: Identity, inherited: Identity) -> Identity:
    """Return the span's own identity, completed by the execution's."""
    if inherited is NOBODY:
        return own
    if own is NOBODY or own == inherited:
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


def calls_of(facts: Mapping[int, Fact], tree: Tree, verdicts: Mapping[int, Verdict], who: Identity) -> list[Call]:
    """Return the calls that the judged spans stand for, by start time; `who` completes the identity of each."""
    return sorted(
        (call_of(facts[span_id], verdict, tree, who) for span_id, verdict in verdicts.items() if span_id in facts),
        key=lambda call: (call.start_unix_nano, call.span_id),
    )


def summarize(
    trace_id: int,
    calls: Sequence[Call],
    facts: Mapping[int, Fact],
    who: Identity,
    *,
    root_name: str | None,
    is_complete: bool,
    start_unix_nano: int,
    end_unix_nano: int,
    state: State,
    root_span_id: int = 0,
    beyond: Beyond | None = None,
    tool_spans_beyond: int = 0,
) -> ExecutionSummary:
    """Return the execution's totals. Tool calls may be among `calls`.

    Args:
        beyond: the calls that were not kept and are not among `calls`.
        tool_spans_beyond: the spans of tools that were not kept.
    """
    beyond = beyond or Beyond()
    agents, models = dict(beyond.agents), dict(beyond.models)
    tools: dict[str, int] = {}
    providers: dict[str, int] = {}
    features: dict[str, int] = {}
    amounts: list[Sums] = []
    for call in calls:
        if call.status == DUPLICATE:
            continue
        amounts.append(sums_of(call))
        cost = call.cost_nano_usd
        agent, model, tool, provider = call.agent or "", call.model or "", call.tool or "", call.provider or ""
        feature = call.identity.feature or ""
        agents[agent] = agents.get(agent, 0) + cost
        models[model] = models.get(model, 0) + cost
        tools[tool] = tools.get(tool, 0) + cost
        providers[provider] = providers.get(provider, 0) + cost
        features[feature] = features.get(feature, 0) + cost
    total = Sums._make(map(sum, zip(*amounts, strict=True))) if amounts else NO_SUMS
    estimated = total.estimated_calls + beyond.calls - beyond.unpriced_calls
    total = total.plus(beyond.sums)
    duplicates = len(calls) - len(amounts)
    if beyond.cost_nano_usd:
        for parts in (tools, providers, features):
            parts[""] = parts.get("", 0) + beyond.cost_nano_usd
    return ExecutionSummary(
        execution_id=trace_id,
        cost_nano_usd=total.cost_nano_usd,
        calls=total.calls,
        unpriced_calls=total.unpriced_calls,
        estimated_calls=estimated,
        duplicates=duplicates,
        tool_calls=tool_spans_beyond
        + sum(1 for fact in facts.values() if fact.reading is not None and fact.reading.kind == TOOL),
        agents=agents,
        models=models,
        user=who.user,
        team=who.team,
        root_name=root_name,
        complete=is_complete,
        start_unix_nano=start_unix_nano,
        end_unix_nano=end_unix_nano,
        calls_list=tuple(calls),
        organization=who.organization,
        feature=who.feature,
        environment=who.environment,
        session=who.session,
        conversation=who.conversation,
        state=state,
        input_tokens=total.input_tokens,
        cache_read_tokens=total.cache_read_tokens,
        cache_write_tokens=total.cache_write_tokens,
        output_tokens=total.output_tokens,
        reasoning_tokens=total.reasoning_tokens,
        tool_cost_nano_usd=total.tool_cost_nano_usd,
        tools=tools,
        providers=providers,
        features=features,
        root_span_id=root_span_id,
    )
