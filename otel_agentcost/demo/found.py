"""All that the demo found, as one value for the terminal and for JSON alike."""

from __future__ import annotations

from typing import NamedTuple

from otel_agentcost.demo.summary import ExecutionSummary
from otel_agentcost.demo.traffic.run import Traffic


class Found(NamedTuple):
    """The live agents' executions, and the traffic where there was some."""

    summaries: list[ExecutionSummary]
    price_table_version: str
    internal_errors: int
    """How often something failed inside the processor that saw the live agents."""
    is_durable: bool
    """Whether all that the live agents did is in the store."""
    traffic: Traffic | None

    @property
    def is_right(self) -> bool:
        """Whether the books are what was billed, but for what they say themselves of live calls."""
        return (
            self.is_durable
            and not self.internal_errors
            and all(summary.is_explained for summary in self.summaries)
            and (self.traffic is None or self.traffic.is_exact)
        )
