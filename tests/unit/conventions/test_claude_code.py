"""Claude's CLI: bare names, input without cached tokens, kinds of its own."""

from __future__ import annotations

from typing import Any

import pytest

from otel_agentcost.model.outcome import Reason
from tests.unit.conventions.spans import read, usage

SCOPE = "com.anthropic.claude_code.tracing"
CALL: dict[str, Any] = {
    "span.type": "llm_request",
    "model": "claude-sonnet-4-5",
    "input_tokens": 100,
    "output_tokens": 8,
    "cache_read_tokens": 416,
    "cache_creation_tokens": 140,
    "success": True,
}


def test_a_call_has_its_cached_tokens_added_to_the_input() -> None:
    reading = read(CALL, "claude_code.llm_request", SCOPE)
    assert (reading.kind, reading.covers, reading.provider) == ("inference", "call", "anthropic")
    assert reading.model == "claude-sonnet-4-5"
    assert usage(reading) == {"input": 656, "output": 8, "cache_read": 416, "cache_write_5m": 140}


@pytest.mark.parametrize(
    ("kind", "meaning"), [("interaction", "workflow"), ("tool", "tool"), ("hook", "other"), (None, "other")]
)
def test_its_other_spans_are_sums(kind: str | None, meaning: str) -> None:
    reading = read({"span.type": kind, "tool_name": "Bash"}, "x", SCOPE)
    assert (reading.kind, reading.covers) == (meaning, "sum")
    assert reading.tool == ("Bash" if meaning == "tool" else None)


def test_a_call_without_counts_is_flagged() -> None:
    assert read({"span.type": "llm_request", "model": "m"}, "x", SCOPE).doubt == Reason.MISSING_USAGE


def test_a_call_that_did_not_succeed_says_so() -> None:
    assert read({**CALL, "success": False}, "x", SCOPE).is_failed


def test_the_fast_mode_is_a_tier() -> None:
    assert read({**CALL, "speed": "fast"}, "x", SCOPE).service_tier == "fast"
    assert read({**CALL, "speed": "normal"}, "x", SCOPE).service_tier is None


def test_a_reported_cost_is_taken() -> None:
    assert read({**CALL, "cost_usd": 0.0125}, "x", SCOPE).reported_cost_nano_usd == 12_500_000
    assert read({**CALL, "cost_usd": "much"}, "x", SCOPE).reported_cost_nano_usd is None
