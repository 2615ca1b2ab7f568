"""The known faults of `opentelemetry.instrumentation.*`: OpenTelemetry's own packages and OpenLLMetry's."""

from __future__ import annotations

from otel_agentcost.conventions.effects import (
    input_excludes_cache,
    no_cache_tokens,
    no_cache_tokens_for_invoke_model,
    no_cache_write_tokens,
    no_tool_prompt_tokens,
    output_excludes_thoughts,
    partial_stream,
    stream_output_not_counted,
    stream_output_one_too_high,
)
from otel_agentcost.conventions.quirk import RECORDED, Quirk

OPENTELEMETRY: tuple[Quirk, ...] = (
    Quirk(
        "opentelemetry.instrumentation.genai.bedrock",
        input_excludes_cache,
        "input tokens exclude cached ones",
        RECORDED,
        distribution="opentelemetry-instrumentation-genai-bedrock",
    ),
    Quirk(
        "opentelemetry.instrumentation.botocore",
        input_excludes_cache,
        "input tokens exclude cached ones",
        RECORDED,
        distribution="opentelemetry-instrumentation-botocore",
    ),
    Quirk(
        "opentelemetry.instrumentation.botocore",
        no_cache_tokens_for_invoke_model,
        "InvokeModel spans leave out cached tokens",
        RECORDED,
        distribution="opentelemetry-instrumentation-botocore",
    ),
    Quirk(
        "opentelemetry.instrumentation.bedrock",
        input_excludes_cache,
        "input tokens exclude cached ones",
        "opentelemetry-instrumentation-bedrock 0.62.4, span_utils.py: the API's inputTokens are passed on as they are",
        distribution="opentelemetry-instrumentation-bedrock",
    ),
    Quirk(
        "opentelemetry.instrumentation.anthropic",
        stream_output_one_too_high,
        "a stream's output is 1 too high: message_start's first token is added to message_delta's total",
        RECORDED + "; opentelemetry-instrumentation-anthropic 0.34.0 to 0.62.4, streaming.py",
        distribution="opentelemetry-instrumentation-anthropic",
        since="0.34",
    ),
    Quirk(
        "opentelemetry.instrumentation.anthropic",
        stream_output_not_counted,
        "a stream's output is message_start's provisional count",
        "opentelemetry-instrumentation-anthropic 0.25.0 and 0.33.0, streaming.py, _process_response_item",
        below="0.34",
        distribution="opentelemetry-instrumentation-anthropic",
    ),
    Quirk(
        "opentelemetry.instrumentation.google_genai",
        no_tool_prompt_tokens,
        "prompt tokens of the provider's own tools (toolUsePromptTokenCount) are left out",
        RECORDED,
        distribution="opentelemetry-instrumentation-google-genai",
    ),
    Quirk(
        "opentelemetry.instrumentation.google_genai",
        partial_stream,
        "an abandoned stream carries the output so far",
        RECORDED,
        distribution="opentelemetry-instrumentation-google-genai",
    ),
    Quirk(
        "opentelemetry.instrumentation.google_generativeai",
        output_excludes_thoughts,
        "output tokens exclude thoughts; the total shows them",
        RECORDED,
        distribution="opentelemetry-instrumentation-google-generativeai",
    ),
    Quirk(
        "opentelemetry.instrumentation.vertexai",
        output_excludes_thoughts,
        "output tokens exclude thoughts; the total shows them",
        "same code as opentelemetry-instrumentation-google-generativeai",
        distribution="opentelemetry-instrumentation-vertexai",
    ),
    Quirk(
        "opentelemetry.instrumentation.openai.v1",
        no_cache_write_tokens,
        "cache writes are not reported",
        RECORDED,
        distribution="opentelemetry-instrumentation-openai",
    ),
    Quirk(
        "opentelemetry.instrumentation.genai",
        partial_stream,
        "an abandoned stream carries the output so far",
        RECORDED,
        distribution="opentelemetry-instrumentation-genai-openai",
    ),
    Quirk(
        "opentelemetry.instrumentation.openai_v2",
        no_cache_tokens,
        "cached tokens are not reported",
        RECORDED,
        distribution="opentelemetry-instrumentation-openai-v2",
    ),
)
