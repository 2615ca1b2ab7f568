"""What a user may set about the store. Plain values; the config ring fills them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

Synchronous: TypeAlias = Literal["full", "normal"]

_DAY_SECONDS = 86_400.0


@dataclass(frozen=True)
class RetentionSettings:
    """For how many seconds each kind of row is kept after its execution, or its day, has ended; None keeps it for ever.

    Calls are kept at most as long as executions, and those at most as long as the daily sums.
    """

    calls_seconds: float | None = 90 * _DAY_SECONDS
    executions_seconds: float | None = 400 * _DAY_SECONDS
    days_seconds: float | None = None


@dataclass(frozen=True)
class StoreSettings:
    """Settings of the section `store`. The address may hold a password: it is in no `repr`."""

    url: str = field(default="memory:", repr=False)
    """As `stores.open.open_store` takes it."""
    retention: RetentionSettings = field(default_factory=RetentionSettings)
    flush_seconds: float = 1.0
    """Between two commits: so much may be lost where the process dies."""
    max_pending_spans: int = 100_000
    """So many wait at most for a store that is away; later ones are refused, and counted."""
    synchronous: Synchronous = "full"
    """Of SQLite: `full` waits at each commit until the disk has it; `normal` does not, and may lose the last commits
    where the power fails, though not where the process dies.
    """
