"""Charge the calls of tools that have a price of their own, each call once.

A model call inside a tool is charged as any other; the tool's own price comes on top. What is charged depends on the
set of spans only, never on the order in which they came.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple, Protocol, TypeAlias

from otel_agentcost.ledger.beyond import Beyond
from otel_agentcost.ledger.summary import identity_of, merge
from otel_agentcost.ledger.tool_calls import ToolCall, tool_calls
from otel_agentcost.ledger.tree import Tree
from otel_agentcost.model.call import TOOL_CALL, Call
from otel_agentcost.model.fact import Fact
from otel_agentcost.model.identity import Identity
from otel_agentcost.model.money import NANO_PER_USD, NanoUsd
from otel_agentcost.model.outcome import DUPLICATE, FREE, PRICED, UNPRICED, Reason, Status
from otel_agentcost.model.reading import MCP_TOOL_CALL, OTHER, TOOL, Reading
from otel_agentcost.model.tool_price import ToolPrice
from otel_agentcost.model.usage import Usage

MAX_REPORTED_NANO_USD = 10_000 * NANO_PER_USD
"""No single call of a tool costs more: a reported cost above it is nonsense."""

OPERATION = "execute_tool"
_WEB_SEARCH = "web_search"
_NO_USAGE = Usage()


class ToolPrices(Protocol):
    """The prices of tools, as `pricing.tool_prices.ToolPrices` has them."""

    def price(self, tool: str | None, mcp_server: str | None = None, /) -> ToolPrice | None: ...


class _Charge(NamedTuple):
    """How one span of a tool ends in the books."""

    status: Status
    reason: str | None = None
    cost_nano_usd: NanoUsd = 0
    payer_span_id: int = 0
    price_id: str | None = None


_Bill: TypeAlias = "ToolPrice | NanoUsd"
"""What a span of a tool costs: by the configuration, or as the provider or a gateway reported it."""


def tool_charges(tree: Tree, prices: ToolPrices, who: Identity | None = None) -> list[Call]:
    """Return the calls of tools that cost something by themselves, and the other spans that stand for them, by start.

    Args:
        tree: the spans of one execution.
        prices: what tools cost.
        who: the execution's identity, which completes each call's; worked out where it is not given.
    """
    tools = [fact for fact in tree.facts.values() if fact.reading is not None and fact.reading.kind == TOOL]
    bills = dict(_bills(tools, prices, tree)) if tools else {}
    if not bills:
        return []
    who = identity_of(tree.facts) if who is None else who
    calls = tool_calls(tools, tree)
    charged = _charged(calls, bills, tree)
    servers = {fact.span_id: server for call in calls if (server := _server(call)) for fact in call.spans}
    return [
        _call(fact, charged[fact.span_id], servers.get(fact.span_id), tree, who)
        for fact in sorted(tools, key=lambda f: (f.start_unix_nano, f.span_id))
        if fact.span_id in charged
    ]


def charge_beyond(fact: Fact, beyond: Beyond, charge: Callable[[Tree], Sequence[Call]]) -> Call | None:
    """Return the call of a tool's span that is not kept; None where it costs nothing by itself.

    It is compared with no other span, but pays no session that one has paid before.

    Args:
        charge: returns what the tools of a tree cost by themselves.
    """
    charged = charge(Tree(beyond.beside(fact), {}))
    return next((call for call in charged if call.span_id == fact.span_id), None)


def with_caller(facts: Mapping[int, Fact], beyond: Beyond | None) -> Mapping[int, Fact]:
    """Return the spans with one that may have called the tools, though it is not kept: who serves a call bills none."""
    caller = None if beyond is None else beyond.caller
    return facts if caller is None or caller.span_id in facts else {**facts, caller.span_id: caller}


def _bills(tools: Sequence[Fact], prices: ToolPrices, tree: Tree) -> Iterator[tuple[int, _Bill]]:
    """Yield what spans cost by themselves. The provider's own bill goes before the configuration.

    A cost reported for a tool inside which model calls have a cost may hold theirs: they are charged, it is not.
    """
    around_calls: set[int] | None = None
    for fact in tools:
        reading = fact.reading
        if reading is None:
            continue
        reported = reading.reported_cost_nano_usd
        if reported is not None and reported <= MAX_REPORTED_NANO_USD:
            if around_calls is None:
                around_calls = _around_priced_calls(tree)
            if fact.span_id not in around_calls:
                yield fact.span_id, reported
                continue
        price = prices.price(reading.tool, reading.mcp_server)
        if price is not None:
            yield fact.span_id, price


def _around_priced_calls(tree: Tree) -> set[int]:
    found: set[int] = set()
    for fact in tree.facts.values():
        if fact.quote is not None and fact.quote.status != UNPRICED:
            tree.mark_above(fact.span_id, found)
    return found


def _charged(calls: Sequence[ToolCall], bills: Mapping[int, _Bill], tree: Tree) -> dict[int, _Charge]:
    """Return how each span of the calls that have a price ends."""
    payers: dict[int, Fact] = {}
    for call in calls:
        payer = _payer(call, bills, tree)
        if payer is not None:
            payers.update((fact.span_id, payer) for fact in call.spans)
    priced = [call for call in calls if call.spans[0].span_id in payers]
    priced.sort(key=lambda call: _place(payers[call.spans[0].span_id]))
    has_caller = _has_caller(tree)
    sessions: set[tuple[str, str | None]] = set()
    charged: dict[int, _Charge] = {}
    for call in priced:
        payer = payers[call.spans[0].span_id]
        elsewhere = _paid_elsewhere(call, payers, tree, has_caller=has_caller)
        if elsewhere is not None:
            charged.update((fact.span_id, elsewhere) for fact in call.spans)
            continue
        repeated = _Charge(DUPLICATE, Reason.SAME_CALL, 0, payer.span_id)
        charged.update((fact.span_id, repeated) for fact in call.spans)
        charged[payer.span_id] = _cost(call, payer, bills[payer.span_id], sessions)
    return charged


def _payer(call: ToolCall, bills: Mapping[int, _Bill], tree: Tree) -> Fact | None:
    """Return the span whose price is the most specific, the innermost among equals."""

    def preference(fact: Fact) -> tuple[bool, int, int, int, int]:
        bill = bills[fact.span_id]
        is_reported, rank = (False, bill.rank) if isinstance(bill, ToolPrice) else (True, 0)
        return (is_reported, rank, tree.depth(fact.span_id), -fact.start_unix_nano, -fact.span_id)

    return max((fact for fact in call.spans if fact.span_id in bills), key=preference, default=None)


def _paid_elsewhere(call: ToolCall, payers: Mapping[int, Fact], tree: Tree, *, has_caller: bool) -> _Charge | None:
    """Return the charge of a call that something else pays, None where it pays for itself."""
    attempts = [payers[span_id] for span_id in call.holds if span_id in payers]
    if attempts:
        return _Charge(DUPLICATE, Reason.REPEATS_ITS_CHILDREN, 0, attempts[-1].span_id)
    for fact in call.spans:
        search = _search_told_by_a_model_call(fact, tree)
        if search is not None:
            return _Charge(DUPLICATE, Reason.SAME_CALL, 0, search.span_id)
    return None if has_caller else _Charge(DUPLICATE, Reason.TOLD_BY_SERVER)


def _search_told_by_a_model_call(fact: Fact, tree: Tree) -> Fact | None:
    """Return the model call around a search whose usage counts the searches that the provider ran and bills."""
    reading = fact.reading
    if reading is None or (reading.tool or "").lower() != _WEB_SEARCH:
        return None
    around = tree.enclosing_call(fact.span_id)
    usage = None if around is None or around.reading is None else around.reading.usage
    return around if usage is not None and usage.web_searches else None


def _has_caller(tree: Tree) -> bool:
    """Return whether anything in the execution may have called a tool.

    Where all that is about AI are requests to an MCP server, and what lies inside them, the execution is what a server
    tells of its calls in a trace of its own; whoever made them tells of them too.
    """
    return any(
        _is_about_ai(fact.reading)
        and not _is_request(fact.reading)
        and not any(_is_request(ancestor.reading) for ancestor in tree.ancestors(fact.span_id))
        for fact in tree.facts.values()
    )


def _is_about_ai(reading: Reading | None) -> bool:
    return reading is not None and reading.kind != OTHER


def _is_request(reading: Reading | None) -> bool:
    return reading is not None and reading.operation == MCP_TOOL_CALL


def _cost(call: ToolCall, payer: Fact, bill: _Bill, sessions: set[tuple[str, str | None]]) -> _Charge:
    """Return what a call costs. `sessions` holds those that have been paid, and is added to."""
    if not isinstance(bill, ToolPrice):
        return _Charge(PRICED if bill else FREE, None, bill)
    if not bill.charges_failed and all(fact.reading is not None and fact.reading.is_failed for fact in call.spans):
        return _Charge(FREE, Reason.CALL_FAILED, 0, 0, bill.price_id)
    cost, reason = bill.nano_usd_per_call, None
    if bill.nano_usd_per_session:
        session = (bill.price_id, _session_of(payer, bill))
        if session not in sessions:
            sessions.add(session)
            cost += bill.nano_usd_per_session
        elif not cost:
            reason = Reason.SESSION_PAID
    return _Charge(PRICED if cost else FREE, reason, cost, 0, bill.price_id)


def _session_of(payer: Fact, price: ToolPrice) -> str | None:
    reading = payer.reading
    name = None if reading is None else reading.mcp_server if price.is_per_server else reading.tool
    return None if name is None else name.strip().lower()


def _server(call: ToolCall) -> str | None:
    return next((fact.reading.mcp_server for fact in call.spans if fact.reading and fact.reading.mcp_server), None)


def _place(fact: Fact) -> tuple[int, int]:
    return (fact.start_unix_nano, fact.span_id)


def _call(fact: Fact, charge: _Charge, server: str | None, tree: Tree, who: Identity) -> Call:
    reading = fact.reading
    return Call(
        trace_id=fact.trace_id,
        span_id=fact.span_id,
        parent_span_id=fact.parent_span_id,
        status=charge.status,
        reason=charge.reason,
        provider=None if server is None else f"mcp:{server}",
        model=None,
        request_model=None,
        operation=OPERATION,
        usage=_NO_USAGE,
        cost_nano_usd=charge.cost_nano_usd,
        agent=tree.agent_of(fact),
        tool=None if reading is None else reading.tool,
        response_id=None,
        start_unix_nano=fact.start_unix_nano,
        end_unix_nano=fact.end_unix_nano,
        convention="" if reading is None else reading.convention,
        price_id=charge.price_id,
        identity=merge(fact.identity, who),
        kind=TOOL_CALL,
        payer_span_id=charge.payer_span_id,
    )
