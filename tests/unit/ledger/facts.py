"""Make the facts of one execution, so that a test of who pays reads as the story that it is about."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from otel_agentcost.ledger.judge import judge
from otel_agentcost.ledger.standing import Verdict
from otel_agentcost.model.fact import Fact
from otel_agentcost.model.outcome import COUNTED, DUPLICATE, PRICED
from otel_agentcost.model.quote import Quote
from otel_agentcost.model.reading import AGENT, EMBEDDINGS, INFERENCE, TOOL, WORKFLOW, Kind, Reading
from otel_agentcost.model.usage import Usage

MS = 1_000_000
FRAMEWORK = "framework"
SDK = "provider_sdk"
GATEWAY = "gateway"

USAGE = Usage(input_tokens=100, output_tokens=10)
MODEL = "gpt-4o-mini"


def price(usage: Usage) -> int:
    """Return a price that tells usages apart."""
    return usage.input_tokens * 1000 + usage.output_tokens


def fact(
    span_id: int,
    parent: int = 1,
    at: tuple[float, float] = (0, 10),
    kind: Kind | None = INFERENCE,
    *,
    scope: str = SDK,
    usage: Usage | None = USAGE,
    quote: Quote | None = None,
    trace_id: int = 1,
    name: str = "",
    **found: Any,
) -> Fact:
    """Return a span with what a reader found on it. `at` is its start and end in milliseconds."""
    start, end = (int(ms * MS) for ms in at)
    reading: Reading | None = None
    if kind is not None:
        reading = Reading(kind, "test")
        reading.covers = "call" if kind in (INFERENCE, EMBEDDINGS) else "sum"
        reading.usage = usage
        if kind in (INFERENCE, EMBEDDINGS):
            reading.request_model = MODEL
        for field, value in found.items():
            setattr(reading, field, value)
        if usage is not None and quote is None:
            quote = Quote(PRICED, None, price(usage), "openai", MODEL)
    return Fact(trace_id, span_id, parent, name, scope, start, end, reading, quote)


def call(span_id: int, parent: int = 1, at: tuple[float, float] = (0, 10), **found: Any) -> Fact:
    return fact(span_id, parent, at, **found)


def embedding(span_id: int, parent: int = 1, at: tuple[float, float] = (0, 10), **found: Any) -> Fact:
    return fact(span_id, parent, at, EMBEDDINGS, **found)


def agent(span_id: int, parent: int = 0, at: tuple[float, float] = (0, 100), **found: Any) -> Fact:
    found.setdefault("usage", None)
    found.setdefault("scope", FRAMEWORK)
    return fact(span_id, parent, at, AGENT, **found)


def workflow(span_id: int, parent: int = 0, at: tuple[float, float] = (0, 100), **found: Any) -> Fact:
    found.setdefault("usage", None)
    found.setdefault("scope", FRAMEWORK)
    return fact(span_id, parent, at, WORKFLOW, **found)


def tool(span_id: int, parent: int = 1, at: tuple[float, float] = (10, 20), **found: Any) -> Fact:
    found.setdefault("usage", None)
    found.setdefault("scope", FRAMEWORK)
    return fact(span_id, parent, at, TOOL, **found)


def plain(span_id: int, parent: int) -> Fact:
    """Return a span that has nothing to do with AI: it only links others."""
    return fact(span_id, parent, kind=None, usage=None)


def judged(*facts: Fact) -> dict[int, Verdict]:
    """Return the verdicts of one execution."""
    parents: Mapping[int, int] = {f.span_id: f.parent_span_id for f in facts}
    return judge({f.span_id: f for f in facts if f.reading is not None}, parents)


def payers(verdicts: Mapping[int, Verdict]) -> set[int]:
    return {span_id for span_id, verdict in verdicts.items() if verdict.status in COUNTED}


def duplicates(verdicts: Mapping[int, Verdict]) -> set[int]:
    return {span_id for span_id, verdict in verdicts.items() if verdict.status == DUPLICATE}


def cost(verdicts: Mapping[int, Verdict]) -> int:
    return sum(verdict.cost_nano_usd for verdict in verdicts.values())
