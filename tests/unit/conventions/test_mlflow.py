from __future__ import annotations

import pytest

from otel_agentcost.model.outcome import Reason
from tests.unit.conventions.spans import as_json, read, usage

CHAT = {
    "mlflow.spanType": '"CHAT_MODEL"',
    "mlflow.llm.model": '"claude-sonnet-4-5"',
    "mlflow.llm.provider": '"anthropic"',
}


def test_token_usage_is_inclusive_and_splits_the_cache_writes() -> None:
    block = {
        "input_tokens": 3500,
        "output_tokens": 20,
        "total_tokens": 3520,
        "cache_read_input_tokens": 3000,
        "cache_creation_input_tokens": 400,
        "cache_creation_input_tokens_above_1hr": 300,
    }
    reading = read({**CHAT, "mlflow.chat.tokenUsage": as_json(block)}, "Messages.create")
    assert (reading.convention, reading.kind, reading.doubt) == ("mlflow", "inference", None)
    assert (reading.provider, reading.response_model) == ("anthropic", "claude-sonnet-4-5")
    assert usage(reading) == {
        "input": 3500, "output": 20, "cache_read": 3000, "cache_write_5m": 100, "cache_write_1h": 300,
    }  # fmt: skip


def test_usage_of_a_version_that_knows_no_cache_is_doubted() -> None:
    block = as_json({"input_tokens": 3500, "output_tokens": 20, "total_tokens": 3520})
    openai = {**CHAT, "mlflow.llm.model": '"gpt-5"', "mlflow.llm.provider": '"openai"', "mlflow.chat.tokenUsage": block}
    assert read(openai).doubt == Reason.CACHE_TOKENS_NOT_REPORTED
    assert read({**CHAT, "mlflow.chat.tokenUsage": block}).doubt == Reason.INPUT_INCOMPLETE


def test_gemini_thoughts_are_found_in_the_total() -> None:
    block = {"input_tokens": 100, "output_tokens": 20, "total_tokens": 420, "cache_read_input_tokens": 0}
    reading = read({**CHAT, "mlflow.llm.model": '"gemini-2.5-pro"', "mlflow.chat.tokenUsage": as_json(block)})
    assert usage(reading) == {"input": 100, "output": 320, "reasoning": 300}


@pytest.mark.parametrize(
    ("span_type", "kind"),
    [
        ('"LLM"', "inference"),
        ('"EMBEDDING"', "embeddings"),
        ('"AGENT"', "agent"),
        ('"TOOL"', "tool"),
        ('"CHAIN"', "workflow"),
        ('"RETRIEVER"', "retrieval"),
        ('"PARSER"', "other"),
        ("TOOL", "tool"),
        ('"broken', "other"),
    ],
)
def test_the_span_type_decides(span_type: str, kind: str) -> None:
    reading = read({"mlflow.spanType": span_type}, "search")
    assert reading.kind == kind
    assert (reading.tool == "search") is (kind == "tool")


def test_the_model_is_taken_from_the_inputs_where_it_stands_nowhere_else() -> None:
    attributes = {"mlflow.spanType": '"LLM"', "mlflow.spanInputs": as_json({"model": "gpt-5", "stream": True})}
    reading = read(attributes)
    assert (reading.request_model, reading.is_stream, reading.doubt) == ("gpt-5", True, Reason.STREAM_WITHOUT_USAGE)


def test_an_embeddings_usage_is_in_its_recorded_response() -> None:
    outputs = as_json({"model": "text-embedding-3-small", "usage": {"prompt_tokens": 7, "total_tokens": 7}})
    reading = read({"mlflow.spanType": '"EMBEDDING"', "mlflow.spanOutputs": outputs})
    assert (reading.kind, usage(reading), reading.doubt) == ("embeddings", {"input": 7}, None)
