from __future__ import annotations

import json

import pytest

from otel_agentcost.demo.provider import openai_chat
from otel_agentcost.demo.provider.script import Script
from otel_agentcost.demo.provider.tokens import PromptCache
from otel_agentcost.demo.provider.wire import BadRequest
from tests.unit.demo.desks import LONG_TEXT, desk, payloads


def _tool(name: str) -> dict:
    parameters = {"type": "object", "properties": {"q": {"type": "string"}, "n": {"type": "integer"}}}
    return {"type": "function", "function": {"name": name, "parameters": parameters}}


def _request(**more: object) -> dict:
    return {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "How are you?"}], **more}


def _turn(answer_body: dict) -> list[dict]:
    message = answer_body["choices"][0]["message"]
    results = [{"role": "tool", "tool_call_id": call["id"], "content": "42"} for call in message["tool_calls"]]
    return [message, *results]


def test_a_plain_answer_names_the_dated_model_and_the_usage_it_bills():
    answer = openai_chat.answer(_request(), desk(serial=7))
    assert answer.body is not None
    assert answer.body["model"] == "gpt-4o-mini-2024-07-18"
    assert answer.body["id"] == answer.response_id == "chatcmpl-demo00000007"
    assert answer.body["usage"]["prompt_tokens"] == answer.usage.input_tokens > 0
    assert answer.body["usage"]["completion_tokens"] == answer.usage.output_tokens > 0
    assert answer.body["choices"][0]["finish_reason"] == "stop"


def test_a_stream_without_include_usage_carries_none_and_says_so_to_the_books():
    answer = openai_chat.answer(_request(stream=True), desk())
    assert all("usage" not in chunk for chunk in payloads(answer))
    assert not answer.sends_usage
    assert answer.usage.output_tokens > 0
    assert answer.events[-1].data == "[DONE]"


def test_a_stream_with_include_usage_ends_in_one_chunk_without_choices():
    answer = openai_chat.answer(_request(stream=True, stream_options={"include_usage": True}), desk())
    *chunks, last = payloads(answer)
    assert last["choices"] == []
    assert last["usage"] == openai_chat.usage_block(answer.usage)
    assert all(chunk["usage"] is None for chunk in chunks)
    assert answer.sends_usage


def test_a_stream_spells_the_same_text_as_the_plain_answer():
    plain = openai_chat.answer(_request(), desk()).body
    chunks = payloads(openai_chat.answer(_request(stream=True), desk()))
    text = "".join(chunk["choices"][0]["delta"].get("content") or "" for chunk in chunks)
    assert plain is not None
    assert text == plain["choices"][0]["message"]["content"]


def test_each_offered_tool_is_called_once_and_then_comes_text():
    request = _request(tools=[_tool("find"), _tool("check")])
    called = []
    for _ in range(2):
        body = openai_chat.answer(request, desk()).body
        assert body is not None
        assert body["choices"][0]["finish_reason"] == "tool_calls"
        called.append(body["choices"][0]["message"]["tool_calls"][0]["function"]["name"])
        request["messages"] = [*request["messages"], *_turn(body)]
    assert called == ["find", "check"]
    last = openai_chat.answer(request, desk()).body
    assert last is not None
    assert last["choices"][0]["message"]["content"]


def test_the_scripted_number_of_tool_turns_is_kept_even_with_one_tool():
    request, turns = _request(tools=[_tool("find")]), 0
    for _ in range(10):
        body = openai_chat.answer(request, desk(Script(tool_turns=4))).body
        assert body is not None
        if body["choices"][0]["finish_reason"] == "stop":
            break
        turns += 1
        request["messages"] = [*request["messages"], *_turn(body)]
    assert turns == 4


def test_a_new_question_starts_the_tools_anew():
    request = _request(tools=[_tool("find")])
    body = openai_chat.answer(request, desk()).body
    assert body is not None
    request["messages"] = [*request["messages"], *_turn(body), {"role": "user", "content": "And now?"}]
    again = openai_chat.answer(request, desk()).body
    assert again is not None
    assert again["choices"][0]["finish_reason"] == "tool_calls"


def test_tool_arguments_follow_the_schema_and_survive_the_stream_in_pieces():
    request = _request(tools=[_tool("find")], stream=True)
    deltas = [chunk["choices"][0]["delta"] for chunk in payloads(openai_chat.answer(request, desk()))]
    text = "".join(d["tool_calls"][0]["function"].get("arguments", "") for d in deltas if "tool_calls" in d)
    assert json.loads(text) == {"q": "How are you.", "n": 1}


def test_a_growing_conversation_reads_its_prefix_from_the_cache_in_steps_of_128_tokens():
    cache = PromptCache()
    messages = [{"role": "system", "content": LONG_TEXT}, {"role": "user", "content": "One?"}]
    first = openai_chat.answer(_request(messages=messages), desk(cache=cache))
    longer = [*messages, {"role": "assistant", "content": "Yes."}, {"role": "user", "content": "Two?"}]
    second = openai_chat.answer(_request(messages=longer), desk(cache=cache))
    assert first.usage.cache_read_tokens == 0
    assert 1024 <= second.usage.cache_read_tokens <= first.usage.input_tokens
    assert second.usage.cache_read_tokens % 128 == 0
    assert second.body is not None
    assert second.body["usage"]["prompt_tokens_details"]["cached_tokens"] == second.usage.cache_read_tokens


def test_another_model_shares_no_cache():
    cache = PromptCache()
    messages = [{"role": "system", "content": LONG_TEXT}, {"role": "user", "content": "One?"}]
    openai_chat.answer(_request(messages=messages), desk(cache=cache))
    other = openai_chat.answer(_request(messages=messages, model="gpt-4.1"), desk(cache=cache))
    assert other.usage.cache_read_tokens == 0


def test_a_reasoning_model_bills_thoughts_inside_its_output():
    usage = openai_chat.answer(_request(model="gpt-5.4-mini"), desk()).usage
    plain = openai_chat.answer(_request(), desk()).usage
    assert usage.reasoning_tokens > 0
    assert usage.output_tokens == plain.output_tokens + usage.reasoning_tokens


def test_a_request_without_messages_is_refused():
    with pytest.raises(BadRequest, match="messages"):
        openai_chat.answer({"model": "gpt-4o-mini"}, desk())
