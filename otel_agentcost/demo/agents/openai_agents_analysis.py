"""An openai-agents pair: a planner that hands over to an analyst, on the responses API."""

# pyright: basic, reportMissingImports=false, reportAttributeAccessIssue=false
# The SDKs of the demo come with the extra `demo`; the package is type-checked without it.

from __future__ import annotations

import asyncio

from agents import Agent, OpenAIResponsesModel, RunConfig, Runner, function_tool, set_trace_processors
from openai import AsyncOpenAI

from otel_agentcost.demo.seat import Seat
from otel_agentcost.demo.texts import handbook

set_trace_processors([])  # the default one uploads every run to OpenAI; the instrumentation adds its own later


@function_tool
def list_datasets(topic: str) -> str:
    """List the data sets that exist on a topic."""
    return f"returns-2026, complaints-2026 ({topic})"


@function_tool
def query_dataset(question: str) -> str:
    """Ask one question of a data set."""
    return f"4.1 percent of lamps come back; asked: {question}"


async def _analyse(seat: Seat) -> str:
    async with AsyncOpenAI(base_url=f"{seat.base_url}/v1") as client:
        model = OpenAIResponsesModel("gpt-5.4-mini", client)
        analyst = Agent(name="analyst", instructions=handbook("analysis"), tools=[query_dataset], model=model)
        planner = Agent(
            name="planner", instructions="You plan analyses.", tools=[list_datasets], handoffs=[analyst], model=model
        )
        config = RunConfig(trace_include_sensitive_data=True, workflow_name="analysis")
        result = await Runner.run(planner, "Which lamps come back most, and why?", run_config=config)
        return str(result.final_output)


def run(seat: Seat) -> str:
    """Plan, hand over, answer."""
    return asyncio.run(_analyse(seat))
