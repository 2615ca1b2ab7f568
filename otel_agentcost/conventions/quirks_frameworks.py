"""The known faults of frameworks and provider SDKs that write spans of their own."""

from __future__ import annotations

from otel_agentcost.conventions.effects import (
    cache_in_output_or_doubt,
    claude_input_excludes_cache,
    no_cache_tokens,
    no_cache_tokens_if_unsaid,
    no_cache_write_tokens,
    no_cache_writes_of_objects,
    partial_stream,
    thoughts_not_reported,
)
from otel_agentcost.conventions.quirk import RECORDED, Quirk

FRAMEWORKS: tuple[Quirk, ...] = (
    Quirk(
        "autogen",
        cache_in_output_or_doubt,
        "cached tokens are not reported",
        RECORDED,
        distribution="autogen-core",
    ),
    Quirk(
        "agent_framework",
        claude_input_excludes_cache,
        "input tokens of Anthropic's client exclude cached ones",
        "agent-framework-anthropic 1.0.0b261022, _chat_client.py, usage as the API counts it",
        distribution="agent-framework-anthropic",
    ),
    Quirk(
        "Experimental.Microsoft",
        no_cache_tokens_if_unsaid,
        "older versions leave out cached tokens",
        "dotnet/extensions, Microsoft.Extensions.AI, OpenTelemetryConsts.cs: cache reads were added later",
        distribution="Microsoft.Extensions.AI",
    ),
    Quirk(
        "Experimental.Microsoft",
        no_cache_write_tokens,
        "cache writes are not reported",
        "dotnet/extensions, Microsoft.Extensions.AI, OpenTelemetryConsts.cs: there is no key for them",
        distribution="Microsoft.Extensions.AI",
    ),
    Quirk(
        "Microsoft.SemanticKernel",
        no_cache_tokens,
        "cached tokens are not reported",
        "microsoft/semantic-kernel, dotnet ModelDiagnostics.cs: there is no key for them",
        distribution="Microsoft.SemanticKernel",
    ),
    Quirk(
        "azure.core.tracing.ext.opentelemetry_span",
        no_cache_tokens,
        "cached tokens are not reported",
        "azure-ai-inference 1.0.0b9, tracing.py; azure-core-tracing-opentelemetry 1.0.0b13 makes the span",
        distribution="azure-ai-inference",
    ),
    Quirk(
        "gcp.vertex.agent",
        thoughts_not_reported,
        "output tokens exclude thoughts, which are reported nowhere but in a recorded response",
        "google-adk 1.16.0 and 1.25.0 (1.31.0 reports them), telemetry/tracing.py",
        below="1.31",
        distribution="google-adk",
    ),
    Quirk(
        "gen_ai",
        no_cache_writes_of_objects,
        "cache writes of generateObject are not reported",
        "@ai-sdk/otel 1.0.173, src/open-telemetry.ts, onObjectStepEnd; recorded",
        distribution="@ai-sdk/otel",
    ),
    Quirk(
        "semantic_kernel",
        cache_in_output_or_doubt,
        "cached tokens are not reported",
        RECORDED,
        distribution="semantic-kernel",
    ),
    Quirk(
        "com.anthropic.sdk",
        partial_stream,
        "an abandoned stream carries the first output token only",
        RECORDED,
        distribution="anthropic",
    ),
    Quirk(
        "mistralai_sdk_tracer",
        no_cache_tokens,
        "cached tokens are not reported",
        RECORDED,
        distribution="mistralai",
    ),
)
