"""Quirk: one known fault of an instrumentation, a row of the tables in `quirks_*.py`."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from otel_agentcost.conventions.gen_ai_usage import UsageFound
from otel_agentcost.model.reading import Reading, SpanView

Effect = Callable[[SpanView, Reading, UsageFound], None]

RECORDED = "recorded against a provider that wrote down what it billed; see docs/accuracy.md"
"""The source of a row that was seen in a recording."""


class Quirk(NamedTuple):
    """One known fault. `scope` is a prefix of the scope's name, `below` the first version that is without the fault.

    `since` is the first version that has it. Where a scope states no version, a bound cannot tell and the row applies.
    """

    scope: str
    effect: Effect
    fault: str
    source: str
    below: str | None = None
    distribution: str | None = None
    """The package that has it, for `agentcost doctor`."""
    since: str | None = None

    def concerns_version(self, version: str) -> bool:
        """Return whether this version has the fault; of an unknown one (`""`) it must be believed."""
        if not version:
            return True
        numbers = _numbers(version)
        return (self.below is None or numbers < _numbers(self.below)) and (
            self.since is None or numbers >= _numbers(self.since)
        )


_MAX_VERSION_CHARACTERS = 64
_MAX_DIGITS = 9


def _numbers(version: str) -> tuple[int, ...]:
    parts = re.findall(r"\d+", version[:_MAX_VERSION_CHARACTERS])[:4]
    return tuple(int(part[:_MAX_DIGITS]) for part in parts)
