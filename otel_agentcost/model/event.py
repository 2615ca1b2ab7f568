"""Event: something that happened, told once, with the trace it happened in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple, TypeAlias

EventValue: TypeAlias = str | int | float | bool | Sequence[str]
Severity: TypeAlias = Literal["INFO", "WARN", "ERROR"]


class Event(NamedTuple):
    """What a log backend is told. Attributes carry names and numbers, never what a model was asked or answered."""

    name: str
    """One of `names.py`'s events."""
    time_unix_nano: int
    """When it happened, by the clock of the spans that show it."""
    trace_id: int
    """0 where it belongs to no one trace."""
    span_id: int
    """0 where no span stands for it."""
    attributes: Mapping[str, EventValue]
    severity: Severity = "INFO"

    def as_row(self) -> dict[str, Any]:
        """Return the stable JSON row (schema 1) of docs/cli.md."""
        return {
            "name": self.name,
            "time_unix_nano": self.time_unix_nano,
            "trace_id": f"{self.trace_id:032x}" if self.trace_id else None,
            "span_id": f"{self.span_id:016x}" if self.span_id else None,
            "severity": self.severity,
            "attributes": {
                key: value if isinstance(value, (str, int, float)) else list(value)
                for key, value in self.attributes.items()
            },
        }
