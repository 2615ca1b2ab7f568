"""A pydantic-ai reviewer that delegates to a second agent through a tool."""

# pyright: basic, reportMissingImports=false
# The SDKs of the demo come with the extra `demo`; the package is type-checked without it.

from __future__ import annotations

import asyncio

from openai import AsyncOpenAI
from pydantic_ai import Agent, RunContext
from pydantic_ai.capabilities import Instrumentation
from pydantic_ai.models.instrumented import InstrumentationSettings
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers.openai import OpenAIProvider

from otel_agentcost.demo.seat import Seat
from otel_agentcost.demo.texts import handbook


async def _review(seat: Seat) -> str:
    seen = Instrumentation(InstrumentationSettings(tracer_provider=seat.tracer_provider))
    async with AsyncOpenAI(base_url=f"{seat.base_url}/v1") as client:
        provider = OpenAIProvider(openai_client=client)
        checker = Agent(
            OpenAIChatModel("gpt-4o-mini", provider=provider),
            name="fact-checker",
            instructions="You check claims against the archive.",
            capabilities=[seen],
        )
        reviewer = Agent(
            OpenAIChatModel("gpt-4.1-mini", provider=provider),
            name="reviewer",
            instructions=handbook("review"),
            capabilities=[seen],
        )

        @checker.tool_plain
        def search_archive(claim: str) -> str:
            """Search the archive for a claim."""
            return f"One entry supports it: {claim}"

        @reviewer.tool
        async def check_facts(ctx: RunContext[None], claim: str) -> str:
            """Have the fact-checker look at a claim."""
            return (await checker.run(claim, usage=ctx.usage)).output

        return (await reviewer.run("Review this: LED lamps keep 90 percent of their output for ten years.")).output


def run(seat: Seat) -> str:
    """Review one text; the reviewer waits for the fact-checker."""
    return asyncio.run(_review(seat))
