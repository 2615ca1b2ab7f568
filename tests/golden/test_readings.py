"""Recorded spans of each convention and what they say, names and value types alike.

`tests/golden/<convention>/*.json`: a span without its messages, the recording that it is from, and its reading. What a
reading calls certain is held against what the provider of that recording billed.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from otel_agentcost.conventions.registry import read_span
from otel_agentcost.model.reading import BILLABLE, Reading, SpanView
from tests.golden.scoring import CORPUS, truth_of, truth_tokens

GOLDEN = Path(__file__).parent
FILES = sorted(path for path in GOLDEN.glob("*/*.json") if path.parent.name not in ("corpus", "extra"))
CONVENTIONS = {
    "agent_framework", "anthropic_sdk", "claude_code", "google_adk", "litellm", "logfire", "mistral_sdk",
    "openinference", "openlit", "openllmetry", "otel_genai", "pydantic_ai", "strands",
}  # fmt: skip


def load(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8"))


def found(reading: Reading) -> dict[str, Any]:
    """Return what a reading says beyond the defaults."""
    return {name: value for name, value in reading.as_dict().items() if value != getattr(Reading, name, None)}


def with_types(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: with_types(inner) for name, inner in value.items()}
    return type(value).__name__, value


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_recorded_span_is_read_as_it_was(path: Path) -> None:
    golden = load(path)
    reading = read_span(SpanView(**golden["span"]))
    assert reading is not None
    assert with_types(found(reading)) == with_types(golden["reading"])
    assert reading.convention == path.parent.name


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_numbers_without_a_doubt_are_those_that_were_billed(path: Path) -> None:
    golden = load(path)
    reading = golden["reading"]
    if reading["kind"] not in BILLABLE or "doubt" in reading or "usage" not in reading:
        assert reading["kind"] not in BILLABLE or "doubt" in reading
        return
    usage = reading["usage"]
    written = usage.get("cache_write_5m_tokens", 0) + usage.get("cache_write_1h_tokens", 0)
    told = (usage["input_tokens"], usage.get("cache_read_tokens", 0), written, usage.get("output_tokens", 0))
    assert told in {truth_tokens(row) for row in truth_of(CORPUS / golden["from"])}


def test_each_recorded_convention_has_golden_spans() -> None:
    assert {path.parent.name for path in FILES} == CONVENTIONS


def test_golden_spans_hold_no_messages() -> None:
    for path in FILES:
        for name, value in load(path)["span"]["attributes"].items():
            assert not re.search(r"messages|\.message\.(content|role)|\.content$|^(input|output)\.value$", name), (
                path,
                name,
            )
            assert len(str(value)) < 400, (path, name)
