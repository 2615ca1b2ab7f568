"""What the engine tells the world once it is durable."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from otel_agentcost.model.books import Change
from otel_agentcost.model.call import Call


class Committed(NamedTuple):
    """One change that has been written: exactly one process is told of it, once."""

    change: Change
    before: tuple[Call | None, ...]
    """Beside each of `change.calls`: the call as it stood before, None where it is new."""
    withdrawn: tuple[Call, ...]
    """The calls that `change.withdrawn` names, as they stood."""
    settles: bool
    """Whether this change settled the execution: its summary is final, save for spans that come even later."""


class Signals(Protocol):
    """Takes what has been committed. Called outside the engine's lock, by the thread that committed; must not raise."""

    def committed(self, committed: Committed, /) -> None: ...
