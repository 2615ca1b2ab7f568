"""Anthropic's messages: `POST /v1/messages`, plain and streamed, with cache breakpoints."""

from __future__ import annotations

import json
from collections.abc import Iterator

from otel_agentcost.demo.provider.desk import Desk
from otel_agentcost.demo.provider.models import served_model
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
    """Answer one message request and say what it bills."""
    messages = as_objects(request.get("messages"))
    if not messages:
        raise BadRequest("messages: at least one message is required")
    if not isinstance(request.get("max_tokens"), int):
        raise BadRequest("max_tokens: field required")
    model = served_model(str(request.get("model", "")))
    prompt = list(_prompt(request, messages))
    reply = next_reply(desk.script, _offers(request), _called_since_user(messages), _question(messages))
    block = _block(reply)
    cached = desk.cache.explicit(f"anthropic/{model}", prompt)
    usage = Usage(
        input_tokens=total_tokens(prompt),
        output_tokens=count_tokens(reply.text or canonical(block)),
        cache_read_tokens=cached.read_tokens,
        cache_write_5m_tokens=cached.write_5m_tokens,
        cache_write_1h_tokens=cached.write_1h_tokens,
    )
    response_id = f"msg_demo{desk.serial:08d}"
    head = {"id": response_id, "type": "message", "role": "assistant", "model": model}
    stop_reason = "tool_use" if reply.tool_call else "end_turn"
    if request.get("stream"):
        return Answer("anthropic", model, response_id, usage, events=_stream(head, block, usage, stop_reason))
    body = {**head, "content": [block], "stop_reason": stop_reason, "stop_sequence": None, "usage": usage_block(usage)}
    return Answer("anthropic", model, response_id, usage, body=body)


def usage_block(usage: Usage) -> Json:
    """Return Anthropic's usage object: `input_tokens` leaves out what was read from or written to the cache."""
    return {
        "input_tokens": usage.input_tokens - usage.cache_read_tokens - usage.cache_write_tokens,
        "cache_creation_input_tokens": usage.cache_write_tokens,
        "cache_read_input_tokens": usage.cache_read_tokens,
        "cache_creation": {
            "ephemeral_5m_input_tokens": usage.cache_write_5m_tokens,
            "ephemeral_1h_input_tokens": usage.cache_write_1h_tokens,
        },
        "output_tokens": usage.output_tokens,
        "service_tier": "standard",
    }


def _prompt(request: Json, messages: list[Json]) -> Iterator[Segment]:
    """Yield the prompt in cache order. A breakpoint is not part of the text: moving it keeps the prefix."""
    system = request.get("system")
    blocks = [*as_objects(request.get("tools")), *_blocks(system)]
    blocks += [
        {"role": message.get("role"), **part} for message in messages for part in _blocks(message.get("content"))
    ]
    for block in blocks:
        control = as_object(block.get("cache_control"))
        text = canonical({key: value for key, value in block.items() if key != "cache_control"})
        yield Segment(text, str(control.get("ttl") or "5m") if control else None)


def _blocks(content: object) -> list[Json]:
    if isinstance(content, str):
        return [{"type": "text", "text": content}] if content else []
    return as_objects(content)


def _block(reply: Reply) -> Json:
    call = reply.tool_call
    if call is None:
        return {"type": "text", "text": reply.text, "citations": None}
    return {"type": "tool_use", "id": f"toolu_{call.call_id}", "name": call.name, "input": call.arguments}


def _stream(head: Json, block: Json, usage: Usage, stop_reason: str) -> tuple[Event, ...]:
    opening = usage_block(usage) | {"output_tokens": 1}
    start: Json = {**head, "content": [], "stop_reason": None, "stop_sequence": None, "usage": opening}
    is_text = block["type"] == "text"
    empty: Json = {**block, "text": ""} if is_text else {**block, "input": {}}
    text = block["text"] if is_text else json.dumps(block["input"])
    kind, key = ("text_delta", "text") if is_text else ("input_json_delta", "partial_json")
    bodies: list[Json] = [
        {"type": "message_start", "message": start},
        {"type": "content_block_start", "index": 0, "content_block": empty},
        {"type": "ping"},
        *({"type": "content_block_delta", "index": 0, "delta": {"type": kind, key: piece}} for piece in pieces(text)),
        {"type": "content_block_stop", "index": 0},
        {
            "type": "message_delta",
            "delta": {"stop_reason": stop_reason, "stop_sequence": None},
            "usage": {"output_tokens": usage.output_tokens},
        },
        {"type": "message_stop"},
    ]
    return tuple(event(body, body["type"]) for body in bodies)


def _offers(request: Json) -> list[ToolOffer]:
    tools = as_objects(request.get("tools"))
    return [ToolOffer(str(tool["name"]), as_object(tool.get("input_schema"))) for tool in tools if "name" in tool]


def _is_spoken_by_user(message: Json) -> bool:
    return message.get("role") == "user" and any(
        part.get("type") != "tool_result" for part in _blocks(message.get("content"))
    )


def _called_since_user(messages: list[Json]) -> list[str]:
    last_user = max((i for i, message in enumerate(messages) if _is_spoken_by_user(message)), default=0)
    parts = [part for message in messages[last_user:] for part in _blocks(message.get("content"))]
    return [str(part.get("name")) for part in parts if part.get("type") == "tool_use"]


def _question(messages: list[Json]) -> str:
    message: Json = next((m for m in reversed(messages) if _is_spoken_by_user(m)), Json())
    return " ".join(str(part.get("text", "")) for part in _blocks(message.get("content")))
