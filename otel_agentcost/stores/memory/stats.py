"""What the memory store keeps, and what it dropped since the start to stay within its bounds."""

from __future__ import annotations

from typing import NamedTuple


class MemoryStats(NamedTuple):
    """`record_bytes` and `tie_bytes` share one bound."""

    executions: int
    record_bytes: int
    day_sums: int
    evicted_executions: int
    evicted_open_executions: int
    """Of these, so many were not settled. What their spans would cost that are still to come is in no total."""
    ties: int
    tie_bytes: int
