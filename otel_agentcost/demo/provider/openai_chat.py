"""OpenAI's chat completions: `POST /v1/chat/completions`, plain and streamed."""

from __future__ import annotations

import json

from otel_agentcost.demo.provider.desk import Desk
from otel_agentcost.demo.provider.models import reasoning_tokens, served_model
from otel_agentcost.demo.provider.script import Reply, ToolOffer, next_reply
from otel_agentcost.demo.provider.tokens import Segment, count_tokens, total_tokens
from otel_agentcost.demo.provider.wire import (
    Answer,
    BadRequest,
    Event,
    Json,
    as_object,
    as_objects,
    canonical,
    event,
    pieces,
)
from otel_agentcost.model.usage import Usage


def answer(request: Json, desk: Desk) -> Answer:
    """Answer one chat completion and say what it bills."""
    messages = as_objects(request.get("messages"))
    if not messages:
        raise BadRequest("messages must be a list with at least one message")
    model = served_model(str(request.get("model", "")))
    prompt = [Segment(canonical(tool)) for tool in as_objects(request.get("tools"))]
    prompt += [Segment(canonical(message)) for message in messages]
    reply = next_reply(desk.script, _offers(request), _called_since_user(messages), _question(messages))
    input_tokens = total_tokens(prompt)
    thinking = reasoning_tokens(model, input_tokens)
    usage = Usage(
        input_tokens=input_tokens,
        output_tokens=_spoken_tokens(reply) + thinking,
        cache_read_tokens=desk.cache.automatic(f"openai/{model}", prompt).read_tokens,
        reasoning_tokens=thinking,
    )
    response_id = f"chatcmpl-demo{desk.serial:08d}"
    if request.get("stream"):
        wants_usage = bool(as_object(request.get("stream_options")).get("include_usage"))
        events = _stream(reply, usage, response_id, model, desk.created, wants_usage)
        return Answer("openai", model, response_id, usage, events=events, sends_usage=wants_usage)
    finish = "tool_calls" if reply.tool_call else "stop"
    choice = {"index": 0, "message": _message(reply), "finish_reason": finish, "logprobs": None}
    body = _head(response_id, "chat.completion", model, desk.created)
    body |= {"choices": [choice], "usage": usage_block(usage)}
    return Answer("openai", model, response_id, usage, body=body)


def usage_block(usage: Usage) -> Json:
    """Return OpenAI's usage object: totals include their details."""
    return {
        "prompt_tokens": usage.input_tokens,
        "completion_tokens": usage.output_tokens,
        "total_tokens": usage.total_tokens,
        "prompt_tokens_details": {"cached_tokens": usage.cache_read_tokens, "audio_tokens": 0},
        "completion_tokens_details": {
            "reasoning_tokens": usage.reasoning_tokens,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    }


def _head(response_id: str, kind: str, model: str, created: int) -> Json:
    return {
        "id": response_id,
        "object": kind,
        "created": created,
        "model": model,
        "service_tier": "default",
        "system_fingerprint": "fp_demo",
    }


def _stream(
    reply: Reply, usage: Usage, response_id: str, model: str, created: int, wants_usage: bool
) -> tuple[Event, ...]:
    head = _head(response_id, "chat.completion.chunk", model, created)
    if wants_usage:
        head["usage"] = None

    def chunk(delta: Json, finish: str | None = None) -> Event:
        return event({**head, "choices": [{"index": 0, "delta": delta, "finish_reason": finish, "logprobs": None}]})

    events = [chunk({"role": "assistant", "content": None if reply.tool_call else ""})]
    if reply.tool_call:
        call = _tool_call(reply)
        arguments = call["function"]["arguments"]
        first = {**call, "index": 0, "function": {"name": call["function"]["name"], "arguments": ""}}
        events.append(chunk({"tool_calls": [first]}))
        events += [chunk({"tool_calls": [{"index": 0, "function": {"arguments": p}}]}) for p in pieces(arguments)]
    else:
        events += [chunk({"content": piece}) for piece in pieces(reply.text)]
    events.append(chunk({}, "tool_calls" if reply.tool_call else "stop"))
    if wants_usage:
        events.append(event({**head, "choices": [], "usage": usage_block(usage)}))
    return (*events, Event("[DONE]"))


def _message(reply: Reply) -> Json:
    message: Json = {"role": "assistant", "content": None if reply.tool_call else reply.text, "refusal": None}
    if reply.tool_call:
        message["tool_calls"] = [_tool_call(reply)]
    return message


def _tool_call(reply: Reply) -> Json:
    call = reply.tool_call
    if call is None:
        return {}
    arguments = json.dumps(call.arguments)
    return {"id": call.call_id, "type": "function", "function": {"name": call.name, "arguments": arguments}}


def _spoken_tokens(reply: Reply) -> int:
    return count_tokens(canonical(_tool_call(reply)) if reply.tool_call else reply.text)


def _offers(request: Json) -> list[ToolOffer]:
    functions = [as_object(tool.get("function")) for tool in as_objects(request.get("tools"))]
    return [ToolOffer(str(f["name"]), as_object(f.get("parameters"))) for f in functions if "name" in f]


def _called_since_user(messages: list[Json]) -> list[str]:
    last_user = max((i for i, message in enumerate(messages) if message.get("role") == "user"), default=0)
    calls = [call for message in messages[last_user:] for call in as_objects(message.get("tool_calls"))]
    return [str(as_object(call.get("function")).get("name")) for call in calls]


def _question(messages: list[Json]) -> str:
    return next((_text(m.get("content")) for m in reversed(messages) if m.get("role") == "user"), "")


def _text(content: object) -> str:
    if isinstance(content, str):
        return content
    return " ".join(str(part.get("text", "")) for part in as_objects(content))
