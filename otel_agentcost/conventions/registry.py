"""Choose the reader for a span: by its instrumentation scope, else by the attributes that only one convention has.

One shape for all: a reader takes a `SpanView` and returns a `Reading`, or None where the span is not about AI.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any

from otel_agentcost.conventions import (
    agent_framework,
    azure_ai,
    braintrust,
    claude_code,
    genkit,
    google_adk,
    haystack,
    langfuse,
    langsmith,
    litellm,
    logfire,
    mlflow,
    openinference,
    openlit,
    openllmetry,
    openrouter,
    otel_genai,
    provider_sdks,
    pydantic_ai,
    strands,
    vercel_ai,
)
from otel_agentcost.model.reading import Reading, SpanView

Reader = Callable[[SpanView], "Reading | None"]

# Prefixes of scope names; the longest that fits decides.
BY_SCOPE: dict[str, Reader] = {
    "agent_framework": agent_framework.read,
    "com.anthropic.claude_code": claude_code.read,
    "com.anthropic.sdk": provider_sdks.read_anthropic,
    "Experimental.Microsoft": agent_framework.read,
    "gcp.vertex.agent": google_adk.read,
    "genkit-tracer": genkit.read,
    "haystack": haystack.read,
    "langfuse-sdk": langfuse.read,
    "langsmith": langsmith.read,
    "litellm": litellm.read,
    "logfire": logfire.read,
    "Microsoft.Agents": agent_framework.read,
    "Microsoft.SemanticKernel": agent_framework.read,
    "mistralai_sdk_tracer": provider_sdks.read_mistral,
    "openinference": openinference.read,
    "openlit": openlit.read,
    "pydantic-ai": pydantic_ai.read,
    "semantic_kernel": agent_framework.read,
    "strands.telemetry": strands.read,
}

# The first mark that a span carries decides, where its scope did not.
BY_MARK: tuple[tuple[str, Reader], ...] = (
    ("openinference.span.kind", openinference.read),
    ("litellm.call_id", litellm.read),
    ("traceloop.span.kind", openllmetry.read),
    ("llm.request.type", openllmetry.read),
    ("gen_ai.thread.run.id", azure_ai.read),
    ("langsmith.span.kind", langsmith.read),
    ("trace.metadata.openrouter.provider_slug", openrouter.read),
    ("trace.metadata.openrouter.api_key_name", openrouter.read),
    ("gen_ai.operation.name", otel_genai.read),
    ("ai.operationId", vercel_ai.read),
    ("langfuse.observation.type", langfuse.read),
    ("mlflow.spanType", mlflow.read),
    ("genkit:type", genkit.read),
    ("braintrust.span_attributes", braintrust.read),
    ("braintrust.metrics", braintrust.read),
    ("haystack.component.type", haystack.read),
    ("gcp.vertex.agent.llm_response", google_adk.read),
    ("gen_ai.provider.name", openllmetry.read),
    ("gen_ai.system", openllmetry.read),
    ("gen_ai.request.model", openllmetry.read),
    ("gen_ai.response.model", openllmetry.read),
    ("gen_ai.usage.input_tokens", openllmetry.read),
    ("gen_ai.usage.prompt_tokens", openllmetry.read),
    ("gen_ai.agent.name", otel_genai.read),
    ("gen_ai.tool.name", otel_genai.read),
    ("gen_ai.response.id", otel_genai.read),
    ("gen_ai.usage.output_tokens", openllmetry.read),
    ("gen_ai.usage.completion_tokens", openllmetry.read),
    ("llm.token_count.prompt", openinference.read),
    ("llm.model_name", openinference.read),
)

MARKS: frozenset[str] = frozenset(mark for mark, _ in BY_MARK)

# Spans of these scopes are read even where they carry no mark.
_OWN_SCOPES: frozenset[str] = frozenset({"com.anthropic.claude_code", "gcp.vertex.agent", "haystack", "litellm"})


def looks_like_ai(attributes: Iterable[str]) -> bool:
    """Return whether any key of a span is a mark of AI telemetry: the cheap test before anything is built."""
    return not MARKS.isdisjoint(attributes)


def read_span(span: SpanView) -> Reading | None:
    """Return what the span says, by whatever convention it follows, or None where it is not about AI."""
    reader = _reader_of_scope(span.scope_name)
    if reader is not None:
        if not looks_like_ai(span.attributes) and not scope_is_ai(span.scope_name):
            return None
        return reader(span)
    reader = _reader_of_marks(span.attributes)
    return None if reader is None else reader(span)


@lru_cache(maxsize=1024)
def scope_is_ai(scope_name: str) -> bool:
    """Return whether every span of this scope is read, marked or not."""
    return any(scope_name.startswith(scope) for scope in _OWN_SCOPES)


@lru_cache(maxsize=1024)
def _reader_of_scope(scope_name: str) -> Reader | None:
    fitting = [scope for scope in BY_SCOPE if scope_name.startswith(scope)]
    return BY_SCOPE[max(fitting, key=len)] if fitting else None


def _reader_of_marks(attributes: Mapping[str, Any]) -> Reader | None:
    """Return the reader that the first of a span's marks decides on, remembered for each set of marks."""
    marks = MARKS.intersection(attributes)
    if not marks:
        return None
    reader = _by_marks.get(marks)
    if reader is None:
        if len(_by_marks) >= _MAX_MARK_SETS:
            _by_marks.clear()
        reader = _by_marks[marks] = next(reader for mark, reader in BY_MARK if mark in marks)
    return reader


_MAX_MARK_SETS = 1024
_by_marks: dict[frozenset[str], Reader] = {}
