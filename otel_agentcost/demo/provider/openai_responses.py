"""OpenAI's responses: `POST /v1/responses`, plain and streamed."""

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
    """Answer one response request and say what it bills."""
    if request.get("previous_response_id"):
        raise BadRequest("previous_response_id is not served: the demo provider keeps no conversations")
    items = _items(request.get("input"))
    if not items:
        raise BadRequest("input must be a text or a list with at least one item")
    model = served_model(str(request.get("model", "")))
    prompt = [Segment(canonical(tool)) for tool in as_objects(request.get("tools"))]
    if request.get("instructions"):
        prompt.append(Segment(str(request["instructions"])))
    prompt += [Segment(canonical(item)) for item in items]
    reply = next_reply(desk.script, _offers(request), _called_since_user(items), _question(items))
    input_tokens = total_tokens(prompt)
    thinking = reasoning_tokens(model, input_tokens)
    output = _output(reply, desk.serial, thinking)
    spoken = reply.text or canonical(output[-1])
    usage = Usage(
        input_tokens=input_tokens,
        output_tokens=count_tokens(spoken) + thinking,
        cache_read_tokens=desk.cache.automatic(f"openai/{model}", prompt).read_tokens,
        reasoning_tokens=thinking,
    )
    response_id = f"resp_demo{desk.serial:08d}"
    response = _response(request, response_id, model, desk.created)
    if request.get("stream"):
        events = _stream(response, output, usage)
        return Answer("openai", model, response_id, usage, events=events)
    body = response | {"status": "completed", "output": output, "usage": usage_block(usage)}
    return Answer("openai", model, response_id, usage, body=body)


def usage_block(usage: Usage) -> Json:
    """Return the usage object of the responses API: totals include their details."""
    return {
        "input_tokens": usage.input_tokens,
        "input_tokens_details": {"cached_tokens": usage.cache_read_tokens, "cache_write_tokens": 0},
        "output_tokens": usage.output_tokens,
        "output_tokens_details": {"reasoning_tokens": usage.reasoning_tokens},
        "total_tokens": usage.total_tokens,
    }


def _response(request: Json, response_id: str, model: str, created: int) -> Json:
    return {
        "id": response_id,
        "object": "response",
        "created_at": created,
        "status": "in_progress",
        "error": None,
        "incomplete_details": None,
        "instructions": request.get("instructions"),
        "max_output_tokens": None,
        "metadata": {},
        "model": model,
        "output": [],
        "parallel_tool_calls": bool(request.get("parallel_tool_calls", True)),
        "previous_response_id": None,
        "service_tier": "default",
        "temperature": 1.0,
        "tool_choice": request.get("tool_choice", "auto"),
        "tools": request.get("tools", []),
        "top_p": 1.0,
        "truncation": "disabled",
        "usage": None,
    }


def _output(reply: Reply, serial: int, thinking_tokens: int) -> list[Json]:
    output: list[Json] = []
    if thinking_tokens:
        output.append({"id": f"rs_demo{serial:08d}", "type": "reasoning", "summary": []})
    if reply.tool_call:
        call = reply.tool_call
        arguments = json.dumps(call.arguments)
        item = {"id": f"fc_demo{serial:08d}", "type": "function_call", "status": "completed"}
        output.append({**item, "call_id": call.call_id, "name": call.name, "arguments": arguments})
    else:
        content: list[Json] = [{"type": "output_text", "text": reply.text, "annotations": [], "logprobs": []}]
        item = {"id": f"msg_demo{serial:08d}", "type": "message", "status": "completed"}
        output.append({**item, "role": "assistant", "content": content})
    return output


def _stream(response: Json, output: list[Json], usage: Usage) -> tuple[Event, ...]:
    bodies: list[Json] = [
        {"type": "response.created", "response": response},
        {"type": "response.in_progress", "response": response},
    ]
    for index, item in enumerate(output):
        bodies += _item_events(index, item)
    completed = {**response, "status": "completed", "output": output, "usage": usage_block(usage)}
    bodies.append({"type": "response.completed", "response": completed})
    return tuple(event({**body, "sequence_number": i}, body["type"]) for i, body in enumerate(bodies))


def _item_events(index: int, item: Json) -> list[Json]:
    where: Json = {"output_index": index, "item_id": item["id"]}
    empty: Json = {**item, "status": "in_progress"} if "status" in item else {**item}
    empty |= {key: type(item[key])() for key in ("content", "arguments") if key in item}
    events: list[Json] = [{"type": "response.output_item.added", "output_index": index, "item": empty}]
    if item["type"] == "message":
        part = item["content"][0]
        where = {**where, "content_index": 0}
        events.append({"type": "response.content_part.added", **where, "part": {**part, "text": ""}})
        delta: Json = {"type": "response.output_text.delta", **where, "logprobs": []}
        events += [{**delta, "delta": piece} for piece in pieces(part["text"])]
        events.append({"type": "response.output_text.done", **where, "text": part["text"], "logprobs": []})
        events.append({"type": "response.content_part.done", **where, "part": part})
    elif item["type"] == "function_call":
        delta = {"type": "response.function_call_arguments.delta", **where}
        events += [{**delta, "delta": piece} for piece in pieces(item["arguments"])]
        done = {"type": "response.function_call_arguments.done", **where}
        events.append({**done, "name": item["name"], "arguments": item["arguments"]})
    return [*events, {"type": "response.output_item.done", "output_index": index, "item": item}]


def _items(value: object) -> list[Json]:
    return [{"role": "user", "content": value}] if isinstance(value, str) else as_objects(value)


def _offers(request: Json) -> list[ToolOffer]:
    tools = as_objects(request.get("tools"))
    return [ToolOffer(str(t["name"]), as_object(t.get("parameters"))) for t in tools if t.get("type") == "function"]


def _called_since_user(items: list[Json]) -> list[str]:
    last_user = max((i for i, item in enumerate(items) if item.get("role") == "user"), default=0)
    return [str(item.get("name")) for item in items[last_user:] if item.get("type") == "function_call"]


def _question(items: list[Json]) -> str:
    content = next((item.get("content") for item in reversed(items) if item.get("role") == "user"), "")
    if isinstance(content, str):
        return content
    return " ".join(str(part.get("text", "")) for part in as_objects(content))
