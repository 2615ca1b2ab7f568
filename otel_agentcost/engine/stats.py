"""Counts of what the engine has seen."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class EngineStats:
    """Counts since the start. `calls_by_status` counts each span's first verdict; corrections are counted apart."""

    spans: int = 0
    ai_spans: int = 0
    executions: int = 0
    evicted_executions: int = 0
    settled_executions: int = 0
    corrections: int = 0
    calls_by_status: dict[str, int] = field(default_factory=dict[str, int])
