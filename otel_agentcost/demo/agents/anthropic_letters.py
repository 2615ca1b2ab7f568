"""A letter writer on the plain Anthropic SDK: cached instructions, one tool, then a stream."""

# pyright: basic, reportMissingImports=false
# The SDKs of the demo come with the extra `demo`; the package is type-checked without it.

from __future__ import annotations

import anthropic

from otel_agentcost.demo.seat import Seat
from otel_agentcost.demo.texts import handbook

MODEL = "claude-sonnet-5"
TOOLS: list = [
    {
        "name": "customer_history",
        "description": "What this customer bought and complained about before.",
        "input_schema": {"type": "object", "properties": {"customer": {"type": "string"}}, "required": ["customer"]},
    }
]


def run(seat: Seat) -> str:
    """Look the customer up, then write; the second call reads the prompt that the first one cached."""
    system: list = [{"type": "text", "text": handbook("correspondence", 40), "cache_control": {"type": "ephemeral"}}]
    messages: list = [{"role": "user", "content": "Write to Mrs Okafor about her late delivery."}]
    request: dict = {"model": MODEL, "max_tokens": 800, "system": system, "tools": TOOLS}
    with anthropic.Anthropic(base_url=seat.base_url) as client:
        first = client.messages.create(messages=messages, **request)
        calls = [block for block in first.content if block.type == "tool_use"]
        messages.append({"role": "assistant", "content": [block.model_dump() for block in calls]})
        results = [
            {"type": "tool_result", "tool_use_id": call.id, "content": "Two lamps in March; no complaint so far."}
            for call in calls
        ]
        messages.append({"role": "user", "content": results})
        with client.messages.stream(messages=messages, **request) as stream:
            return "".join(stream.text_stream)
