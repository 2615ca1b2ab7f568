"""Recordings of other instrumentations, made with real packages against a provider that wrote down what it billed.

- `vercel-ai-4` to `-7`: Vercel's AI SDK 4.3.19, 5.0.277, 6.0.326 and 7.0.173 with @ai-sdk/openai and @ai-sdk/anthropic
  of the same generation: plain answers, a tool loop, a stream and an object from each, two embeddings and a refused
  call. Objects (and most of version 5) say nothing of OpenAI's cached tokens, which must be flagged.
- `langfuse-openai`: langfuse 5.0.4, its wrapper of OpenAI's client inside an agent; one stream without usage.
- `langsmith`: langsmith 0.15.0, its OpenTelemetry exporter over wrapped OpenAI and Anthropic clients, beside the spans
  of Anthropic's own SDK.
- `mlflow`: mlflow-tracing 3.17.2 with OpenAI and Anthropic autologging, in traces of its own beside Anthropic's SDK's.
- `openlit-anthropic`: openlit 1.45.0; its streams lose the cached tokens that only message_start carries.
- `pydantic-ai-2-to-4`: pydantic-ai 2.68.0 writing its formats 2, 3 and 4, agents with sums under the calls' own names.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.golden.scoring import score_recording

EXTRA = Path(__file__).with_name("extra")
FLOORS = {
    "langfuse-openai": 4,
    "langsmith": 5,
    "mlflow": 6,
    "openlit-anthropic": 3,
    "pydantic-ai-2-to-4": 12,
    "vercel-ai-4": 11,
    "vercel-ai-5": 8,
    "vercel-ai-6": 11,
    "vercel-ai-7": 11,
}


def test_every_extra_recording_has_a_floor() -> None:
    assert sorted(FLOORS) == sorted(folder.name for folder in EXTRA.iterdir() if folder.is_dir())


@pytest.mark.parametrize(("name", "exact"), FLOORS.items())
def test_an_extra_recording_is_priced_exactly_or_flagged(name: str, exact: int) -> None:
    got = score_recording(EXTRA / name)
    assert (got.count("exact"), got.count("silent"), got.phantoms) == (exact, 0, ())
