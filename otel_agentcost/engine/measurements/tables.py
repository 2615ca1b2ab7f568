"""What is added up over calls and executions, and by which labels."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from otel_agentcost.engine.measurements import catalogue
from otel_agentcost.engine.measurements.counters import Column, CounterTable
from otel_agentcost.engine.measurements.histograms import Exemplar, HistogramTable, Watcher
from otel_agentcost.engine.measurements.label_sets import Key
from otel_agentcost.engine.measurements.settings import ExportSettings
from otel_agentcost.engine.measurements.spend_rate import SpendRate
from otel_agentcost.model import names
from otel_agentcost.model.call import TOOL_CALL, Call
from otel_agentcost.model.execution import ExecutionSummary
from otel_agentcost.model.outcome import DUPLICATE, ESTIMATED, UNPRICED, Reason

SPEND_LABELS = (
    names.PROVIDER, names.RESPONSE_MODEL, names.AGENT, names.TOOL, names.FEATURE, names.TEAM, names.ENVIRONMENT,
)  # fmt: skip
OPERATION_LABELS = (
    names.PROVIDER, names.REQUEST_MODEL, names.RESPONSE_MODEL, names.OPERATION, names.COST_CURRENCY, names.COST_SOURCE,
)  # fmt: skip
EXECUTION_LABELS = (names.STATE, names.FEATURE, names.TEAM, names.ENVIRONMENT)

_COST, _CALLS, _ERRORS, _INPUT, _OUTPUT, _CACHE_READ, _CACHE_WRITE, _REASONING = range(8)
_SPEND_COLUMNS = (
    Column(catalogue.COST),
    Column(catalogue.CALLS),
    Column(catalogue.ERRORS),
    Column(catalogue.TOKENS, {names.TOKEN_TYPE: "input"}),
    Column(catalogue.TOKENS, {names.TOKEN_TYPE: "output"}),
    Column(catalogue.CACHE_READ),
    Column(catalogue.CACHE_WRITE),
    Column(catalogue.REASONING),
)


class Tables:
    """All counters and histograms, empty at first. Not thread-safe: `Measurements` holds the lock."""

    def __init__(self, settings: ExportSettings, watchers: Sequence[Watcher]) -> None:
        self._by_user = settings.user_label
        by_user = (names.USER,) if settings.user_label else ()
        limit = settings.max_label_sets
        spend, verdict = (*SPEND_LABELS, *by_user), (*SPEND_LABELS, *by_user, names.PRICING_REASON)
        execution = (*EXECUTION_LABELS, *by_user)
        self._spend = CounterTable(_SPEND_COLUMNS, spend, limit)
        self._unpriced = CounterTable((Column(catalogue.UNPRICED),), verdict, limit)
        self._estimated = CounterTable((Column(catalogue.ESTIMATED),), verdict, limit)
        self._duplicates = CounterTable((Column(catalogue.DUPLICATES),), verdict, limit)
        self._corrections = CounterTable((Column(catalogue.CORRECTIONS),), (names.CORRECTION,), limit)
        self._operation_cost = HistogramTable(catalogue.OPERATION_COST, OPERATION_LABELS, limit, watchers)
        self._execution_cost = HistogramTable(catalogue.EXECUTION_COST, execution, limit, watchers)
        self._execution_calls = HistogramTable(catalogue.EXECUTION_CALLS, execution, limit, watchers)
        self.counters = (self._spend, self._unpriced, self._estimated, self._duplicates, self._corrections)
        self.histograms = (self._operation_cost, self._execution_cost, self._execution_calls)
        self.rate = SpendRate()

    def add(self, call: Call, now_unix_nano: int) -> None:
        """Count a call as it stands."""
        self._count(call, 1, now_unix_nano)

    def take_back(self, call: Call, now_unix_nano: int) -> None:
        """Undo `add`, whichever process added it."""
        self._count(call, -1, now_unix_nano)

    def correct(self, kind: str) -> None:
        """Count a call that was counted otherwise before."""
        self._corrections.sets.row((kind,)).true[0] += 1

    def _count(self, call: Call, sign: int, now_unix_nano: int) -> None:
        who, status, tool = call.identity, call.status, call.tool or ""
        key: Key = (
            call.provider or "", call.model or "", call.agent or "", tool,
            who.feature or "", who.team or "", who.environment or "",
        )  # fmt: skip
        if self._by_user:
            key = (*key, who.user or "")
        if status == DUPLICATE:
            self._duplicates.sets.row((*key, call.reason or "")).true[0] += sign
            return
        numbers = self._spend.sets.row(key).true
        cost = call.cost_nano_usd
        if cost:
            numbers[_COST] += sign * cost
            self.rate.add(call.end_unix_nano, sign * cost, now_unix_nano)
        if call.kind == TOOL_CALL:
            return
        numbers[_CALLS] += sign
        usage = call.usage
        numbers[_INPUT] += sign * usage.input_tokens
        numbers[_OUTPUT] += sign * usage.output_tokens
        numbers[_CACHE_READ] += sign * usage.cache_read_tokens
        numbers[_CACHE_WRITE] += sign * (usage.cache_write_5m_tokens + usage.cache_write_1h_tokens)
        numbers[_REASONING] += sign * usage.reasoning_tokens
        if call.reason == Reason.CALL_FAILED:
            numbers[_ERRORS] += sign
        if status == UNPRICED:
            self._unpriced.sets.row((*key, call.reason or "")).true[0] += sign
            return
        if status == ESTIMATED:
            self._estimated.sets.row((*key, call.reason or "")).true[0] += sign
        operation = (
            call.provider or "", call.request_model or "", call.model or "", call.operation or "",
            names.CURRENCY_USD, call.cost_source,
        )  # fmt: skip
        if sign > 0:
            self._operation_cost.observe(operation, Exemplar(cost, call.end_unix_nano, call.trace_id, call.span_id))
        else:
            self._operation_cost.withdraw(operation, cost)

    def add_execution(self, summary: ExecutionSummary, span_id: int) -> None:
        """Count an execution that is settled, shown by a span of it; one without any call is none of ours."""
        if _has_calls(summary.calls, summary.cost_nano_usd):
            key = self._execution_key(summary)
            end, trace_id = summary.end_unix_nano, summary.execution_id
            self._execution_cost.observe(key, Exemplar(summary.cost_nano_usd, end, trace_id, span_id))
            self._execution_calls.observe(key, Exemplar(summary.calls, end, trace_id, span_id))

    def move_execution(
        self, summary: ExecutionSummary, span_id: int, cost_before_nano_usd: int, calls_before: int
    ) -> None:
        """Count a settled execution as it stands now, in place of what it was before."""
        if _has_calls(calls_before, cost_before_nano_usd):
            key = self._execution_key(summary)
            self._execution_cost.withdraw(key, cost_before_nano_usd)
            self._execution_calls.withdraw(key, calls_before)
        self.add_execution(summary, span_id)

    def turned_away(self) -> Iterator[tuple[str, int]]:
        """Yield the metrics whose label sets were too many, and how often the last series took what had no other."""
        for table in self.counters:
            if table.sets.turned_away:
                yield table.columns[0].instrument.name, table.sets.turned_away
        for table in self.histograms:
            if table.sets.turned_away:
                yield table.instrument.name, table.sets.turned_away

    def _execution_key(self, summary: ExecutionSummary) -> Key:
        key: Key = (summary.state, summary.feature or "", summary.team or "", summary.environment or "")
        return (*key, summary.user or "") if self._by_user else key


def _has_calls(calls: int, cost_nano_usd: int) -> bool:
    return bool(calls or cost_nano_usd)
