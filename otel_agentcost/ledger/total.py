"""What lies below a span: the amounts that live executions add up as spans end."""

from __future__ import annotations

from msgspec import Struct

from otel_agentcost.ledger.standing import Verdict
from otel_agentcost.model.money import NanoUsd
from otel_agentcost.model.outcome import DUPLICATE, UNPRICED


class Total(Struct, frozen=True, array_like=True, gc=False):
    """What lies below a span, itself included. `calls` counts the unpriced ones too."""

    cost_nano_usd: NanoUsd = 0
    calls: int = 0
    unpriced_calls: int = 0

    def plus(self, other: Total) -> Total:
        return Total(
            self.cost_nano_usd + other.cost_nano_usd,
            self.calls + other.calls,
            self.unpriced_calls + other.unpriced_calls,
        )


NOTHING = Total()


def share(verdict: Verdict | None) -> Total:
    """Return what a verdict adds to the totals above its span."""
    if verdict is None or verdict.status == DUPLICATE:
        return NOTHING
    return Total(verdict.cost_nano_usd, 1, 1 if verdict.status == UNPRICED else 0)


def minus(a: Total, b: Total) -> Total:
    """Return the difference between two totals."""
    return Total(a.cost_nano_usd - b.cost_nano_usd, a.calls - b.calls, a.unpriced_calls - b.unpriced_calls)
