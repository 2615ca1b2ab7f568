"""The known faults of instrumentations: one row each, by instrumentation scope and version, with its source.

A row says which spans it concerns and what to do: read the input as exclusive of cached tokens, doubt the numbers, or
look for the missing part in the recorded response. `agentcost doctor` names the rows that concern what is installed.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

from otel_agentcost.conventions.effects import (
    cache_in_output_or_doubt,
    input_excludes_cache,
    no_cache_tokens,
    no_cache_tokens_for_invoke_model,
    no_cache_tokens_of_chat,
    no_cache_write_tokens,
    no_tool_prompt_tokens,
    output_excludes_thoughts,
    partial_stream,
    stream_output_one_too_high,
    unmarked_stream_estimate,
)
from otel_agentcost.conventions.gen_ai_usage import UsageFound
from otel_agentcost.model.reading import Reading, SpanView

Effect = Callable[[SpanView, Reading, UsageFound], None]


class Quirk(NamedTuple):
    """One known fault. `scope` is a prefix of the scope's name, `below` the first version that is without the fault."""

    scope: str
    effect: Effect
    fault: str
    source: str
    below: str | None = None
    distribution: str | None = None
    """The package that has it, for `agentcost doctor`."""

    def apply(self, span: SpanView, reading: Reading, found: UsageFound) -> None:
        self.effect(span, reading, found)


_RECORDED = "recorded against a provider that wrote down what it billed; see docs/accuracy.md"

QUIRKS: tuple[Quirk, ...] = (
    Quirk(
        "openlit.instrumentation.anthropic",
        input_excludes_cache,
        "input tokens exclude cached ones",
        _RECORDED,
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
        "openlit.",
        unmarked_stream_estimate,
        "a stream without usage is estimated by its own tokenizer, unmarked",
        _RECORDED,
        distribution="openlit",
    ),
    Quirk(
        "opentelemetry.instrumentation.genai.bedrock",
        input_excludes_cache,
        "input tokens exclude cached ones",
        _RECORDED,
        distribution="opentelemetry-instrumentation-genai-bedrock",
    ),
    Quirk(
        "opentelemetry.instrumentation.botocore",
        input_excludes_cache,
        "input tokens exclude cached ones",
        _RECORDED,
        distribution="opentelemetry-instrumentation-botocore",
    ),
    Quirk(
        "opentelemetry.instrumentation.botocore",
        no_cache_tokens_for_invoke_model,
        "InvokeModel spans leave out cached tokens",
        _RECORDED,
        distribution="opentelemetry-instrumentation-botocore",
    ),
    Quirk(
        "opentelemetry.instrumentation.bedrock",
        input_excludes_cache,
        "input tokens exclude cached ones",
        "Bedrock's own count is passed on as it is (TRAPS of the recordings)",
        distribution="opentelemetry-instrumentation-bedrock",
    ),
    Quirk(
        "opentelemetry.instrumentation.anthropic",
        stream_output_one_too_high,
        "a stream's output is 1 too high: message_start's first token is added to message_delta's total",
        _RECORDED,
        distribution="opentelemetry-instrumentation-anthropic",
    ),
    Quirk(
        "opentelemetry.instrumentation.google_genai",
        no_tool_prompt_tokens,
        "prompt tokens of the provider's own tools (toolUsePromptTokenCount) are left out",
        _RECORDED,
        distribution="opentelemetry-instrumentation-google-genai",
    ),
    Quirk(
        "opentelemetry.instrumentation.google_genai",
        partial_stream,
        "an abandoned stream carries the output so far",
        _RECORDED,
        distribution="opentelemetry-instrumentation-google-genai",
    ),
    Quirk(
        "opentelemetry.instrumentation.google_generativeai",
        output_excludes_thoughts,
        "output tokens exclude thoughts; the total shows them",
        _RECORDED,
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
        "openinference.instrumentation.haystack",
        cache_in_output_or_doubt,
        "cached tokens are not reported",
        _RECORDED,
        distribution="openinference-instrumentation-haystack",
    ),
    Quirk(
        "openinference.instrumentation.smolagents",
        cache_in_output_or_doubt,
        "cached tokens are not reported",
        _RECORDED,
        distribution="openinference-instrumentation-smolagents",
    ),
    Quirk(
        "openinference.instrumentation.openai_agents",
        no_cache_tokens_of_chat,
        "generation spans (chat completions) leave out cached tokens",
        _RECORDED,
        distribution="openinference-instrumentation-openai-agents",
    ),
    Quirk(
        "opentelemetry.instrumentation.openai.v1",
        no_cache_write_tokens,
        "cache writes are not reported",
        _RECORDED,
        distribution="opentelemetry-instrumentation-openai",
    ),
    Quirk(
        "openinference.instrumentation.autogen",
        cache_in_output_or_doubt,
        "cached tokens are not reported",
        _RECORDED,
        distribution="openinference-instrumentation-autogen-agentchat",
    ),
    Quirk(
        "autogen",
        cache_in_output_or_doubt,
        "cached tokens are not reported",
        _RECORDED,
        distribution="autogen-core",
    ),
    Quirk(
        "semantic_kernel",
        cache_in_output_or_doubt,
        "cached tokens are not reported",
        _RECORDED,
        distribution="semantic-kernel",
    ),
    Quirk(
        "com.anthropic.sdk",
        partial_stream,
        "an abandoned stream carries the first output token only",
        _RECORDED,
        distribution="anthropic",
    ),
    Quirk(
        "opentelemetry.instrumentation.genai",
        partial_stream,
        "an abandoned stream carries the output so far",
        _RECORDED,
        distribution="opentelemetry-instrumentation-genai-openai",
    ),
    Quirk(
        "opentelemetry.instrumentation.openai_v2",
        no_cache_tokens,
        "cached tokens are not reported",
        _RECORDED,
        distribution="opentelemetry-instrumentation-openai-v2",
    ),
)


@lru_cache(maxsize=1024)
def quirks_of(scope_name: str, scope_version: str) -> tuple[Quirk, ...]:
    """Return the rows that concern spans of this scope and version."""
    return tuple(
        quirk
        for quirk in QUIRKS
        if scope_name.startswith(quirk.scope)
        and (quirk.below is None or not scope_version or _version(scope_version) < _version(quirk.below))
    )


def _version(value: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", value)[:4])
