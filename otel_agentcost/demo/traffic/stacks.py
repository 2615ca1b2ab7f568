"""Stacks: which instrumentations see an execution, and how the spans of one call stand to each other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Literal, NamedTuple, TypeAlias

from otel_agentcost.demo.traffic import dialects
from otel_agentcost.demo.traffic.dialects import Attributes, Dialect, Scope, Told
from otel_agentcost.demo.traffic.plan import AgentRun, ModelCall, Step, ToolCall
from otel_agentcost.model.usage import Usage

Arrangement: TypeAlias = Literal["nested", "beside", "at root"]
"""Of a call that is told twice: the second span inside the first, next to it, or below the execution's root."""


class Stack(NamedTuple):
    """How an execution's steps become spans. `calls` are the instrumentations of model calls, the outermost first."""

    calls: tuple[Dialect, ...]
    agent: Callable[[AgentRun], Told]
    tool: Callable[[ToolCall], Told]
    arrangement: Arrangement = "nested"


_OWN_SCOPE = Scope("northwind.agents")


def _gen_ai_agent(run: AgentRun) -> Told:
    """An agent's span that the company's own code opens, by OpenTelemetry's convention."""
    return Told(_OWN_SCOPE, f"invoke_agent {run.agent}", _gen_ai_agent_attributes(run))


def _gen_ai_tool(call: ToolCall) -> Told:
    return Told(_OWN_SCOPE, f"execute_tool {call.tool}", _gen_ai_tool_attributes(call))


def _pydantic_ai_agent(run: AgentRun) -> Told:
    """pydantic-ai adds up an agent's calls, its sub-agents' among them, under keys of their own."""
    usage = _usage_of(run)
    attributes = _gen_ai_agent_attributes(run)
    attributes["gen_ai.aggregated_usage.input_tokens"] = usage.input_tokens
    attributes["gen_ai.aggregated_usage.output_tokens"] = usage.output_tokens
    attributes["gen_ai.aggregated_usage.cache_read.input_tokens"] = usage.cache_read_tokens
    return Told(dialects.PYDANTIC_AI, f"invoke_agent {run.agent}", attributes)


def _pydantic_ai_tool(call: ToolCall) -> Told:
    return Told(dialects.PYDANTIC_AI, f"execute_tool {call.tool}", _gen_ai_tool_attributes(call))


def _strands_agent(run: AgentRun) -> Told:
    """Strands adds an agent's calls up under the very keys that calls have: whoever sums spans counts them twice."""
    attributes = _gen_ai_agent_attributes(run)
    attributes["gen_ai.system"] = "strands-agents"
    attributes |= dialects.strands_usage(_usage_of(run))
    models = [step.model.requested for step in run.steps if isinstance(step, ModelCall)]
    attributes["gen_ai.request.model"] = models[0]
    return Told(dialects.STRANDS, f"invoke_agent {run.agent}", attributes)


def _strands_tool(call: ToolCall) -> Told:
    attributes = _gen_ai_tool_attributes(call)
    attributes["gen_ai.system"] = "strands-agents"
    return Told(dialects.STRANDS, f"execute_tool {call.tool}", attributes)


def _langchain_agent(run: AgentRun) -> Told:
    metadata = f'{{"ls_integration": "langchain_create_agent", "lc_agent_name": "{run.agent}"}}'
    attributes: Attributes = {"openinference.span.kind": "CHAIN", "metadata": metadata}
    return Told(dialects.LANGCHAIN, run.agent, attributes)


def _langchain_tool(call: ToolCall) -> Told:
    attributes: Attributes = {"openinference.span.kind": "TOOL", "tool.name": call.tool}
    return Told(dialects.LANGCHAIN, call.tool, attributes)


def _gen_ai_agent_attributes(run: AgentRun) -> Attributes:
    return {"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": run.agent}


def _gen_ai_tool_attributes(call: ToolCall) -> Attributes:
    return {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": call.tool}


def _usage_of(run: AgentRun) -> Usage:
    return Usage(*map(sum, zip(Usage().counts, *(call.usage.counts for call in _calls_in(run.steps)), strict=True)))


def _calls_in(steps: tuple[Step, ...]) -> Iterator[ModelCall]:
    for step in steps:
        if isinstance(step, ModelCall):
            yield step
        else:
            yield from _calls_in(step.steps)


STACKS: dict[str, Stack] = {
    "openai sdk": Stack((dialects.openinference_openai,), _gen_ai_agent, _gen_ai_tool),
    "openai sdk, told twice": Stack((dialects.genai_openai, dialects.openllmetry_openai), _gen_ai_agent, _gen_ai_tool),
    "anthropic sdk, told twice": Stack(
        (dialects.openllmetry_anthropic, dialects.anthropic_sdk), _gen_ai_agent, _gen_ai_tool, "beside"
    ),
    "langgraph, told twice": Stack(
        (dialects.openinference_langchain, dialects.openinference_openai), _langchain_agent, _langchain_tool, "at root"
    ),
    "pydantic-ai": Stack((dialects.pydantic_ai,), _pydantic_ai_agent, _pydantic_ai_tool),
    "strands": Stack((dialects.strands,), _strands_agent, _strands_tool),
}
"""By name, in a few words."""
