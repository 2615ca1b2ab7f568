from __future__ import annotations

import pytest

from otel_agentcost.demo.provider import openai_responses
from otel_agentcost.demo.provider.wire import BadRequest
from tests.unit.demo.desks import desk, payloads

_TOOL = {"type": "function", "name": "find", "parameters": {"type": "object", "properties": {"q": {"type": "string"}}}}


def _request(**more: object) -> dict:
    return {"model": "gpt-5.4-mini", "input": "How are you?", **more}


def test_a_plain_answer_holds_its_reasoning_its_message_and_its_usage():
    answer = openai_responses.answer(_request(), desk())
    assert answer.body is not None
    assert [item["type"] for item in answer.body["output"]] == ["reasoning", "message"]
    assert answer.body["usage"]["output_tokens_details"]["reasoning_tokens"] == answer.usage.reasoning_tokens > 0
    assert answer.body["usage"]["total_tokens"] == answer.usage.input_tokens + answer.usage.output_tokens
    assert answer.body["status"] == "completed"


def test_a_tool_is_called_once_and_its_output_brings_the_text():
    first = openai_responses.answer(_request(tools=[_TOOL]), desk()).body
    assert first is not None
    call = first["output"][-1]
    assert (call["type"], call["name"]) == ("function_call", "find")
    result = {"type": "function_call_output", "call_id": call["call_id"], "output": "42"}
    items = [{"role": "user", "content": "How are you?"}, *first["output"], result]
    second = openai_responses.answer(_request(tools=[_TOOL], input=items), desk()).body
    assert second is not None
    assert second["output"][-1]["type"] == "message"


def test_a_stream_numbers_its_events_and_ends_with_the_completed_response():
    answer = openai_responses.answer(_request(stream=True), desk())
    events = payloads(answer)
    assert [event["sequence_number"] for event in events] == list(range(len(events)))
    assert [event.name for event in answer.events] == [event["type"] for event in events]
    assert events[-1]["type"] == "response.completed"
    assert events[-1]["response"]["usage"] == openai_responses.usage_block(answer.usage)
    text = "".join(event["delta"] for event in events if event["type"] == "response.output_text.delta")
    assert text == events[-1]["response"]["output"][-1]["content"][0]["text"]


def test_a_server_side_conversation_is_refused_rather_than_billed_wrongly():
    with pytest.raises(BadRequest, match="previous_response_id"):
        openai_responses.answer(_request(previous_response_id="resp_1"), desk())
