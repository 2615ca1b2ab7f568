"""Which calls of an execution stand in the books: those judged, what its tools cost, and those that are not kept."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import NamedTuple

from msgspec.structs import replace

from otel_agentcost.ledger.beyond import CONCLUSIONS, Beyond, above_calls
from otel_agentcost.ledger.execution import Execution
from otel_agentcost.ledger.snapshot import Snapshot
from otel_agentcost.ledger.standing import Verdict
from otel_agentcost.ledger.summary import calls_of
from otel_agentcost.ledger.tool_charges import charge_beyond, with_caller
from otel_agentcost.ledger.tree import Tree
from otel_agentcost.model.call import Call
from otel_agentcost.model.fact import Fact
from otel_agentcost.model.identity import Identity
from otel_agentcost.model.outcome import Reason
from otel_agentcost.model.reading import TOOL

ToolCharges = Callable[[Tree, Identity], Sequence[Call]]
"""What the tool calls of an execution cost by themselves."""


class PendingBeyond(NamedTuple):
    """What waits of the spans that an execution has no room for."""

    calls: Mapping[int, Call]
    tools: tuple[Fact, ...] = ()
    """Spans of tools that no commit has held, and those that nobody had called so far."""
    tool_spans: int = 0
    """All of them, committed or not."""
    known: Beyond | None = None
    """None where there was room for all."""


def pending_beyond(execution: Execution, calls: Mapping[int, Call], fresh: Iterable[Fact]) -> PendingBeyond:
    """Return what waits. Called under the lock."""
    known, facts = execution.beyond, execution.facts
    if known is None:
        return PendingBeyond(dict(calls))
    tools = [fact for fact in fresh if fact.span_id not in facts and _is_tool(fact)]
    if known.caller is not None:
        tools += known.unclaimed.values()
    return PendingBeyond(dict(calls), tuple(tools), known.tool_spans, known)


def calls_to_book(
    snapshot: Snapshot,
    verdicts: Mapping[int, Verdict],
    who: Identity,
    tool_charges: ToolCharges | None,
    booked: Mapping[int, Call],
    beyond: PendingBeyond,
) -> dict[int, Call]:
    """Return the calls by span id.

    Where spans are not kept, what is booked of them stands: another process may have had the room to judge them.
    """
    facts, parents = snapshot.facts, snapshot.parents
    tree = Tree(facts, parents)
    now = {call.span_id: call for call in calls_of(facts, tree, verdicts, who)}
    if tool_charges is not None:
        known = beyond.known
        _add_tools(now, tool_charges(tree if known is None else Tree(with_caller(facts, known), parents), who))
        if known is not None:
            charge = partial(_charge_tree, tool_charges, who)
            alone = (charge_beyond(fact, known, charge) for fact in beyond.tools if _is_open(fact, booked))
            now.update((call.span_id, call) for call in alone if call is not None)
    now.update(beyond.calls)
    if beyond.known is not None or not booked.keys() <= now.keys():
        stays = not_kept(booked, facts)
        if beyond.known is not None:
            for span_id in _overtaken(stays, now, tree, beyond.known):
                del stays[span_id]
        now.update(stays)
    return now


def not_kept(booked: Mapping[int, Call], facts: Mapping[int, Fact]) -> dict[int, Call]:
    """Return the calls in the books whose spans there is no room for here.

    What was concluded from other spans has no span of its own, and must be concluded again.
    """
    return {s: call for s, call in booked.items() if s not in facts and call.reason not in CONCLUSIONS}


def firm(snapshot: Snapshot) -> dict[int, Verdict]:
    """Return the verdicts that do not wait for the execution to settle: those of spans that stand for one call."""
    found: dict[int, Verdict] = {}
    for span_id, verdict in snapshot.verdicts.items():
        fact = snapshot.facts.get(span_id)
        reading = None if fact is None else fact.reading
        if reading is not None and reading.is_billable and reading.covers == "call":
            found[span_id] = verdict
    return found


def _is_open(fact: Fact, booked: Mapping[int, Call]) -> bool:
    call = booked.get(fact.span_id)
    return call is None or call.reason == Reason.TOLD_BY_SERVER


def _overtaken(stays: Mapping[int, Call], now: Mapping[int, Call], tree: Tree, known: Beyond) -> list[int]:
    """Return calls that do not stand any more: sums over calls that count now, and tools whose caller is known now."""
    claimed = [
        span_id
        for span_id, call in stays.items()
        if call.reason == Reason.TOLD_BY_SERVER and span_id in known.unclaimed and span_id in now
    ]
    sums = known.holders & stays.keys()
    if not sums:
        return claimed
    readings = ((fact, fact.reading) for fact in tree.facts.values())
    parents = {fact.parent_span_id for fact, reading in readings if reading is not None and reading.is_billable}
    return [*claimed, *(sums & above_calls(parents | known.parents, tree))]


def _charge_tree(tool_charges: ToolCharges, who: Identity, tree: Tree) -> Sequence[Call]:
    return tool_charges(tree, who)


def _add_tools(now: dict[int, Call], charges: Iterable[Call]) -> None:
    for charge in charges:
        # The span of a tool may also stand for a model call inside it that nothing recorded.
        unrecorded = now.get(charge.span_id)
        if unrecorded is not None:
            apart = replace(unrecorded, span_id=_made_up(charge.span_id), parent_span_id=charge.span_id)
            now[apart.span_id] = apart
        now[charge.span_id] = charge


def _is_tool(fact: Fact) -> bool:
    return fact.reading is not None and fact.reading.kind == TOOL


def _made_up(span_id: int) -> int:
    """Return the id of a call that has no span of its own, made of the id of the span that proves it."""
    digest = hashlib.blake2b(span_id.to_bytes(8, "big"), digest_size=8, person=b"unrecorded").digest()
    return int.from_bytes(digest, "big") or 1
