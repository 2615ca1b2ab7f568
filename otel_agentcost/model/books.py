"""What the engine and a store hand each other: changes to executions, and executions as they are stored."""

from __future__ import annotations

from typing import NamedTuple

from otel_agentcost.model.call import Call
from otel_agentcost.model.dimension import Dimension
from otel_agentcost.model.execution import ExecutionSummary
from otel_agentcost.model.sums import Sums


class DayChange(NamedTuple):
    """What is added to one key of one dimension on one calendar day of the store's time zone.

    `day` counts days since 1970-01-01 (`date.toordinal() - 719163`).
    """

    day: int
    dimension: Dimension
    key: str
    sums: Sums


class Tie(NamedTuple):
    """What a call has in common with another span of the same call in another trace, told by whatever process.

    Spans with one `key` (signed, 64 bits) whose times overlap may stand for one call. Unix nanoseconds.
    """

    key: int
    start_unix_nano: int
    end_unix_nano: int


class Tied(NamedTuple):
    """A tie that is stored, and whose it is."""

    tie: Tie
    execution_id: int


class Change(NamedTuple):
    """All that one commit changes of one execution. It holds only where the stored version is still `base_version`."""

    execution_id: int
    base_version: int
    """0 where the execution is new to the store; a commit stores `base_version + 1`."""
    segment: bytes
    """The spans that are new, packed; empty where there are none. Stored as it is, by execution and new version."""
    calls: tuple[Call, ...]
    """Calls that are new or have changed, as they stand now; `(trace_id, span_id)` is their key."""
    withdrawn: tuple[int, ...]
    """Span ids of stored calls that are none any more."""
    summary: ExecutionSummary
    """The execution as it stands now; its `calls_list` is empty."""
    days: tuple[DayChange, ...]
    is_settled: bool
    """Whether the execution is settled, by this change or since an earlier one."""
    seen_unix_nano: int
    """When the latest of its spans arrived, by the recorder's clock."""
    ties: tuple[Tie, ...] = ()
    """Of the calls that are new. A store that no other process shares need not keep them."""


class Stored(NamedTuple):
    """One execution as it is stored."""

    execution_id: int
    version: int
    is_settled: bool
    segments: tuple[bytes, ...]
    """In the order of their versions."""
    calls: tuple[Call, ...]
    """In no order."""
    summary: ExecutionSummary
    is_closed: bool = False
    """Retention has dropped its spans and calls, and the store takes no more of it. Only the summary is left."""
