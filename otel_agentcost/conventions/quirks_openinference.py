"""The known faults of OpenInference, instrumentation by instrumentation."""

from __future__ import annotations

from otel_agentcost.conventions.effects import (
    cache_beside_not_reported,
    cache_beside_not_reported_of_streams,
    cache_in_output_or_doubt,
    no_cache_tokens,
    no_cache_tokens_of_chat,
    nova_input_excludes_cache,
    output_excludes_thoughts,
)
from otel_agentcost.conventions.quirk import RECORDED, Quirk

OPENINFERENCE: tuple[Quirk, ...] = (
    Quirk(
        "openinference.instrumentation.anthropic",
        cache_beside_not_reported,
        "input tokens exclude cached ones, which are not reported",
        "openinference-instrumentation-anthropic 0.1.8 and 0.1.11 (0.1.14 reports them), _wrappers.py",
        below="0.1.14",
        distribution="openinference-instrumentation-anthropic",
    ),
    Quirk(
        "openinference.instrumentation.anthropic",
        cache_beside_not_reported_of_streams,
        "a stream's input excludes cached tokens, which are not reported",
        "openinference-instrumentation-anthropic 0.1.14 and 0.1.19 (1.0.0 reports them), _stream.py",
        below="1.0.0",
        distribution="openinference-instrumentation-anthropic",
        since="0.1.14",
    ),
    Quirk(
        "openinference.instrumentation.bedrock",
        cache_beside_not_reported,
        "input tokens exclude cached ones, which are not reported",
        "openinference-instrumentation-bedrock 0.1.15 and 0.1.25 (0.1.32 reports some), __init__.py",
        below="0.1.32",
        distribution="openinference-instrumentation-bedrock",
    ),
    Quirk(
        "openinference.instrumentation.bedrock",
        nova_input_excludes_cache,
        "InvokeModel spans of Nova leave cached tokens out of the input",
        "openinference-instrumentation-bedrock 0.1.61, utils/_extract_invoke_model_attributes.py",
        distribution="openinference-instrumentation-bedrock",
    ),
    Quirk(
        "openinference.instrumentation.vertexai",
        output_excludes_thoughts,
        "output tokens exclude thoughts; the total shows them",
        "openinference-instrumentation-vertexai 0.1.29, _wrapper.py",
        distribution="openinference-instrumentation-vertexai",
    ),
    Quirk(
        "openinference.instrumentation.vertexai",
        no_cache_tokens,
        "cached tokens are not reported",
        "openinference-instrumentation-vertexai 0.1.29, _wrapper.py",
        distribution="openinference-instrumentation-vertexai",
    ),
    *(
        Quirk(
            f"openinference.instrumentation.{name}",
            no_cache_tokens,
            "cached tokens are not reported",
            f"openinference-instrumentation-{name} {version}: no cache attribute is written",
            distribution=f"openinference-instrumentation-{name}",
        )
        for name, version in (("beeai", "0.1.30"), ("mistralai", "2.2.2"), ("portkey", "0.1.22"))
    ),
    Quirk(
        "openinference.instrumentation.haystack",
        cache_in_output_or_doubt,
        "cached tokens are not reported",
        RECORDED,
        distribution="openinference-instrumentation-haystack",
    ),
    Quirk(
        "openinference.instrumentation.smolagents",
        cache_in_output_or_doubt,
        "cached tokens are not reported",
        RECORDED,
        distribution="openinference-instrumentation-smolagents",
    ),
    Quirk(
        "openinference.instrumentation.openai_agents",
        no_cache_tokens_of_chat,
        "generation spans (chat completions) leave out cached tokens",
        RECORDED,
        distribution="openinference-instrumentation-openai-agents",
    ),
    Quirk(
        "openinference.instrumentation.autogen",
        cache_in_output_or_doubt,
        "cached tokens are not reported",
        RECORDED,
        distribution="openinference-instrumentation-autogen-agentchat",
    ),
)
