from __future__ import annotations

import json

import pytest

from otel_agentcost.demo.provider import anthropic_messages
from otel_agentcost.demo.provider.tokens import PromptCache
from otel_agentcost.demo.provider.wire import BadRequest
from tests.unit.demo.desks import LONG_TEXT, desk, payloads

_TOOL = {"name": "find", "input_schema": {"type": "object", "properties": {"q": {"type": "string"}}}}


def _request(**more: object) -> dict:
    messages = [{"role": "user", "content": "How are you?"}]
    return {"model": "claude-sonnet-5", "max_tokens": 100, "messages": messages, **more}


def _marked(ttl: str | None = None) -> list[dict]:
    control = {"type": "ephemeral", **({"ttl": ttl} if ttl else {})}
    return [{"type": "text", "text": LONG_TEXT, "cache_control": control}]


def test_the_first_call_writes_the_marked_prefix_and_the_second_reads_it():
    cache = PromptCache()
    first = anthropic_messages.answer(_request(system=_marked()), desk(cache=cache)).usage
    second = anthropic_messages.answer(_request(system=_marked()), desk(cache=cache)).usage
    assert first.cache_write_5m_tokens == second.cache_read_tokens > 1024
    assert (first.cache_read_tokens, second.cache_write_tokens) == (0, 0)


def test_input_tokens_on_the_wire_leave_out_what_was_cached():
    answer = anthropic_messages.answer(_request(system=_marked()), desk())
    assert answer.body is not None
    usage = answer.body["usage"]
    assert usage["input_tokens"] + usage["cache_creation_input_tokens"] == answer.usage.input_tokens
    assert usage["cache_creation"]["ephemeral_5m_input_tokens"] == usage["cache_creation_input_tokens"]


def test_an_hour_long_breakpoint_is_written_at_its_own_rate():
    usage = anthropic_messages.answer(_request(system=_marked("1h")), desk()).usage
    assert usage.cache_write_1h_tokens > 1024
    assert usage.cache_write_5m_tokens == 0


def test_a_short_prefix_is_not_cached():
    system = [{"type": "text", "text": "Be brief.", "cache_control": {"type": "ephemeral"}}]
    usage = anthropic_messages.answer(_request(system=system), desk()).usage
    assert usage.cache_write_tokens == 0


def test_moving_the_breakpoint_to_a_later_block_reads_the_old_prefix_and_writes_the_rest():
    cache = PromptCache()
    first = anthropic_messages.answer(_request(system=_marked()), desk(cache=cache)).usage
    later = [{"type": "text", "text": LONG_TEXT}, {"type": "text", "text": LONG_TEXT[:2000]}]
    later[1]["cache_control"] = {"type": "ephemeral"}  # type: ignore[assignment]
    second = anthropic_messages.answer(_request(system=later), desk(cache=cache)).usage
    assert second.cache_read_tokens == first.cache_write_tokens
    assert second.cache_write_tokens > 0


def test_a_tool_result_is_not_a_new_question():
    first = anthropic_messages.answer(_request(tools=[_TOOL]), desk()).body
    assert first is not None
    call = first["content"][0]
    assert (call["type"], first["stop_reason"]) == ("tool_use", "tool_use")
    result = {"role": "user", "content": [{"type": "tool_result", "tool_use_id": call["id"], "content": "42"}]}
    messages = [*_request()["messages"], {"role": "assistant", "content": [call]}, result]
    second = anthropic_messages.answer(_request(tools=[_TOOL], messages=messages), desk()).body
    assert second is not None
    assert second["stop_reason"] == "end_turn"


def test_a_stream_opens_with_one_output_token_and_closes_with_the_total():
    answer = anthropic_messages.answer(_request(stream=True), desk())
    events = payloads(answer)
    assert [event.name for event in answer.events] == [event["type"] for event in events]
    assert events[0]["message"]["usage"]["output_tokens"] == 1
    delta = next(event for event in events if event["type"] == "message_delta")
    assert delta["usage"]["output_tokens"] == answer.usage.output_tokens > 1
    assert events[-1]["type"] == "message_stop"


def test_a_streamed_tool_call_arrives_as_json_in_pieces():
    events = payloads(anthropic_messages.answer(_request(tools=[_TOOL], stream=True), desk()))
    text = "".join(e["delta"]["partial_json"] for e in events if e["type"] == "content_block_delta")
    assert json.loads(text) == {"q": "How are you."}


def test_a_request_without_max_tokens_is_refused():
    with pytest.raises(BadRequest, match="max_tokens"):
        anthropic_messages.answer({"model": "m", "messages": [{"role": "user", "content": "x"}]}, desk())
