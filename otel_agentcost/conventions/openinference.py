"""OpenInference, Arize's convention: `openinference.span.kind`, `llm.token_count.*`, `llm.model_name`.

https://github.com/Arize-ai/openinference/blob/main/spec/semantic_conventions.md: the prompt count includes cached
tokens, the completion count includes reasoning.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from otel_agentcost.conventions.finish import finish
from otel_agentcost.conventions.gen_ai_usage import UsageFound, read_gen_ai_usage
from otel_agentcost.conventions.identity_keys import read_identity
from otel_agentcost.conventions.kinds import BY_OPENINFERENCE_KIND, kind_of_operation
from otel_agentcost.conventions.values import first, first_tokens, structure, text, tokens, truthy
from otel_agentcost.model.reading import AGENT, INFERENCE, OTHER, RETRIEVAL, TOOL, Reading, SpanView
from otel_agentcost.model.usage import Usage

CONVENTION = "openinference"

_MODELS = ("llm.model_name", "embedding.model_name", "reranker.model_name", "gen_ai.response.model")
_CACHE_READ = ("llm.token_count.prompt_details.cache_read", "llm.token_count.prompt_details.cache_input")
_CACHE_WRITE = ("llm.token_count.prompt_details.cache_write",)

# The id of an OpenAI or Anthropic response at the head of a recorded one, and LangChain's copy of it further in.
_RESPONSE_ID = re.compile(r'"id":\s*"((?:chatcmpl-|resp_|msg_|gen-)[\w-]{6,120})"')
_SERVICE_TIER = re.compile(r'"service_tier":\s*"(flex|priority|batch|scale)"')
_SEARCHED_CHARACTERS = 20_000


def read(span: SpanView) -> Reading | None:
    """Return what an OpenInference span says."""
    attributes = span.attributes
    get = attributes.get
    kind = BY_OPENINFERENCE_KIND.get(str(get("openinference.span.kind", "")).upper(), OTHER)
    if kind == INFERENCE and "._prepare_" in span.name:
        kind = OTHER  # LlamaIndex: the request being put together, not sent
    elif kind == RETRIEVAL and "reranker.model_name" in attributes:
        kind = INFERENCE  # providers bill a reranking; the span tells no count of it
    named = kind_of_operation(None, span.name)
    if kind == INFERENCE and named == AGENT:
        # Google ADK under OpenInference writes each model call onto the agent's span, over the last.
        reading = Reading(AGENT, CONVENTION)
        reading.covers = "last"
    else:
        reading = Reading(kind, CONVENTION)
        if not reading.is_billable:
            reading.covers = "sum"
    if (value := first(attributes, "llm.provider", "llm.system", "gen_ai.provider.name")) is not None:
        reading.provider = text(value)
    if (value := first(attributes, *_MODELS)) is not None:
        reading.response_model = text(value)
    invocation = get("llm.invocation_parameters")
    if invocation is not None:
        _read_invocation(invocation, reading)
    if (value := first(attributes, "agent.name", "gen_ai.agent.name")) is not None:
        reading.agent = text(value)
    elif kind == AGENT:
        reading.agent = text(get("graph.node.name")) or text(get("graph.node.id"))
    if kind == TOOL:
        reading.tool = text(first(attributes, "tool.name", "gen_ai.tool.name")) or text(span.name)
        reading.tool_call_id = text(first(attributes, "tool_call.id", "tool.id", "gen_ai.tool.call.id"))
        reading.tool_arguments = _tool_arguments(attributes)
    read_identity(attributes, reading)
    if isinstance(output := get("output.value"), str) and reading.is_billable:
        _read_output(output, reading)
    return finish(span, reading, _more_detailed(_usage(attributes), attributes))


def _more_detailed(found: UsageFound | None, attributes: Mapping[str, Any]) -> UsageFound | None:
    """Prefer the `gen_ai.*` counts that a framework put on the same span, where they agree and tell more."""
    beside = read_gen_ai_usage(attributes)
    if beside is None or found is None:
        return found or beside
    ours, theirs = found.usage.counts, beside.usage.counts
    if theirs[:2] == ours[:2] and sum(theirs[2:]) > sum(ours[2:]):
        return beside
    return found


def _usage(attributes: Mapping[str, Any]) -> UsageFound | None:
    prompt = tokens(attributes.get("llm.token_count.prompt"))
    completion = tokens(attributes.get("llm.token_count.completion"))
    if prompt is None and completion is None:
        return None
    usage = Usage(
        input_tokens=prompt or 0,
        output_tokens=completion or 0,
        cache_read_tokens=first_tokens(attributes, _CACHE_READ) or 0,
        cache_write_5m_tokens=first_tokens(attributes, _CACHE_WRITE) or 0,
        reasoning_tokens=tokens(attributes.get("llm.token_count.completion_details.reasoning")) or 0,
        input_audio_tokens=tokens(attributes.get("llm.token_count.prompt_details.audio")) or 0,
        output_audio_tokens=tokens(attributes.get("llm.token_count.completion_details.audio")) or 0,
    )
    total = tokens(attributes.get("llm.token_count.total"))
    return UsageFound(usage, prompt is not None, completion is not None, total)


def _read_invocation(invocation: object, reading: Reading) -> None:
    parameters = structure(invocation)
    if parameters is None:
        return
    reading.request_model = text(parameters.get("model"))
    reading.is_stream = truthy(parameters.get("stream"))
    reading.service_tier = text(parameters.get("service_tier"))


def _read_output(output: str, reading: Reading) -> None:
    """Take the response's id and tier from its recording; they are absent where content is not recorded."""
    head = output if len(output) <= _SEARCHED_CHARACTERS else output[-_SEARCHED_CHARACTERS:]
    if output.startswith('{"id"') and (match := _RESPONSE_ID.match(output, 1)):
        reading.response_id = match[1]
    elif (matches := _RESPONSE_ID.findall(head)) and len(set(matches)) == 1:
        reading.response_id = matches[0]
    if match := _SERVICE_TIER.search(head):
        reading.service_tier = match[1]


def _tool_arguments(attributes: Mapping[str, Any]) -> str | None:
    """Return a tool call's arguments: `tool.parameters` holds them in two frameworks and the schema in four."""
    for key in ("tool.parameters", "tool_call.function.arguments", "input.value"):
        value = attributes.get(key)
        if isinstance(value, str) and '"properties"' not in value and '"type":' not in value:
            return value
    return None
