"""Of an execution with more spans than are kept, the totals are those of all its spans, however they come in."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from otel_agentcost.engine.books import Books
from otel_agentcost.engine.engine import Engine
from otel_agentcost.engine.flushing import Flusher
from otel_agentcost.engine.ports import EndedSpan
from otel_agentcost.engine.settings import EngineSettings
from otel_agentcost.engine.signals import Committed
from otel_agentcost.engine.store import AnswerLostError
from otel_agentcost.ledger.tool_charges import tool_charges
from otel_agentcost.model.books import Change
from otel_agentcost.model.execution import ExecutionSummary
from otel_agentcost.model.sums import NO_SUMS, sums_of
from otel_agentcost.pricing.tool_prices import ToolPrices
from tests.golden.scoring import price_table

from .examples import examples
from .naive_store import NaiveStore
from .trees import EPOCH_NANO, MS

EXAMPLES = settings(max_examples=examples(150), deadline=None)
HOUR = 3_600 * 10**9
MAX_SPANS = 8
SEARCH_NANO_USD = 10_000_000
TOOLS = ToolPrices({"search": Decimal("0.01")})


class Totals(NamedTuple):
    cost_nano_usd: int
    calls: int
    unpriced_calls: int
    input_tokens: int
    output_tokens: int
    tool_cost_nano_usd: int
    tool_calls: int


class Forgetful(NaiveStore):
    """Loses the answer to a commit that it has written, when it is told to."""

    loses = False

    def commit(self, changes: Sequence[Change]) -> Collection[int]:
        left_out = super().commit(changes)
        if self.loses:
            self.loses = False
            raise AnswerLostError
        return left_out


class Process:
    """An engine with its books on a store that it shares with others; what it tells its signals adds up."""

    def __init__(self, store: NaiveStore, max_spans: int = MAX_SPANS, max_executions: int = 1_000) -> None:
        self.now = 10**18
        limits = EngineSettings(max_spans_per_execution=max_spans, max_executions=max_executions)
        self.engine = Engine(price_table(), limits, clock=self._clock, tools=TOOLS)
        self.books = Books(self, lambda tree, who: tool_charges(tree, TOOLS, who))
        self.engine.keep(self.books)
        self.flusher = Flusher(self.books, store, self._clock, max_spans=max_spans)
        self.told = NO_SUMS

    def committed(self, committed: Committed) -> None:
        for call, before in zip(committed.change.calls, committed.before, strict=True):
            self.told = self.told.plus(sums_of(call)).minus(NO_SUMS if before is None else sums_of(before))
        for call in committed.withdrawn:
            self.told = self.told.minus(sums_of(call))

    def finish(self) -> None:
        """Let time pass until every execution has settled."""
        for _ in range(2):
            self.now += HOUR
            self.flusher.flush()

    def _clock(self) -> int:
        return self.now


def drawn(data: st.DataObject) -> tuple[list[EndedSpan], Totals]:
    """Return an agent's calls of models and of tools, each told by one span, with what they come to."""
    has_sum = data.draw(st.booleans())
    others = () if has_sum else ("plain",)  # a link between an agent and its calls that is not kept hides them from it
    kinds = data.draw(st.lists(st.sampled_from(("call", "call", "search", "request", "free", *others)), max_size=24))
    truth = Totals(0, 0, 0, 0, 0, 0, 0)
    spans: list[EndedSpan] = []
    holder = 1
    for number, kind in enumerate(["call", *kinds], start=2):
        if kind == "plain":
            spans.append(span(number, 1, {}))
            holder = number
            continue
        if kind == "call":
            tokens = (100 + number, 10 + number)
            spans.append(span(number, holder, chat(f"resp_{number}", *tokens)))
            cost = tokens[0] * 150 + tokens[1] * 600
            truth = add(truth, (cost, 1, 0, *tokens, 0, 0))
        else:
            spans.append(span(number, holder, tool(number, kind)))
            cost = 0 if kind == "free" else SEARCH_NANO_USD
            truth = add(truth, (cost, 0, 0, 0, 0, cost, 1))
    agent = {"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "planner"}
    if has_sum:  # its sum is no call of its own
        agent |= {"gen_ai.request.model": "gpt-4o-mini", "gen_ai.provider.name": "openai"}
        agent |= {"gen_ai.usage.input_tokens": truth.input_tokens, "gen_ai.usage.output_tokens": truth.output_tokens}
    spans.append(span(1, 0, agent))
    return spans, truth


def chat(response_id: str, input_tokens: int, output_tokens: int) -> dict[str, Any]:
    return {
        "gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai", "gen_ai.request.model": "gpt-4o-mini",
        "gen_ai.response.id": response_id,
        "gen_ai.usage.input_tokens": input_tokens, "gen_ai.usage.output_tokens": output_tokens,
    }  # fmt: skip


def tool(number: int, kind: str) -> dict[str, Any]:
    name = "lookup" if kind == "free" else "search"
    found = {"gen_ai.tool.name": name, "gen_ai.tool.call.id": f"call_{number}", "gen_ai.operation.name": "execute_tool"}
    return found | {"mcp.method.name": "tools/call"} if kind == "request" else found


def span(span_id: int, parent: int, attributes: dict[str, Any]) -> EndedSpan:
    start = EPOCH_NANO + 100 * span_id * MS if parent else EPOCH_NANO
    end = start + 50 * MS if parent else EPOCH_NANO + HOUR
    return EndedSpan(1, span_id, parent, "", "app", "1", start, end, attributes, is_local_root=not parent)


def add(truth: Totals, amounts: Sequence[int]) -> Totals:
    return Totals._make(map(int.__add__, truth, amounts))


def totals(summary: ExecutionSummary) -> Totals:
    return Totals._make(getattr(summary, name) for name in Totals._fields)


def check(store: NaiveStore, truth: Totals, fleet: Sequence[Process] = ()) -> None:
    stored = store.executions[1]
    assert totals(stored.summary) == truth
    assert stored.is_settled
    rows = NO_SUMS
    for call in stored.calls:
        rows = rows.plus(sums_of(call))
    assert (rows.cost_nano_usd, rows.calls, rows.tool_cost_nano_usd) == (truth[0], truth[1], truth[5])
    days = NO_SUMS
    for (_, dimension, _), sums in store.days.items():
        days = days.plus(sums) if dimension == "model" else days
    assert days._replace(executions=0) == rows
    if fleet:
        told = NO_SUMS
        for process in fleet:
            told = told.plus(process.told)
        assert told == rows


def in_any_order(data: st.DataObject, spans: Sequence[EndedSpan]) -> Sequence[EndedSpan]:
    again = data.draw(st.lists(st.sampled_from(spans), max_size=8))
    return data.draw(st.permutations([*spans, *again]))


@EXAMPLES
@given(st.data())
def test_without_books_the_totals_are_those_of_all_spans(data: st.DataObject) -> None:
    spans, truth = drawn(data)
    engine = Engine(price_table(), EngineSettings(max_spans_per_execution=MAX_SPANS), tools=TOOLS)
    for each in in_any_order(data, spans):
        engine.end(each)
    (summary,) = engine.settle_all()
    assert totals(summary) == truth


@EXAMPLES
@given(st.data())
def test_any_order_and_split_over_processes_and_commits_ends_in_the_same_totals(data: st.DataObject) -> None:
    spans, truth = drawn(data)
    store = Forgetful()
    rooms = data.draw(st.lists(st.sampled_from((MAX_SPANS, MAX_SPANS, 3, 1_000)), min_size=1, max_size=3))
    fleet = [Process(store, room, data.draw(st.sampled_from((1, 1_000)))) for room in rooms]
    for each in in_any_order(data, spans):
        process = data.draw(st.sampled_from(fleet))
        process.engine.end(each)
        then = data.draw(st.sampled_from(("go on", "go on", "flush", "lose", "evict")))
        if then == "evict":  # where one execution is live at a time
            process.engine.end(span(1, 0, {})._replace(trace_id=2))
        elif then != "go on":
            store.loses = then == "lose"
            with contextlib.suppress(AnswerLostError):
                process.flusher.flush()
            store.loses = False
    for process in fleet:
        process.finish()
    check(store, truth, fleet)


@EXAMPLES
@given(st.data())
def test_a_process_that_dies_leaves_the_totals_right(data: st.DataObject) -> None:
    """It commits now and then, and dies; another gets again what was not told to be durable, and settles all."""
    spans, truth = drawn(data)
    order = in_any_order(data, spans)
    store = NaiveStore()
    dying = Process(store)
    died_at, acknowledged = data.draw(st.integers(0, len(order))), 0
    for at, each in enumerate(order[:died_at], start=1):
        dying.engine.end(each)
        if data.draw(st.integers(0, 4)) == 0:
            dying.flusher.flush()
            acknowledged = at
    heir = Process(store)
    if data.draw(st.booleans()):
        heir.finish()  # it settles what is there before it hears of the rest
    for each in order[data.draw(st.integers(0, acknowledged)) :]:
        heir.engine.end(each)
    heir.finish()
    check(store, truth)
