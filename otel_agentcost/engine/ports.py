"""What the engine asks of the world around it: an edge hands these in, so that the engine itself does no I/O."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol

from otel_agentcost.model.execution import ExecutionSummary
from otel_agentcost.model.quote import Breakdown, Quote
from otel_agentcost.model.usage import Usage


class EndedSpan(NamedTuple):
    """An ended span as an edge hands it over. Ids are integers (0 absent), times Unix nanoseconds.

    `is_local_root`: no parent, or one in another process.
    """

    trace_id: int
    span_id: int
    parent_span_id: int
    name: str
    scope_name: str
    scope_version: str
    start_unix_nano: int
    end_unix_nano: int
    attributes: Mapping[str, Any]
    is_error: bool = False
    dropped_attributes: int = 0
    resource: Mapping[str, Any] = {}
    baggage: Mapping[str, str] = {}
    is_local_root: bool = False


class Prices(Protocol):
    """A price table, as `pricing.table.PriceTable` is one."""

    def quote(
        self,
        provider: str | None,
        response_model: str | None,
        request_model: str | None,
        host: str | None,
        usage: Usage,
        at_unix_nano: int,
        tier: str | None = None,
        region: str | None = None,
    ) -> Quote: ...

    def breakdown(
        self,
        provider: str | None,
        response_model: str | None,
        request_model: str | None,
        host: str | None,
        usage: Usage,
        at_unix_nano: int,
        tier: str | None = None,
        region: str | None = None,
    ) -> Breakdown | None: ...


class Sink(Protocol):
    """Takes each execution once, when it is settled."""

    def __call__(self, summary: ExecutionSummary, /) -> None: ...


class Clock(Protocol):
    """Tells the time of arrival, in Unix nanoseconds."""

    def __call__(self) -> int: ...
