from __future__ import annotations

from typing import Any

import pytest

from tests.unit.conventions.spans import as_json, read, usage


def _model(name: str, block: dict[str, Any]) -> dict[str, Any]:
    return {
        "genkit:type": "action",
        "genkit:metadata:subtype": "model",
        "genkit:name": name,
        "genkit:output": as_json({"message": {"role": "model", "content": []}, "usage": block}),
    }


@pytest.mark.parametrize(
    ("name", "block", "expected"),
    [
        pytest.param(
            "googleai/gemini-2.5-pro",
            {"inputTokens": 1000, "outputTokens": 20, "thoughtsTokens": 300, "totalTokens": 1320,
             "cachedContentTokens": 500},
            {"input": 1000, "output": 320, "reasoning": 300, "cache_read": 500},
            id="Gemini's thoughts are beside the output",
        ),
        pytest.param(
            "anthropic/claude-sonnet-4-5",
            {"inputTokens": 100, "outputTokens": 20,
             "custom": {"cache_read_input_tokens": 3000, "cache_creation_input_tokens": 400}},
            {"input": 3500, "output": 20, "cache_read": 3000, "cache_write_5m": 400},
            id="Anthropic's cached tokens are beside the input",
        ),
        pytest.param(
            "openai/gpt-5", {"inputTokens": 1500.0, "outputTokens": 20.0}, {"input": 1500, "output": 20}, id="doubles"
        ),
    ],
)  # fmt: skip
def test_the_usage_of_a_model_action_is_in_its_output(
    name: str, block: dict[str, Any], expected: dict[str, int]
) -> None:
    reading = read(_model(name, block), name, "genkit-tracer")
    assert (reading.convention, reading.kind, reading.request_model) == ("genkit", "inference", name.split("/")[1])
    assert usage(reading) == expected


def test_the_plugin_names_the_provider() -> None:
    assert read(_model("googleai/gemini-2.5-pro", {}), scope="genkit-tracer").provider == "google"


@pytest.mark.parametrize(
    ("attributes", "kind"),
    [
        ({"genkit:type": "action", "genkit:metadata:subtype": "flow"}, "workflow"),
        ({"genkit:type": "util"}, "workflow"),
        ({"genkit:type": "action", "genkit:metadata:subtype": "tool"}, "tool"),
        ({"genkit:type": "action", "genkit:metadata:subtype": "embedder", "genkit:name": "googleai/e"}, "embeddings"),
        ({"genkit:type": "action", "genkit:metadata:subtype": "prompt"}, "other"),
    ],
)
def test_the_subtype_decides(attributes: dict[str, Any], kind: str) -> None:
    assert read(attributes, "step", "genkit-tracer").kind == kind


def test_a_failed_action_has_failed() -> None:
    attributes = {"genkit:metadata:subtype": "model", "genkit:type": "action", "genkit:state": "error"}
    assert read(attributes, scope="genkit-tracer").doubt == "call_failed"
