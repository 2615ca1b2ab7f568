"""The engine: ended spans in, attributes for them out, executions settled. No I/O; the edges do that.

One lock guards the executions; reading and pricing, which need none, happen outside it.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from typing import cast

from otel_agentcost.conventions.registry import looks_like_ai, read_span, scope_is_ai
from otel_agentcost.conventions.values import text
from otel_agentcost.engine.books import Books
from otel_agentcost.engine.crossings import Crossings
from otel_agentcost.engine.departures import Departures
from otel_agentcost.engine.enrichment import AttributeValue, call_attributes, subtree_attributes
from otel_agentcost.engine.identity import IdentityResolver
from otel_agentcost.engine.live import LiveExecutions
from otel_agentcost.engine.ports import Clock, EndedSpan, Prices, Sink
from otel_agentcost.engine.processes import Processes
from otel_agentcost.engine.quoting import or_stated, quote_reading
from otel_agentcost.engine.settings import EngineSettings
from otel_agentcost.engine.stats import EngineStats
from otel_agentcost.engine.tool_costs import charge_tool
from otel_agentcost.ledger.execution import Execution
from otel_agentcost.ledger.standing import Verdict, standing
from otel_agentcost.ledger.summary import calls_of, identity_of
from otel_agentcost.ledger.tool_charges import ToolPrices
from otel_agentcost.ledger.total import NOTHING, Total
from otel_agentcost.model import names
from otel_agentcost.model.call import Call
from otel_agentcost.model.execution import ExecutionSummary
from otel_agentcost.model.fact import Fact
from otel_agentcost.model.money import NanoUsd, to_usd
from otel_agentcost.model.outcome import DUPLICATE, UNPRICED, Reason
from otel_agentcost.model.reading import AGENT, TOOL, WORKFLOW, Reading, SpanView

_NO_ATTRIBUTES: Mapping[str, AttributeValue] = {}
_ALREADY_TOLD = Verdict(DUPLICATE, Reason.SAME_CALL)
_SHOWS_SUBTREE = frozenset({AGENT, WORKFLOW, TOOL})


class Engine:
    """Reads, prices, judges and records ended spans. Thread-safe.

    Args:
        prices: the price table; `engine.prices` may be replaced by another at any time.
        settings: what to write and how much to keep.
        sink: is given each execution when it settles.
        clock: tells when an execution has been quiet for so long that it settles by itself; without one (a replay,
            whose spans carry the time of another day) executions settle when they are told to.
        tools: what calls of tools cost by themselves.
    """

    def __init__(
        self,
        prices: Prices,
        settings: EngineSettings | None = None,
        sink: Sink | None = None,
        clock: Clock | None = None,
        tools: ToolPrices | None = None,
    ) -> None:
        self.prices = prices
        self.settings = settings or EngineSettings()
        self.books: Books | None = None
        self._tools = tools
        self._identity = IdentityResolver(self.settings.identity)
        self._processes = Processes()
        self._stats = EngineStats()
        self._departures = Departures(self._stats, sink, tools)
        self._live = LiveExecutions(
            self.settings.max_executions,
            self.settings.max_spans_per_execution,
            int(self.settings.idle_seconds * 1e9),
            clock,
            self._departures,
        )
        self._crossings = Crossings()
        self._lock = threading.RLock()

    def keep(self, books: Books) -> None:
        """Have books kept from now on, so that executions become durable and are told of. They need a clock.

        What is live already enters them too.
        """
        with self._lock:
            self.books = self._departures.books = books
            books.keep(self._live, self._lock, self._crossings)

    def end(self, span: EndedSpan) -> Mapping[str, AttributeValue]:
        """Record an ended span and return the attributes to add to it."""
        if not looks_like_ai(span.attributes) and not scope_is_ai(span.scope_name):
            return self._end_plain(span)
        return self.end_ai(span)

    def end_ai(self, span: EndedSpan) -> Mapping[str, AttributeValue]:
        """Record an ended span that bears a mark of AI telemetry."""
        # An EndedSpan has all that a SpanView has; a copy would cost as much as reading the span.
        reading = read_span(cast("SpanView", span))
        if reading is None:
            return self._end_plain(span)
        quote = quote_reading(self.prices, reading, span.start_unix_nano)
        if quote is not None and quote.status == UNPRICED and reading.covers == "call":
            quote = or_stated(quote, reading.usage, span.attributes)
        fact = Fact(
            span.trace_id,
            span.span_id,
            span.parent_span_id,
            span.name,
            span.scope_name,
            span.start_unix_nano,
            span.end_unix_nano,
            reading,
            quote,
            self._identity.resolve(span.attributes, span.baggage, span.resource, reading),
            self._processes.fingerprint(span.resource),
        )
        with self._lock:
            self._stats.ai_spans += 1
            own = 0
            if self.books is not None and not self.books.has_room_for(fact):
                verdict, total = (standing(fact) if reading.is_billable else None), NOTHING
            else:
                verdict, total, own = self._record(fact, reading, span.is_local_root)
        attributes: dict[str, AttributeValue] = {}
        if verdict is not None:
            attributes = self._call_attributes(span, fact, reading, verdict)
        if span.is_local_root or reading.kind in _SHOWS_SUBTREE:
            attributes.update(subtree_attributes(total))
        if own:
            attributes[names.COST_TOOL] = to_usd(own)
        return attributes

    def concerns(self, trace_id: int, span_id: int, is_local_root: bool) -> bool:
        """Return whether an ended span that is not about AI matters: calls lie below it, or it ends an execution.

        For an edge that sees children end before their parents. It spares nearly all spans of a process the lock and
        the memory of a link; what ends below such a span later is still counted, but has lost the way to its agent.
        """
        execution = self._live.warm(trace_id)
        if execution is None:
            if not self._live.has_cold():
                return False
            with self._lock:
                execution = self._live.get(trace_id)
        return execution is not None and (is_local_root or execution.holds(span_id))

    def end_other(
        self,
        trace_id: int,
        span_id: int,
        parent_span_id: int,
        is_local_root: bool,
        name: str,
        start_unix_nano: int,
        end_unix_nano: int,
    ) -> Mapping[str, AttributeValue]:
        """Record a span that is not about AI: it only links others, and shows the total where it is a local root."""
        with self._lock:
            self._stats.spans += 1
            execution = self._live.get(trace_id)
            if execution is None:
                execution = self._live.hear(trace_id, start_unix_nano, end_unix_nano)
            total = execution.close(span_id, parent_span_id)
            if self.books is not None:
                self.books.linked(execution, span_id, parent_span_id)
            if not is_local_root:
                return _NO_ATTRIBUTES
            self._live.note_root(execution, span_id, parent_span_id, text(name))
            execution.start_unix_nano = min(execution.start_unix_nano, start_unix_nano)
            execution.end_unix_nano = max(execution.end_unix_nano, end_unix_nano)
        return subtree_attributes(total)

    def total(self, trace_id: int) -> Total:
        """Return what a live execution's calls cost so far."""
        with self._lock:
            execution = self._live.get(trace_id)
            return NOTHING if execution is None else execution.total()

    def tokens(self, trace_id: int) -> int:
        """Return the input and output tokens of a live execution's calls so far, those of its calls that are kept."""
        with self._lock:
            execution = self._live.get(trace_id)
            return 0 if execution is None else execution.tokens()

    def calls(self, trace_id: int) -> list[Call]:
        """Return the calls of a live execution as judged so far, by start time."""
        with self._lock:
            execution = self._live.get(trace_id)
            if execution is None:
                return []
            return calls_of(execution.facts, execution.tree(), execution.verdicts, identity_of(execution.facts))

    def settle(self, trace_id: int) -> ExecutionSummary | None:
        """Give the final verdicts of one execution, hand it to the sink and forget it; None where none is known."""
        with self._lock:
            execution = self._live.pop(trace_id)
            if execution is None or not execution.is_about_ai():
                return None
            return self._departures.settle(execution)

    def retire(self) -> None:
        """Hand the books every live execution, before the end: one whose root has ended settles, another stays open."""
        with self._lock:
            for execution in self._live.pop_warm():
                (self._departures.expired if execution.is_complete else self._departures.evicted)(execution)
            self._live.retire_cold()
            if self.books is not None:
                self.books.is_ending = True

    def settle_all(self) -> Iterator[ExecutionSummary]:
        """Settle every execution, with the calls told in two traces resolved between them.

        A trace without a span about AI is no execution.
        """
        with self._lock:
            executions = self._live.pop_all()
        spans = {span_id for execution in executions for span_id in execution.facts}
        for execution in executions:
            execution.settle(spans)
        self._crossings.resolve(executions)
        for execution in executions:
            if execution.is_about_ai():
                with self._lock:
                    summary = self._departures.settle(execution)
                yield summary

    def stats(self) -> EngineStats:
        """Return the counts so far."""
        with self._lock:
            stats = self._stats
            return EngineStats(
                stats.spans + stats.ai_spans,
                stats.ai_spans,
                self._live.opened,
                stats.evicted_executions,
                stats.settled_executions,
                stats.corrections + sum(execution.corrections for execution in self._live),
                dict(stats.calls_by_status),
            )

    def _end_plain(self, span: EndedSpan) -> Mapping[str, AttributeValue]:
        return self.end_other(
            span.trace_id, span.span_id, span.parent_span_id, span.is_local_root, span.name,
            span.start_unix_nano, span.end_unix_nano,
        )  # fmt: skip

    def _record(self, fact: Fact, reading: Reading, is_local_root: bool) -> tuple[Verdict | None, Total, NanoUsd]:
        """Record an AI span with its execution; return its verdict, what lies below it, and a tool's own cost."""
        execution = self._live.hear(fact.trace_id, fact.start_unix_nano, fact.end_unix_nano)
        is_new = fact.span_id not in execution.facts
        verdict = execution.record(fact)
        own = self._charge(execution, fact, reading) if reading.kind == TOOL and is_new else 0
        total = execution.close(fact.span_id, fact.parent_span_id)
        if verdict is not None and is_new:
            by_status = self._stats.calls_by_status
            by_status[verdict.status] = by_status.get(verdict.status, 0) + 1
            if fact.span_id not in execution.facts:
                pass  # beyond the spans that are kept: it stands for itself, and nothing is compared with it
            elif reading.is_billable:
                verdict = self._crossings.note(execution, fact, verdict, self._live.warm)
            else:
                verdict = self._crossings.note_sum(execution, fact, verdict)
            if execution.superseded:
                # An exported span bears this call's cost already; the ledger and the totals above take the better
                # numbers from here, but a sum over spans must not find the call twice.
                verdict = _ALREADY_TOLD
        if is_local_root:
            self._live.note_root(execution, fact.span_id, fact.parent_span_id, text(fact.name))
        if is_new and self.books is not None:
            self.books.recorded(execution, fact, verdict)
        return verdict, total, own

    def _charge(self, execution: Execution, fact: Fact, reading: Reading) -> NanoUsd:
        tools = self._tools
        if tools is None or not (tools or reading.reported_cost_nano_usd):
            return 0  # the usual case, spared the look at all tools of the execution
        return charge_tool(execution, fact, tools)

    def _call_attributes(
        self, span: EndedSpan, fact: Fact, reading: Reading, verdict: Verdict
    ) -> dict[str, AttributeValue]:
        breakdown = None
        if self.settings.detail and verdict.cost_nano_usd and reading.usage is not None:
            breakdown = self.prices.breakdown(
                reading.provider, reading.response_model, reading.request_model, reading.host,
                reading.usage, span.start_unix_nano, reading.service_tier, reading.region,
            )  # fmt: skip
            if breakdown is not None and sum(breakdown) != verdict.cost_nano_usd:
                breakdown = None  # the cost was reported or stated: the table's parts are not its parts
        return call_attributes(verdict, fact.quote, breakdown, self.settings)
