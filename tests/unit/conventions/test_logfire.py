"""Logfire: a streamed call is two spans, and usage stands whole in `gen_ai.usage.raw`."""

from __future__ import annotations

from typing import Any

from otel_agentcost.model.outcome import Reason
from tests.unit.conventions.spans import as_json, read, usage

SCOPE = "logfire.openai"
REQUEST: dict[str, Any] = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "openai",
    "gen_ai.request.model": "gpt-4o-mini",
    "logfire.span_type": "span",
}
RAW = as_json({"prompt_tokens": 140, "completion_tokens": 32, "prompt_tokens_details": {"cached_tokens": 128}})
ANSWER = {
    "gen_ai.response.model": "gpt-4o-mini-2024-07-18",
    "gen_ai.response.id": "chatcmpl-1",
    "gen_ai.usage.raw": RAW,
}


def test_a_plain_call_has_its_whole_usage() -> None:
    reading = read({**REQUEST, **ANSWER}, "Chat Completion", SCOPE)
    assert (reading.kind, reading.is_stream, reading.ends_stream) == ("inference", False, False)
    assert usage(reading) == {"input": 140, "output": 32, "cache_read": 128}


def test_the_request_of_a_stream_waits_for_the_span_that_ends_it() -> None:
    begun = read(REQUEST, "Chat Completion", SCOPE)
    assert (begun.is_stream, begun.ends_stream, begun.doubt) == (True, False, Reason.STREAM_WITHOUT_USAGE)
    ended = read({**REQUEST, "logfire.span_type": "log", "gen_ai.usage.raw": RAW}, "streaming response", SCOPE)
    assert (ended.is_stream, ended.ends_stream, ended.doubt) == (True, True, None)


def test_a_request_that_says_stream_is_one() -> None:
    request = {**REQUEST, **ANSWER, "request_data": as_json({"model": "gpt-4o-mini", "stream": True})}
    assert read(request, "Chat Completion", SCOPE).is_stream


def test_a_failed_request_is_no_stream() -> None:
    reading = read(REQUEST, "Chat Completion", SCOPE, is_error=True)
    assert (reading.is_stream, reading.is_failed, reading.doubt) == (False, True, Reason.CALL_FAILED)


def test_a_span_of_the_application_is_no_call() -> None:
    assert read({"gen_ai.agent.name": "a", "logfire.span_type": "span"}, "my step", SCOPE).kind == "other"
