"""Arize's OpenInference: span kinds of its own, `llm.token_count.*`, inclusive counts."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.conventions.spans import as_json, read, usage

SCOPE = "openinference.instrumentation.openai"
CALL: dict[str, Any] = {
    "openinference.span.kind": "LLM",
    "llm.system": "openai",
    "llm.model_name": "gpt-5-2025-08-07",
    "llm.token_count.prompt": 2000,
    "llm.token_count.completion": 900,
}


def llm(**more: Any) -> Any:
    return read({**CALL, **more}, "ChatCompletion", SCOPE)


def test_a_call() -> None:
    reading = read(
        {
            **CALL,
            "llm.token_count.prompt_details.cache_read": 1536,
            "llm.token_count.prompt_details.cache_write": 64,
            "llm.token_count.completion_details.reasoning": 768,
            "llm.token_count.prompt_details.audio": 20,
            "llm.invocation_parameters": as_json({"model": "gpt-5", "stream": True, "service_tier": "flex"}),
        },
        "ChatCompletion",
        SCOPE,
    )
    assert (reading.kind, reading.covers, reading.doubt) == ("inference", "call", None)
    assert (reading.provider, reading.request_model, reading.model) == ("openai", "gpt-5", "gpt-5-2025-08-07")
    assert (reading.is_stream, reading.service_tier) == (True, "flex")
    assert usage(reading) == {
        "input": 2000, "output": 900, "cache_read": 1536, "cache_write_5m": 64, "reasoning": 768, "input_audio": 20,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "meaning"),
    [
        ("LLM", "inference"), ("EMBEDDING", "embeddings"), ("AGENT", "agent"), ("CHAIN", "workflow"), ("TOOL", "tool"),
        ("RETRIEVER", "retrieval"), ("GUARDRAIL", "other"), ("llm", "inference"), ("NEW_KIND", "other"), (5, "other"),
    ],
)  # fmt: skip
def test_the_kind_says_what_a_span_is(kind: object, meaning: str) -> None:
    assert read({"openinference.span.kind": kind}, "x", SCOPE).kind == meaning


def test_a_chain_and_an_agent_that_carry_tokens_are_sums() -> None:
    for kind in ("CHAIN", "AGENT"):
        assert read({**CALL, "openinference.span.kind": kind}, "x", SCOPE).covers == "sum"


def test_an_agent_that_was_written_upon_as_a_call_holds_the_last_one() -> None:
    reading = read(CALL, "invoke_agent planner", SCOPE)
    assert (reading.kind, reading.covers) == ("agent", "last")


def test_a_request_that_is_only_put_together_is_no_call() -> None:
    assert read({"openinference.span.kind": "LLM"}, "OpenAI._prepare_chat", SCOPE).kind == "other"


@pytest.mark.parametrize(
    ("output", "response_id"),
    [
        ('{"id":"chatcmpl-abcdefgh","model":"gpt-5"}', "chatcmpl-abcdefgh"),
        ('{"choices": [], "id": "chatcmpl-abcdefgh"}', "chatcmpl-abcdefgh"),
        ('{"a": {"id": "msg_abcdefgh"}, "b": {"id": "msg_ijklmnop"}}', None),
        ('{"id": "call_abcdefgh"}', None),
        ("plain text", None),
    ],
)
def test_the_response_id_is_read_from_a_recorded_answer_where_it_is_certain(
    output: str, response_id: str | None
) -> None:
    assert llm(**{"output.value": output}).response_id == response_id


def test_more_detailed_counts_on_the_same_span_are_preferred_where_they_agree() -> None:
    beside = {
        "gen_ai.usage.input_tokens": 2000,
        "gen_ai.usage.output_tokens": 900,
        "gen_ai.usage.cache_read.input_tokens": 7,
    }
    assert usage(llm(**beside))["cache_read"] == 7
    assert "cache_read" not in usage(llm(**{**beside, "gen_ai.usage.input_tokens": 9}))


@pytest.mark.parametrize(
    ("parameters", "arguments"),
    [
        ('{"city": "Rome"}', '{"city": "Rome"}'),
        ('{"type": "object", "properties": {"city": {"type": "string"}}}', None),
    ],
)
def test_a_tools_schema_is_not_taken_for_its_arguments(parameters: str, arguments: str | None) -> None:
    reading = read({"openinference.span.kind": "TOOL", "tool.name": "f", "tool.parameters": parameters}, "f", SCOPE)
    assert (reading.tool, reading.tool_arguments) == ("f", arguments)


def test_an_agent_has_a_name() -> None:
    assert read({"openinference.span.kind": "AGENT", "agent.name": "a"}, "x", SCOPE).agent == "a"
    assert read({"openinference.span.kind": "AGENT", "graph.node.name": "n"}, "x", SCOPE).agent == "n"


def test_identity_is_in_attributes_and_metadata() -> None:
    reading = llm(**{"user.id": "u", "metadata": as_json({"thread_id": "c", "lc_agent_name": "planner"})})
    assert (reading.user, reading.conversation, reading.agent) == ("u", "c", "planner")
