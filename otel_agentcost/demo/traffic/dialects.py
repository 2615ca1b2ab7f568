"""How instrumentations spell a model call: one function each, as recorded from the published ones.

The prompts and answers that some of them record are left out, since they cost nothing and tell nothing of costs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

from opentelemetry.util.types import AttributeValue

from otel_agentcost.demo.traffic.plan import ModelCall
from otel_agentcost.model.usage import Usage

Attributes: TypeAlias = "dict[str, AttributeValue]"


class Scope(NamedTuple):
    """An instrumentation: its faults, which a reader must know, are those of its version."""

    name: str
    version: str | None = None


class Told(NamedTuple):
    """A span as an instrumentation writes it."""

    scope: Scope
    name: str
    attributes: Attributes


PYDANTIC_AI = Scope("pydantic-ai", "2.68.0")
STRANDS = Scope("strands.telemetry.tracer")
LANGCHAIN = Scope("openinference.instrumentation.langchain", "0.1.80")
_GENAI_OPENAI = Scope("opentelemetry.instrumentation.genai.openai", "1.3b0")
_OPENLLMETRY_OPENAI = Scope("opentelemetry.instrumentation.openai.v1", "0.62.4")
_OPENLLMETRY_ANTHROPIC = Scope("opentelemetry.instrumentation.anthropic", "0.62.4")
_OPENINFERENCE_OPENAI = Scope("openinference.instrumentation.openai", "0.1.66")
_ANTHROPIC_SDK = Scope("com.anthropic.sdk.python", "2.12.0")


Dialect: TypeAlias = "Callable[[ModelCall, str | None], Told]"
"""Tells a call; the second argument is the agent that makes it, where there is one."""


def genai_openai(call: ModelCall, _agent: str | None) -> Told:
    """OpenTelemetry's own instrumentation of the OpenAI SDK."""
    operation = _operation(call)
    attributes = _gen_ai(call, operation)
    attributes["server.address"] = "api.openai.com"
    if call.is_stream:
        attributes["gen_ai.request.stream"] = True
    return Told(_GENAI_OPENAI, f"{operation} {call.model.requested}", attributes)


def openllmetry_openai(call: ModelCall, _agent: str | None) -> Told:
    """OpenLLMetry's of the OpenAI SDK."""
    attributes = _gen_ai(call, "chat")
    attributes["gen_ai.is_streaming"] = call.is_stream
    if call.error is None:
        attributes["gen_ai.usage.total_tokens"] = call.usage.total_tokens
        attributes["gen_ai.usage.cache_read.input_tokens"] = call.usage.cache_read_tokens
        attributes["gen_ai.usage.reasoning_tokens"] = call.usage.reasoning_tokens
    return Told(_OPENLLMETRY_OPENAI, "openai.chat", attributes)


def anthropic_sdk(call: ModelCall, _agent: str | None) -> Told:
    """The spans that Anthropic's SDK writes by itself."""
    attributes = _gen_ai(call, "chat")
    attributes["server.address"] = "api.anthropic.com"
    if call.is_stream:
        attributes["gen_ai.request.stream"] = True
    if call.error is None:
        attributes.pop("gen_ai.usage.cache_creation.input_tokens", None)
        attributes["gen_ai.usage.cache_write.input_tokens"] = call.usage.cache_write_tokens
        attributes["gen_ai.usage.cache_read.input_tokens"] = call.usage.cache_read_tokens
        attributes["anthropic.usage.cache_creation.ephemeral_5m_input_tokens"] = call.usage.cache_write_5m_tokens
        attributes["anthropic.usage.cache_creation.ephemeral_1h_input_tokens"] = 0
        attributes["anthropic.response.service_tier"] = "standard"
    return Told(_ANTHROPIC_SDK, "anthropic.messages.create", attributes)


def openllmetry_anthropic(call: ModelCall, _agent: str | None) -> Told:
    """OpenLLMetry's of the Anthropic SDK: of a stream's output it counts one token too many.

    Nothing else tells its streams from whole answers but that it writes their usage before the model, as here.
    """
    attributes = _gen_ai(call, "chat")
    if call.error is None:
        if call.is_stream:
            attributes["gen_ai.response.model"] = attributes.pop("gen_ai.response.model")
        attributes["gen_ai.usage.output_tokens"] = call.usage.output_tokens + call.is_stream
        attributes["gen_ai.usage.total_tokens"] = call.usage.total_tokens + call.is_stream
        attributes["gen_ai.usage.cache_read.input_tokens"] = call.usage.cache_read_tokens
        attributes["gen_ai.usage.cache_creation.input_tokens"] = call.usage.cache_write_tokens
    return Told(_OPENLLMETRY_ANTHROPIC, "anthropic.chat", attributes)


