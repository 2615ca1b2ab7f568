"""Google's Gemini: `POST /v1beta/models/MODEL:generateContent` and `:streamGenerateContent`."""

from __future__ import annotations

from otel_agentcost.demo.provider.desk import Desk
from otel_agentcost.demo.provider.models import reasoning_tokens, served_model
from otel_agentcost.demo.provider.script import Reply, ToolOffer, next_reply
from otel_agentcost.demo.provider.tokens import Segment, count_tokens, total_tokens
from otel_agentcost.demo.provider.wire import Answer, BadRequest, Json, as_object, as_objects, canonical, event, pieces
from otel_agentcost.model.usage import Usage


def answer(request: Json, desk: Desk, model: str, is_stream: bool) -> Answer:
    """Answer one generation request and say what it bills. The model stands in the path, not in the body."""
    contents = as_objects(request.get("contents"))
    if not contents:
        raise BadRequest("contents is not specified")
    model = served_model(model)
    prompt = [Segment(canonical(tool)) for tool in as_objects(request.get("tools"))]
    if request.get("systemInstruction"):
        prompt.append(Segment(canonical(request["systemInstruction"])))
    prompt += [Segment(canonical(content)) for content in contents]
    reply = next_reply(desk.script, _offers(request), _called_since_user(contents), _question(contents))
    input_tokens = total_tokens(prompt)
    thoughts = reasoning_tokens(model, input_tokens)
    part = _part(reply)
    usage = Usage(
        input_tokens=input_tokens,
        output_tokens=count_tokens(reply.text or canonical(part)) + thoughts,
        cache_read_tokens=desk.cache.automatic(f"google/{model}", prompt, step_tokens=1).read_tokens,
        reasoning_tokens=thoughts,
    )
    response_id = f"gemini-demo{desk.serial:08d}"
    head = {"modelVersion": model, "responseId": response_id}
    if not is_stream:
        body = {"candidates": [_candidate(part, "STOP")], "usageMetadata": usage_block(usage), **head}
        return Answer("google", model, response_id, usage, body=body)
    parts = [part] if reply.tool_call else [{"text": piece} for piece in pieces(reply.text)]
    early = {"promptTokenCount": usage.input_tokens, "totalTokenCount": usage.input_tokens}
    chunks: list[Json] = [{"candidates": [_candidate(p)], "usageMetadata": early, **head} for p in parts[:-1]]
    chunks.append({"candidates": [_candidate(parts[-1], "STOP")], "usageMetadata": usage_block(usage), **head})
    return Answer("google", model, response_id, usage, events=tuple(event(chunk) for chunk in chunks))


def usage_block(usage: Usage) -> Json:
    """Return Gemini's usage object: candidates leave out the thoughts, the prompt includes what was cached."""
    block = {
        "promptTokenCount": usage.input_tokens,
        "candidatesTokenCount": usage.output_tokens - usage.reasoning_tokens,
        "totalTokenCount": usage.total_tokens,
    }
    if usage.reasoning_tokens:
        block["thoughtsTokenCount"] = usage.reasoning_tokens
    if usage.cache_read_tokens:
        block["cachedContentTokenCount"] = usage.cache_read_tokens
    return block


def _candidate(part: Json, finish: str | None = None) -> Json:
    candidate: Json = {"content": {"parts": [part], "role": "model"}, "index": 0}
    return candidate | {"finishReason": finish} if finish else candidate


def _part(reply: Reply) -> Json:
    call = reply.tool_call
    return {"functionCall": {"name": call.name, "args": call.arguments}} if call else {"text": reply.text}


def _offers(request: Json) -> list[ToolOffer]:
    declared = [f for tool in as_objects(request.get("tools")) for f in as_objects(tool.get("functionDeclarations"))]
    return [
        ToolOffer(str(f["name"]), as_object(f.get("parameters") or f.get("parametersJsonSchema"))) for f in declared
    ]


def _has_text(content: Json) -> bool:
    return content.get("role", "user") == "user" and any("text" in part for part in as_objects(content.get("parts")))


def _called_since_user(contents: list[Json]) -> list[str]:
    last_user = max((i for i, content in enumerate(contents) if _has_text(content)), default=0)
    parts = [part for content in contents[last_user:] for part in as_objects(content.get("parts"))]
    return [str(as_object(part["functionCall"]).get("name")) for part in parts if "functionCall" in part]


def _question(contents: list[Json]) -> str:
    content = next((c for c in reversed(contents) if _has_text(c)), Json())
    return " ".join(str(part["text"]) for part in as_objects(content.get("parts")) if "text" in part)
