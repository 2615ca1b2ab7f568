"""A chat window on the plain OpenAI SDK that forgot to ask its stream for usage."""

# pyright: basic, reportMissingImports=false
# The SDKs of the demo come with the extra `demo`; the package is type-checked without it.

from __future__ import annotations

import openai

from otel_agentcost.demo.seat import Seat

MODEL = "gpt-4o-mini"


def run(seat: Seat) -> str:
    """Answer three times: a stream without usage, a stream whose reader closes the window, a plain call."""
    messages: list = [{"role": "user", "content": "Is the lamp in the window still for sale?"}]
    with openai.OpenAI(base_url=f"{seat.base_url}/v1") as client:
        stream = client.chat.completions.create(model=MODEL, messages=messages, stream=True)
        text = "".join(chunk.choices[0].delta.content or "" for chunk in stream if chunk.choices)
        messages += [{"role": "assistant", "content": text}, {"role": "user", "content": "And in green?"}]
        with client.chat.completions.create(
            model=MODEL, messages=messages, stream=True, stream_options={"include_usage": True}
        ) as abandoned:
            for _ in zip(range(3), abandoned, strict=False):
                pass
        messages += [{"role": "user", "content": "Hello?"}]
        return client.chat.completions.create(model=MODEL, messages=messages).choices[0].message.content or ""
