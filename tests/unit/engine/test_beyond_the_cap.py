"""What is booked of spans that an execution has no room to keep. Found in review."""

from __future__ import annotations

from decimal import Decimal

from otel_agentcost.engine.books import Books
from otel_agentcost.engine.engine import Engine
from otel_agentcost.engine.flushing import Flusher
from otel_agentcost.engine.ports import EndedSpan
from otel_agentcost.engine.settings import EngineSettings
from otel_agentcost.ledger.tool_charges import tool_charges
from otel_agentcost.model import names
from otel_agentcost.pricing.settings import ToolSetting
from otel_agentcost.pricing.tool_prices import ToolPrices
from tests.golden.scoring import price_table

from .booked import HOUR, Store
from .spans import CHAT, COST, EPOCH, agent, span

CENT = 10_000_000
PRICES = ToolPrices(
    {
        "search": Decimal("0.01"),
        "browser": ToolSetting(usd_per_session=Decimal("0.03")),
        "mcp:*": Decimal("0.01"),
        "mcp:sandbox": ToolSetting(usd_per_session=Decimal("0.05")),
    }
)
ROOM = 4


class Charging:
    """A process that knows what tools cost, and keeps four spans of an execution."""

    def __init__(self, store: Store) -> None:
        self.now = EPOCH
        limits = EngineSettings(max_spans_per_execution=ROOM)
        self.engine = Engine(price_table(), limits, clock=self.clock, tools=PRICES)
        self.books = Books(None, lambda tree, who: tool_charges(tree, PRICES, who))
        self.engine.keep(self.books)
        self.flusher = Flusher(self.books, store, self.clock, max_spans=ROOM)

    def clock(self) -> int:
        return self.now

    def settle(self) -> None:
        self.now += HOUR
        self.flusher.flush()


def call(number: int) -> EndedSpan:
    return span(number, at=(10 * number, 10 * number + 5), attributes={**CHAT, "gen_ai.response.id": f"resp_{number}"})


def tool(number: int, name: str = "search", *, server: str | None = None) -> EndedSpan:
    attributes = {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": name}
    if server is not None:
        attributes |= {"mcp.method.name": "tools/call", "mcp.server.name": server}
    return span(number, at=(10 * number, 10 * number + 5), attributes=attributes, name=f"execute_tool {name}")


def test_a_tool_beyond_the_cap_costs_what_it_is_priced_and_says_so_once() -> None:
    store = Store()
    process = Charging(store)
    for number in range(2, 2 + ROOM):
        process.engine.end(call(number))
    assert process.engine.end(tool(20))[names.COST_TOOL] == 0.01
    assert names.COST_TOOL not in process.engine.end(tool(20))
    process.settle()
    summary = store.executions[1].summary
    assert (summary.tool_cost_nano_usd, summary.tool_calls) == (CENT, 1)
    assert summary.cost_nano_usd == ROOM * COST + CENT


def test_a_tool_told_again_after_its_commit_costs_nothing_more() -> None:
    store = Store()
    process = Charging(store)
    for number in range(2, 2 + ROOM):
        process.engine.end(call(number))
    for _ in range(3):
        process.engine.end(tool(20))
        process.flusher.flush()
    process.settle()
    assert store.executions[1].summary.tool_cost_nano_usd == CENT


def test_a_session_is_paid_once_by_the_calls_that_are_kept_and_those_that_are_not() -> None:
    for kept in (tool(9, "browser"), call(9)):
        store = Store()
        process = Charging(store)
        for each in (call(2), call(3), call(4), kept):
            process.engine.end(each)
        for number in range(20, 26):
            process.engine.end(tool(number, "browser"))
            process.flusher.flush()
        process.settle()
        assert store.executions[1].summary.tool_cost_nano_usd == 3 * CENT


def test_a_session_that_an_earlier_process_paid_beyond_its_cap_is_not_paid_again_beyond_it() -> None:
    store = Store()
    for first in (20, 30):
        process = Charging(store)
        for number in range(2, 2 + ROOM):
            process.engine.end(call(number))
        process.engine.end(tool(first, "browser"))
        process.engine.end(tool(first + 1, "browser"))
        process.flusher.flush()
    process.settle()
    assert store.executions[1].summary.tool_cost_nano_usd == 3 * CENT


def test_a_session_of_a_server_is_paid_once_whichever_of_its_tools_is_called() -> None:
    store = Store()
    process = Charging(store)
    for number in range(2, 2 + ROOM):
        process.engine.end(call(number))
    for number in range(20, 26):
        process.engine.end(tool(number, f"tool_{number}", server="sandbox"))
        process.flusher.flush()
    process.settle()
    assert store.executions[1].summary.tool_cost_nano_usd == 5 * CENT


def test_requests_cost_something_once_a_caller_is_known_though_neither_is_kept() -> None:
    for commits in (True, False):
        store = Store()
        process = Charging(store)
        for number in range(2, 10):
            process.engine.end(tool(number, server="wiki"))
        if commits:
            process.flusher.flush()
            assert store.executions[1].summary.cost_nano_usd == 0
        process.engine.end(agent())
        process.settle()
        assert store.executions[1].summary.tool_cost_nano_usd == 8 * CENT


def test_the_same_without_books() -> None:
    engine = Engine(price_table(), EngineSettings(max_spans_per_execution=ROOM), tools=PRICES)
    for number in range(2, 10):
        engine.end(tool(number, server="wiki"))
    engine.end(agent())
    (summary,) = engine.settle_all()
    assert summary.tool_cost_nano_usd == 8 * CENT


def test_what_another_process_had_room_for_is_not_withdrawn() -> None:
    store = Store()
    one, other = Charging(store), Charging(store)
    for process, first in ((one, 10), (other, 20), (one, 30), (other, 40)):
        process.engine.end(tool(first))
        for number in range(first + 1, first + 7):
            process.engine.end(call(number))
        process.flusher.flush()
        (stored,) = store.executions.values()
        assert {call.span_id for call in stored.calls} >= set(range(10, 17))
    assert stored.summary.cost_nano_usd == 24 * COST + 4 * CENT
    assert len(stored.calls) == 28


def test_an_agent_whose_calls_are_not_kept_is_not_taken_for_one_without_calls() -> None:
    store = Store()
    process = Charging(store)
    for each in (agent(), *(tool(number, "lookup") for number in range(2, 5)), *map(call, range(10, 20))):
        process.engine.end(each)
    process.settle()
    summary = store.executions[1].summary
    assert (summary.calls, summary.unpriced_calls) == (10, 0)


def test_a_tool_inside_a_call_beyond_the_cap_does_not_stand_for_the_call() -> None:
    store = Store()
    process = Charging(store)
    for number in range(2, 2 + ROOM):
        process.engine.end(call(number))
    process.engine.end(tool(20)._replace(parent_span_id=21))
    process.engine.end(call(21))
    process.settle()
    summary = store.executions[1].summary
    assert summary.cost_nano_usd == (ROOM + 1) * COST + CENT
