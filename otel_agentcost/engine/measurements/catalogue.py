"""Every metric, declared as data: name, kind, unit, what it tells. docs/metrics.md shows the same."""

from __future__ import annotations

from typing import Literal, NamedTuple, TypeAlias

from otel_agentcost.model import names
from otel_agentcost.model.money import NANO_PER_USD

Kind: TypeAlias = Literal["counter", "gauge", "histogram"]


class Instrument(NamedTuple):
    """One metric. Inside, its values are integers; what leaves the process is value / `scale`."""

    name: str
    kind: Kind
    unit: str
    description: str
    scale: int = 1
    bounds: tuple[int, ...] = ()
    """Upper bounds of a histogram's buckets, inclusive, in the same integers as its values."""

    def outside(self, value: int) -> int | float:
        """Return a value as it leaves the process."""
        return value if self.scale == 1 else value / self.scale


MONEY_BOUNDS_NANO_USD = (
    *(digit * NANO_PER_USD // 10_000 * 10**decade for decade in range(7) for digit in (1, 3)),
    1_000 * NANO_PER_USD,
)
"""$0.0001, 0.0003, 0.001 … 300, 1000: two buckets a decade, since a call may cost a ten-thousandth of an execution."""

COUNT_BOUNDS = (1, 2, 3, 5, 10, 20, 30, 50, 100, 200, 300, 500, 1_000)

OPERATION_COST = Instrument(
    names.METRIC_OPERATION_COST, "histogram", "{cost}", "Cost of model calls.", NANO_PER_USD, MONEY_BOUNDS_NANO_USD
)
COST = Instrument(names.METRIC_COST, "counter", "{USD}", "Spend on model calls and priced tools.", NANO_PER_USD)
CALLS = Instrument(names.METRIC_CALLS, "counter", "{call}", "Model calls, each counted once.")
UNPRICED = Instrument(names.METRIC_CALLS_UNPRICED, "counter", "{call}", "Model calls that have no cost.")
ESTIMATED = Instrument(names.METRIC_CALLS_ESTIMATED, "counter", "{call}", "Model calls whose cost is an estimate.")
TOKENS = Instrument(names.METRIC_TOKENS, "counter", "{token}", "Tokens of model calls, cached and reasoning included.")
CACHE_READ = Instrument(names.METRIC_TOKENS_CACHE_READ, "counter", "{token}", "Input tokens read from a cache.")
CACHE_WRITE = Instrument(names.METRIC_TOKENS_CACHE_WRITE, "counter", "{token}", "Input tokens written to a cache.")
REASONING = Instrument(names.METRIC_TOKENS_REASONING, "counter", "{token}", "Output tokens spent on reasoning.")
DUPLICATES = Instrument(names.METRIC_DUPLICATES, "counter", "{span}", "Spans of calls that another span pays for.")
ERRORS = Instrument(names.METRIC_ERRORS, "counter", "{call}", "Model calls that failed.")
CORRECTIONS = Instrument(names.METRIC_CORRECTIONS, "counter", "{call}", "Calls that were counted otherwise before.")
EXECUTION_COST = Instrument(
    names.METRIC_EXECUTION_COST, "histogram", "{USD}", "Cost of executions.", NANO_PER_USD, MONEY_BOUNDS_NANO_USD
)
EXECUTION_CALLS = Instrument(
    names.METRIC_EXECUTION_CALLS, "histogram", "{call}", "Model calls of executions.", 1, COUNT_BOUNDS
)
SPEND_RATE = Instrument(names.METRIC_SPEND_RATE, "gauge", "{USD}/h", "Spend an hour, by late calls.", NANO_PER_USD)
LABELS_OVERFLOW = Instrument(
    names.METRIC_LABELS_OVERFLOW, "counter", "{record}", "Additions to the series that takes what has no other."
)
EVICTED = Instrument(names.METRIC_EXECUTIONS_EVICTED, "counter", "{execution}", "Executions dropped to bound memory.")
LATE_SPANS = Instrument(
    names.METRIC_SPANS_LATE, "counter", "{span}", "Spans that came after their execution was settled or dropped."
)
STORE_RETRIES = Instrument(names.METRIC_STORE_RETRIES, "counter", "{commit}", "Commits tried again.")
STORE_REFUSED = Instrument(names.METRIC_STORE_REFUSED, "counter", "{span}", "Spans in no total, the store being away.")
STORE_PENDING = Instrument(names.METRIC_STORE_PENDING, "gauge", "{span}", "Spans that wait for the store.")
BAGGAGE_IGNORED = Instrument(names.METRIC_BAGGAGE_IGNORED, "counter", "{entry}", "Identity in baggage not trusted.")
INTERNAL_ERRORS = Instrument(names.METRIC_INTERNAL_ERRORS, "counter", "{error}", "Faults inside otel_agentcost.")

CATALOGUE: tuple[Instrument, ...] = (
    OPERATION_COST, COST, CALLS, UNPRICED, ESTIMATED, TOKENS, CACHE_READ, CACHE_WRITE, REASONING, DUPLICATES, ERRORS,
    CORRECTIONS, EXECUTION_COST, EXECUTION_CALLS, SPEND_RATE, LABELS_OVERFLOW, EVICTED, LATE_SPANS, STORE_RETRIES,
    STORE_REFUSED, STORE_PENDING, BAGGAGE_IGNORED, INTERNAL_ERRORS,
)  # fmt: skip
