"""The company's features: who offers them, how often they are asked for, and what sees them."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from otel_agentcost.demo.traffic import work
from otel_agentcost.demo.traffic.plan import Work
from otel_agentcost.demo.traffic.rhythm import Rhythm
from otel_agentcost.demo.traffic.work import Scene


class Feature(NamedTuple):
    """One feature. `stack` is a key of `stacks.STACKS`."""

    name: str
    team: str
    stack: str
    requests_per_day: int
    work: Callable[[Scene], Work]
    rhythm: Rhythm = "office"


FEATURES = (
    Feature("triage", "support", "openai sdk, told twice", 360, work.triage, "evening"),
    Feature("answers", "support", "openai sdk", 400, work.answer, "evening"),
    Feature("letters", "support", "anthropic sdk, told twice", 120, work.letter),
    Feature("report", "research", "pydantic-ai", 60, work.report),
    Feature("review", "research", "pydantic-ai", 110, work.review),
    Feature("summary", "research", "pydantic-ai", 90, work.summary),
    Feature("quotes", "sales", "pydantic-ai", 200, work.quote),
    Feature("leads", "sales", "langgraph, told twice", 150, work.lead),
    Feature("code-review", "engineering", "strands", 60, work.code_review),
    Feature("incident", "engineering", "strands", 20, work.incident, "always"),
)
REQUESTS_PER_DAY = sum(feature.requests_per_day for feature in FEATURES)

RUNAWAY = Feature("report", "research", "pydantic-ai", 1, work.runaway)
"""The outlier: once, in the last of all nights."""
RUNAWAY_USER = "sami"
RUNAWAY_SECOND_OF_DAY = 2 * 3_600 + 41 * 60
