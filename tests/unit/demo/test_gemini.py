from __future__ import annotations

import pytest

from otel_agentcost.demo.provider import gemini
from otel_agentcost.demo.provider.tokens import PromptCache
from otel_agentcost.demo.provider.wire import BadRequest
from tests.unit.demo.desks import LONG_TEXT, desk, payloads

_MODEL = "gemini-2.5-flash"
_DECLARATION = {"name": "find", "parameters": {"type": "OBJECT", "properties": {"q": {"type": "STRING"}}}}


def _request(**more: object) -> dict:
    return {"contents": [{"role": "user", "parts": [{"text": "How are you?"}]}], **more}


def test_candidates_leave_out_the_thoughts_that_the_bill_includes():
    answer = gemini.answer(_request(), desk(), _MODEL, is_stream=False)
    assert answer.body is not None
    usage = answer.body["usageMetadata"]
    assert usage["candidatesTokenCount"] + usage["thoughtsTokenCount"] == answer.usage.output_tokens
    assert usage["totalTokenCount"] == answer.usage.input_tokens + answer.usage.output_tokens


def test_a_stream_names_the_full_usage_in_its_last_chunk_only():
    answer = gemini.answer(_request(), desk(), _MODEL, is_stream=True)
    *chunks, last = payloads(answer)
    assert last["usageMetadata"] == gemini.usage_block(answer.usage)
    assert all("candidatesTokenCount" not in chunk["usageMetadata"] for chunk in chunks)
    assert last["candidates"][0]["finishReason"] == "STOP"


def test_a_shared_instruction_is_cached_without_being_asked():
    cache = PromptCache()
    instruction = {"parts": [{"text": LONG_TEXT}]}
    first = gemini.answer(_request(systemInstruction=instruction), desk(cache=cache), _MODEL, is_stream=False)
    other = {"contents": [{"role": "user", "parts": [{"text": "Why?"}]}], "systemInstruction": instruction}
    second = gemini.answer(other, desk(cache=cache), _MODEL, is_stream=False)
    assert first.usage.cache_read_tokens == 0
    assert second.usage.cache_read_tokens > 1024
    assert second.body is not None
    assert second.body["usageMetadata"]["cachedContentTokenCount"] == second.usage.cache_read_tokens


def test_a_function_is_called_and_its_response_brings_the_text():
    tools = [{"functionDeclarations": [_DECLARATION]}]
    first = gemini.answer(_request(tools=tools), desk(), _MODEL, is_stream=False).body
    assert first is not None
    content = first["candidates"][0]["content"]
    assert content["parts"][0]["functionCall"] == {"name": "find", "args": {"q": "How are you."}}
    response = {"role": "user", "parts": [{"functionResponse": {"name": "find", "response": {"result": "42"}}}]}
    contents = [*_request()["contents"], content, response]
    second = gemini.answer({"contents": contents, "tools": tools}, desk(), _MODEL, is_stream=False).body
    assert second is not None
    assert "text" in second["candidates"][0]["content"]["parts"][0]


def test_a_request_without_contents_is_refused():
    with pytest.raises(BadRequest, match="contents"):
        gemini.answer({}, desk(), _MODEL, is_stream=False)
