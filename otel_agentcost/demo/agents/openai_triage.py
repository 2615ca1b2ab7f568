"""A support agent on the plain OpenAI SDK: a loop of chat completions and two tools."""

# pyright: basic, reportMissingImports=false
# The SDKs of the demo come with the extra `demo`; the package is type-checked without it.

from __future__ import annotations

import json

import openai

from otel_agentcost.demo.seat import Seat
from otel_agentcost.demo.texts import handbook

MODEL = "gpt-4.1-mini"
MAX_TURNS = 6


def _tool(name: str, description: str, argument: str) -> dict:
    parameters = {"type": "object", "properties": {argument: {"type": "string"}}, "required": [argument]}
    return {"type": "function", "function": {"name": name, "description": description, "parameters": parameters}}


TOOLS = [
    _tool("find_order", "Find an order by what the customer says about it.", "description"),
    _tool("check_policy", "Look up which rule of the handbook applies.", "subject"),
]


def _call_tool(name: str, arguments: dict) -> str:
    if name == "find_order":
        return json.dumps({"order": "NL-20417", "item": "desk lamp", "paid_eur": 79, "state": "delivered", **arguments})
    return json.dumps({"section": 15, "rule": "refund within 30 days, no review below 375 euros", **arguments})


def run(seat: Seat) -> str:
    """Decide on one refund; the growing conversation is what the provider caches."""
    messages: list = [
        {"role": "system", "content": handbook("support")},
        {"role": "user", "content": "My desk lamp arrived with a cracked shade. Can I have my money back?"},
    ]
    with openai.OpenAI(base_url=f"{seat.base_url}/v1") as client:
        for _ in range(MAX_TURNS):
            answer = client.chat.completions.create(model=MODEL, messages=messages, tools=TOOLS).choices[0].message
            if not answer.tool_calls:
                return answer.content or ""
            messages.append(answer.model_dump(exclude_none=True))
            for call in answer.tool_calls:
                result = _call_tool(call.function.name, json.loads(call.function.arguments))
                messages.append({"role": "tool", "tool_call_id": call.id, "content": result})
    return ""
