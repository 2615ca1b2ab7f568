"""A question answerer on the plain OpenAI SDK: embeddings to find, a stream to answer."""

# pyright: basic, reportMissingImports=false
# The SDKs of the demo come with the extra `demo`; the package is type-checked without it.

from __future__ import annotations

import openai

from otel_agentcost.demo.seat import Seat
from otel_agentcost.demo.texts import handbook


def _distance(left: list[float], right: list[float]) -> float:
    return sum((a - b) ** 2 for a, b in zip(left, right, strict=True))


def run(seat: Seat) -> str:
    """Answer from the three sections that lie nearest to the question."""
    question = "How long does a warranty claim take?"
    sections = handbook("support").splitlines()
    with openai.OpenAI(base_url=f"{seat.base_url}/v1") as client:
        found = client.embeddings.create(model="text-embedding-3-small", input=[question, *sections])
        asked, *known = [item.embedding for item in found.data]
        nearest = sorted(range(len(sections)), key=lambda i: _distance(asked, known[i]))[:3]
        context = "\n".join(sections[i] for i in nearest)
        stream = client.chat.completions.create(
            model="gpt-4o-mini",
            messages=[
                {"role": "system", "content": f"Answer from these sections only:\n{context}"},
                {"role": "user", "content": question},
            ],
            stream=True,
            stream_options={"include_usage": True},
        )
        return "".join(chunk.choices[0].delta.content or "" for chunk in stream if chunk.choices)
