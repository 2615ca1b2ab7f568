"""Report: what is told in every format."""

from __future__ import annotations

from dataclasses import dataclass

from otel_agentcost.cli.periods import Period
from otel_agentcost.cli.report_rows import Question, Spend, SpendRow
from otel_agentcost.cli.report_trend import WindowTrend
from otel_agentcost.ledger.calendar import Calendar


@dataclass(frozen=True)
class Report:
    """All that a report tells, in whatever format."""

    question: Question
    period: Period
    before: Period | None
    no_comparison: str | None
    """Why there is nothing before, where a comparison was asked for."""
    spend: Spend
    trend: WindowTrend | None
    """Where the period is a calendar window."""
    limit: int | None
    calendar: Calendar

    @property
    def shown(self) -> list[SpendRow]:
        """The rows within the limit."""
        return self.spend.rows if self.limit is None else self.spend.rows[: self.limit]
