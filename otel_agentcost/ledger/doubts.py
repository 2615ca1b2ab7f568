"""Lift a doubt that the rest of the execution disproves."""

from __future__ import annotations

from collections.abc import Iterable

from otel_agentcost.ledger.same_call import model_family
from otel_agentcost.model.fact import Fact
from otel_agentcost.model.outcome import Reason

SHORT_PROMPT_TOKENS = 256
"""A quarter of the 1,024 tokens from which on OpenAI caches a prompt
(https://platform.openai.com/docs/guides/prompt-caching): the distance covers hosts and times with a lower minimum."""


def proven_uncached(calls: Iterable[Fact]) -> set[int]:
    """Return the spans whose unreported cached tokens can only be none.

    A cache serves a prefix that was sent before. A short prompt that is the first of its model in its execution had
    nothing before it but other executions' prompts, and is too short for a provider to keep of those.
    """
    first: dict[str, Fact] = {}
    doubted: list[Fact] = []
    for fact in calls:
        reading = fact.reading
        if reading is None:
            continue
        family = model_family(reading.model)
        earliest = first.get(family)
        if earliest is None or (fact.start_unix_nano, fact.span_id) < (earliest.start_unix_nano, earliest.span_id):
            first[family] = fact
        if reading.doubt == Reason.CACHE_TOKENS_NOT_REPORTED:
            doubted.append(fact)
    return {fact.span_id for fact in doubted if _is_short_first(fact, first)}


def _is_short_first(fact: Fact, first: dict[str, Fact]) -> bool:
    reading = fact.reading
    if reading is None or reading.usage is None or "deepseek" in f"{reading.model} {reading.host}".lower():
        return False
    return first[model_family(reading.model)] is fact and 0 < reading.usage.input_tokens < SHORT_PROMPT_TOKENS
