from __future__ import annotations

from typing import Any

import pytest

from otel_agentcost.model.outcome import Reason
from tests.unit.conventions.spans import as_json, read, usage


@pytest.mark.parametrize(
    ("name", "component", "kind"),
    [
        ("haystack.pipeline.run", None, "workflow"),
        ("haystack.agent.run", None, "agent"),
        ("haystack.agent.step.llm", None, "inference"),
        ("haystack.agent.step.tool", None, "tool"),
        ("haystack.component.run", "OpenAIChatGenerator", "inference"),
        ("haystack.component.run", "OpenAITextEmbedder", "embeddings"),
        ("haystack.component.run", "SentenceTransformersTextEmbedder", "other"),
        ("haystack.component.run", "HuggingFaceLocalChatGenerator", "other"),
        ("haystack.component.run", "PromptBuilder", "other"),
    ],
)
def test_the_span_and_its_component_tell_what_ran(name: str, component: str | None, kind: str) -> None:
    attributes = {} if component is None else {"haystack.component.type": component}
    assert read(attributes, name, "haystack").kind == kind


def test_a_generator_without_content_tracing_is_a_call_without_usage() -> None:
    reading = read({"haystack.component.type": "OpenAIChatGenerator"}, "haystack.component.run", "haystack")
    assert (reading.provider, reading.doubt) == ("openai", Reason.MISSING_USAGE)


@pytest.mark.parametrize(
    "output",
    [
        {"replies": [{"_meta": {"model": "gpt-5", "usage": {"prompt_tokens": 1500, "completion_tokens": 20}}}]},
        {"replies": ["Hi"], "meta": [{"model": "gpt-5", "usage": {"prompt_tokens": 1500, "completion_tokens": 20}}]},
    ],
)
def test_content_tracing_brings_the_usage_with_the_reply(output: dict[str, Any]) -> None:
    attributes = {"haystack.component.type": "OpenAIGenerator", "haystack.component.output": as_json(output)}
    reading = read(attributes, "haystack.component.run", "haystack")
    assert (reading.response_model, usage(reading)) == ("gpt-5", {"input": 1500, "output": 20})
