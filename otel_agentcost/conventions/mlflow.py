"""MLflow's tracing, exported by OTLP: `mlflow.spanType`, `mlflow.chat.tokenUsage`, every value JSON in a string.

From the version on that reports cached tokens (3.17 does, 3.8 does not), the input includes them for every provider
(mlflow/anthropic/autolog.py normalises). Usage without a word of the cache is therefore doubted.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from otel_agentcost.conventions.effects import cache_beside_not_reported, no_cache_tokens, output_excludes_thoughts
from otel_agentcost.conventions.finish import finish
from otel_agentcost.conventions.gen_ai_usage import UsageFound
from otel_agentcost.conventions.identity_keys import read_identity
from otel_agentcost.conventions.provider_usage import read_provider_usage
from otel_agentcost.conventions.values import first, structure, text, tokens, truthy
from otel_agentcost.model.reading import (
    AGENT,
    EMBEDDINGS,
    INFERENCE,
    OTHER,
    RETRIEVAL,
    TOOL,
    WORKFLOW,
    Kind,
    Reading,
    SpanView,
)
from otel_agentcost.model.usage import Usage

CONVENTION = "mlflow"

_KINDS: dict[str, Kind] = {
    "LLM": INFERENCE,
    "CHAT_MODEL": INFERENCE,
    "EMBEDDING": EMBEDDINGS,
    "AGENT": AGENT,
    "TOOL": TOOL,
    "CHAIN": WORKFLOW,
    "WORKFLOW": WORKFLOW,
    "TASK": WORKFLOW,
    "RETRIEVER": RETRIEVAL,
    "RERANKER": RETRIEVAL,
}


def read(span: SpanView) -> Reading | None:
    """Return what a span of MLflow says."""
    attributes = span.attributes
    kind = _KINDS.get((_plain(attributes.get("mlflow.spanType")) or "").upper(), OTHER)
    reading = Reading(kind, CONVENTION)
    if not reading.is_billable:
        reading.covers = "sum"
    reading.provider = _plain(attributes.get("mlflow.llm.provider"))
    reading.response_model = _plain(attributes.get("mlflow.llm.model"))
    if reading.response_model is None and reading.is_billable:
        inputs = structure(attributes.get("mlflow.spanInputs"))
        reading.request_model = text(inputs.get("model")) if inputs is not None else None
        reading.is_stream = inputs is not None and inputs.get("stream") is True
    reading.is_stream = reading.is_stream or truthy(attributes.get("stream"))
    name = text(span.name)
    if kind == AGENT:
        reading.agent = name
    elif kind == TOOL:
        reading.tool = name
        arguments = attributes.get("mlflow.spanInputs")
        reading.tool_arguments = arguments if isinstance(arguments, str) else None
    read_identity(attributes, reading)
    reading.user = reading.user or _plain(first(attributes, "mlflow.trace.user"))
    reading.session = reading.session or _plain(first(attributes, "mlflow.trace.session"))
    block = structure(attributes.get("mlflow.chat.tokenUsage"))
    found = _recorded(attributes, reading) if block is None else _usage(block)
    finish(span, reading, found)
    if block is not None and found is not None:
        if "cache_read_input_tokens" not in block and "cache_creation_input_tokens" not in block:
            cache_beside_not_reported(span, reading, found)  # older versions pass on what the API counts
            no_cache_tokens(span, reading, found)
        output_excludes_thoughts(span, reading, found)  # mlflow/gemini/autolog.py takes the candidates' count
    return reading


def _recorded(attributes: Mapping[str, Any], reading: Reading) -> UsageFound | None:
    """Return the usage inside a recorded response: embeddings have it nowhere else."""
    outputs = structure(attributes.get("mlflow.spanOutputs")) if reading.is_billable else None
    whole = None if outputs is None else read_provider_usage(outputs.get("usage"))
    return None if whole is None else UsageFound(whole, True, True, None)


def _plain(value: object) -> str | None:
    """Return a name out of its JSON string; a bare one as it is."""
    if not isinstance(value, str) or not value.startswith('"'):
        return text(value)
    try:
        return text(json.loads(value))
    except ValueError:
        return None


def _usage(block: Mapping[str, Any]) -> UsageFound | None:
    given, answered = tokens(block.get("input_tokens")), tokens(block.get("output_tokens"))
    if given is None and answered is None:
        return None
    write = tokens(block.get("cache_creation_input_tokens")) or 0
    hour = min(write, tokens(block.get("cache_creation_input_tokens_above_1hr")) or 0) if write > 0 else 0
    usage = Usage(
        given or 0,
        answered or 0,
        cache_read_tokens=tokens(block.get("cache_read_input_tokens")) or 0,
        cache_write_5m_tokens=write - hour,
        cache_write_1h_tokens=hour,
    )
    return UsageFound(usage, given is not None, answered is not None, tokens(block.get("total_tokens")))
