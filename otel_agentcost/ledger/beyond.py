"""The calls of an execution that has more spans than are kept one by one."""

from __future__ import annotations

from otel_agentcost.ledger.standing import Verdict
from otel_agentcost.model.money import NanoUsd
from otel_agentcost.model.outcome import UNPRICED
from otel_agentcost.model.reading import Reading

_MAX_NAMES = 256


class Beyond:
    """Sums of calls that are no longer kept: an agent that runs away is the one whose cost must not be lost.

    Nothing compares them with other spans or walks to their agents, so that a call told twice may count twice: they
    are counted as estimated, and by the agent that the span itself names.
    """

    __slots__ = ("agents", "calls", "models", "unpriced_calls")

    def __init__(self) -> None:
        self.agents: dict[str, NanoUsd] = {}
        self.models: dict[str, NanoUsd] = {}
        self.calls = 0
        self.unpriced_calls = 0

    def add(self, reading: Reading, verdict: Verdict) -> None:
        """Count one call."""
        self.calls += 1
        self.unpriced_calls += verdict.status == UNPRICED
        for sums, name in ((self.agents, reading.agent or ""), (self.models, reading.model or "")):
            key = name if name in sums or len(sums) < _MAX_NAMES else ""
            sums[key] = sums.get(key, 0) + verdict.cost_nano_usd

    @property
    def cost_nano_usd(self) -> NanoUsd:
        return sum(self.models.values())
