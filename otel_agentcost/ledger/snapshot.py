"""Snapshot: what the books take of an execution, to work on it while it goes on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from otel_agentcost.ledger.standing import Verdict
from otel_agentcost.model.fact import Fact


class Snapshot(NamedTuple):
    """An execution at one moment."""

    trace_id: int
    facts: Mapping[int, Fact]
    parents: Mapping[int, int]
    verdicts: Mapping[int, Verdict]
    root_name: str | None
    is_complete: bool
    start_unix_nano: int
    end_unix_nano: int
    root_span_id: int
