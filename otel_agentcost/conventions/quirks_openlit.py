"""The known faults of OpenLIT. Its scopes state no version, so no row can have a bound."""

from __future__ import annotations

from otel_agentcost.conventions.effects import (
    cache_beside_not_reported_of_streams,
    input_excludes_cache,
    no_cache_tokens_if_unsaid,
    thoughts_beside_output,
    thoughts_not_reported,
    unmarked_embedding_estimate,
    unmarked_stream_estimate,
)
from otel_agentcost.conventions.quirk import RECORDED, Quirk

OPENLIT: tuple[Quirk, ...] = (
    Quirk(
        "openlit.instrumentation.anthropic",
        input_excludes_cache,
        "input tokens exclude cached ones",
        RECORDED,
        distribution="openlit",
    ),
    Quirk(
        "openlit.instrumentation.anthropic",
        cache_beside_not_reported_of_streams,
        "a stream's cached tokens are those of message_delta, 0 where only message_start has them",
        "openlit 1.45.0, instrumentation/anthropic/utils.py, process_chunk; recorded",
        distribution="openlit",
    ),
    Quirk(
        "openlit.instrumentation.bedrock",
        input_excludes_cache,
        "input tokens exclude cached ones",
        "Bedrock's Converse API counts inputTokens beside the cache; passed on as they are",
        distribution="openlit",
    ),
    Quirk(
        "openlit.instrumentation.google_ai_studio",
        thoughts_beside_output,
        "output tokens exclude thoughts, which are reported beside them",
        "openlit 1.45.0, instrumentation/google_ai_studio/utils.py, process_chunk",
        distribution="openlit",
    ),
    Quirk(
        "openlit.instrumentation.vertexai",
        thoughts_not_reported,
        "output tokens exclude thoughts, which are reported nowhere",
        "openlit 1.45.0, instrumentation/vertexai/utils.py, process_chunk",
        distribution="openlit",
    ),
    Quirk(
        "openlit.instrumentation.langchain",
        unmarked_embedding_estimate,
        "an embedding's input is counted by its own tokenizer, unmarked",
        "openlit 1.45.0, instrumentation/langchain/__init__.py, general_tokens",
        distribution="openlit",
    ),
    *(
        Quirk(
            f"openlit.instrumentation.{framework}",
            no_cache_tokens_if_unsaid,
            "cached tokens are not reported",
            f"openlit 1.45.0, instrumentation/{framework}: no cache attribute is written",
            distribution="openlit",
        )
        for framework in ("agent_framework", "agno", "crewai", "openai_agents", "pydantic_ai", "smolagents")
    ),
    Quirk(
        "openlit.",
        unmarked_stream_estimate,
        "a stream without usage is estimated by its own tokenizer, unmarked",
        RECORDED,
        distribution="openlit",
    ),
)
