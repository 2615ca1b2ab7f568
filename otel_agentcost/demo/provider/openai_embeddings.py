"""OpenAI's embeddings: `POST /v1/embeddings`, as floats or base64."""

from __future__ import annotations

import base64
import hashlib
import struct
from typing import cast

from otel_agentcost.demo.provider.desk import Desk
from otel_agentcost.demo.provider.models import served_model
from otel_agentcost.demo.provider.tokens import count_tokens
from otel_agentcost.demo.provider.wire import Answer, BadRequest, Json
from otel_agentcost.model.usage import Usage

DIMENSIONS = 16
"""Short on purpose: nobody searches with these vectors."""


def answer(request: Json, desk: Desk) -> Answer:
    """Answer one embeddings request; it bills input tokens only."""
    inputs = _inputs(request.get("input"))
    model = served_model(str(request.get("model", "")))
    usage = Usage(input_tokens=sum(tokens for _, tokens in inputs))
    as_base64 = request.get("encoding_format") == "base64"
    data = [
        {"object": "embedding", "index": i, "embedding": _encode(_vector(text), as_base64)}
        for i, (text, _) in enumerate(inputs)
    ]
    block = {"prompt_tokens": usage.input_tokens, "total_tokens": usage.input_tokens}
    body: Json = {"object": "list", "data": data, "model": model, "usage": block}
    return Answer("openai", model, f"embd-demo{desk.serial:08d}", usage, body=body)


def _inputs(value: object) -> list[tuple[str, int]]:
    """Return each input with its tokens: a text, texts, or token ids that a client made itself."""
    if isinstance(value, str):
        return [(value, count_tokens(value))]
    if not isinstance(value, list) or not value:
        raise BadRequest("input must be a text, a list of texts or a list of token ids")
    items = cast("list[object]", value)
    if all(isinstance(item, int) for item in items):
        return [(str(items), len(items))]
    return [(str(item), _tokens(item)) for item in items]


def _tokens(item: object) -> int:
    return len(cast("list[object]", item)) if isinstance(item, list) else count_tokens(str(item))


def _vector(text: str) -> list[float]:
    digest = hashlib.sha256(text.encode()).digest()
    return [byte / 128 - 1 for byte in digest[:DIMENSIONS]]


def _encode(vector: list[float], as_base64: bool) -> str | list[float]:
    return base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode() if as_base64 else vector