def openinference_openai(call: ModelCall, _agent: str | None) -> Told:
    """OpenInference's of the OpenAI SDK: of a stream it does not tell the response's id."""
    if _operation(call) == "embeddings":
        return Told(_OPENINFERENCE_OPENAI, "CreateEmbeddings", _openinference_embedding(call))
    attributes = _openinference(call)
    if call.response_id and not call.is_stream:
        attributes["output.value"] = f'{{"id": "{call.response_id}", "object": "chat.completion"}}'
    return Told(_OPENINFERENCE_OPENAI, "ChatCompletion", attributes)


def openinference_langchain(call: ModelCall, agent: str | None) -> Told:
    """OpenInference's of LangChain, which knows the agent."""
    attributes = _openinference(call)
    attributes["llm.provider"] = call.model.provider
    attributes["metadata"] = f'{{"ls_integration": "langchain_chat_model", "lc_agent_name": "{agent or ""}"}}'
    return Told(LANGCHAIN, "ChatOpenAI", attributes)


def pydantic_ai(call: ModelCall, agent: str | None) -> Told:
    """pydantic-ai's own."""
    attributes = _gen_ai(call, "chat")
    if agent is not None:
        attributes["gen_ai.agent.name"] = agent
    if call.model.usd_per_million is not None or call.model.billed_by is None:
        attributes["server.address"] = "models.northwind.example"
    return Told(PYDANTIC_AI, f"chat {call.model.requested}", attributes)


def strands(call: ModelCall, _agent: str | None) -> Told:
    """Strands Agents' own: the provider is the framework's name, and every count stands there twice."""
    attributes: Attributes = {
        "gen_ai.operation.name": "chat",
        "gen_ai.system": "strands-agents",
        "gen_ai.request.model": call.model.requested,
    }
    if call.error is None:
        attributes |= strands_usage(call.usage)
    return Told(STRANDS, "chat", attributes)


def strands_usage(usage: Usage) -> Attributes:
    """Return the counts as Strands writes them, on calls and, added up, on agents."""
    return {
        "gen_ai.usage.prompt_tokens": usage.input_tokens,
        "gen_ai.usage.input_tokens": usage.input_tokens,
        "gen_ai.usage.completion_tokens": usage.output_tokens,
        "gen_ai.usage.output_tokens": usage.output_tokens,
        "gen_ai.usage.total_tokens": usage.total_tokens,
        "gen_ai.usage.cache_read.input_tokens": usage.cache_read_tokens,
        "gen_ai.usage.cache_creation.input_tokens": usage.cache_write_tokens,
    }


def _operation(call: ModelCall) -> str:
    return "embeddings" if call.model.requested.startswith("text-embedding") else "chat"


def _gen_ai(call: ModelCall, operation: str) -> Attributes:
    """Return what OpenTelemetry's convention asks for."""
    model, usage = call.model, call.usage
    attributes: Attributes = {
        "gen_ai.operation.name": operation,
        "gen_ai.provider.name": model.provider,
        "gen_ai.request.model": model.requested,
    }
    if call.error is not None:
        attributes["error.type"] = call.error
        return attributes
    attributes["gen_ai.response.model"] = model.answered
    attributes["gen_ai.usage.input_tokens"] = usage.input_tokens
    if call.response_id:
        attributes["gen_ai.response.id"] = call.response_id
    if operation == "chat":
        attributes["gen_ai.usage.output_tokens"] = usage.output_tokens
    if usage.cache_read_tokens:
        attributes["gen_ai.usage.cache_read.input_tokens"] = usage.cache_read_tokens
    if usage.cache_write_tokens:
        attributes["gen_ai.usage.cache_creation.input_tokens"] = usage.cache_write_tokens
    if usage.reasoning_tokens:
        attributes["gen_ai.usage.reasoning.output_tokens"] = usage.reasoning_tokens
    return attributes


def _openinference(call: ModelCall) -> Attributes:
    asked = f'{{"model": "{call.model.requested}", "stream": {str(call.is_stream).lower()}}}'
    attributes: Attributes = {
        "openinference.span.kind": "LLM",
        "llm.system": call.model.provider,
        "llm.invocation_parameters": asked,
    }
    if call.error is None:
        usage = call.usage
        attributes["llm.model_name"] = call.model.answered
        attributes["llm.token_count.prompt"] = usage.input_tokens
        attributes["llm.token_count.completion"] = usage.output_tokens
        attributes["llm.token_count.total"] = usage.total_tokens
        attributes["llm.token_count.prompt_details.cache_read"] = usage.cache_read_tokens
        attributes["llm.token_count.completion_details.reasoning"] = usage.reasoning_tokens
    return attributes


def _openinference_embedding(call: ModelCall) -> Attributes:
    attributes: Attributes = {
        "openinference.span.kind": "EMBEDDING",
        "llm.system": call.model.provider,
        "embedding.invocation_parameters": f'{{"model": "{call.model.requested}"}}',
    }
    if call.error is None:
        attributes["embedding.model_name"] = call.model.answered
        attributes["llm.token_count.prompt"] = call.usage.input_tokens
        attributes["llm.token_count.total"] = call.usage.input_tokens
    return attributes
