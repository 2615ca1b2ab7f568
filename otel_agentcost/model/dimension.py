"""The dimensions that spend is added up by."""

from __future__ import annotations

from typing import Literal, TypeAlias

from otel_agentcost.model.call import Call

Dimension: TypeAlias = Literal[
    "total", "user", "team", "organization", "feature", "environment", "agent", "model", "provider", "tool"
]

DIMENSIONS: tuple[Dimension, ...] = (
    "total", "user", "team", "organization", "feature", "environment", "agent", "model", "provider", "tool",
)  # fmt: skip
"""`total` has the one key ""; of every other dimension the key "" stands for what is not known."""


def keys_of(call: Call) -> tuple[str, ...]:
    """Return the call's key in each of `DIMENSIONS`, in their order."""
    who = call.identity
    return (
        "",
        who.user or "",
        who.team or "",
        who.organization or "",
        who.feature or "",
        who.environment or "",
        call.agent or "",
        call.model or "",
        call.provider or "",
        call.tool or "",
    )
