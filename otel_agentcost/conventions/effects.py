"""What a quirk does to a reading. Each effect is a function of one shape: span, reading, what was found."""

# ruff: noqa: ARG001 - every effect has the one shape that the quirk table calls

from __future__ import annotations

import re

from msgspec.structs import replace

from otel_agentcost.conventions.gen_ai_usage import UsageFound
from otel_agentcost.conventions.plan import CACHE_READ
from otel_agentcost.model.outcome import Reason
from otel_agentcost.model.reading import EMBEDDINGS, INFERENCE, Reading, SpanView

_FINISH_KEYS = (
    "gen_ai.response.finish_reasons",
    "anthropic.message.stop_reason",
    "llm.finish_reason",
    "gen_ai.completion.0.finish_reason",
)

# `cached_tokens: 96` as JSON, as a Python repr of a dict and as one of keyword arguments.
_CACHED = re.compile(
    r"""['"]?(?:cached_tokens|cache_read_input_tokens|cached_content_token_count)['"]?\s*[:=]\s*(\d+)"""
)
_PROMPT = re.compile(
    r"""['"]?(?:prompt_tokens|input_tokens|prompt_token_count)['"]?\s*[:=]\s*(\d+)""",
)

_MAX_SEARCHED_CHARACTERS = 400_000

SMALLEST_CACHED_BLOCK_TOKENS = 128
"""OpenAI's cache hits come in blocks of 128 tokens (https://platform.openai.com/docs/guides/prompt-caching), after a
minimum of 1,024; DeepSeek's in blocks of 64. A prompt below one block cannot hold a cached one."""

SMALLEST_CACHED_PROMPT_TOKENS = 1024
"""The shortest prompt that OpenAI writes to its cache (same source)."""

_THINKS = re.compile(r"gemini-(?:2\.5|[3-9]|\d\d|flash-latest|pro-latest)")
"""Gemini thinks from 2.5 on (https://ai.google.dev/gemini-api/docs/thinking)."""

_PASS_ON_COUNTS = ("autogen", "semantic_kernel", "openlit.")
"""Instrumentations of frameworks that pass on each API's own input count, with the cache in it or beside it."""

_BILLS_CACHE_WRITES = re.compile(r"gpt-(?:[5-9]|\d{2})")


def input_excludes_cache(span: SpanView, reading: Reading, found: UsageFound) -> None:
    """Add the cached tokens to the input: the instrumentation passes on an API's count that leaves them out."""
    usage = reading.usage
    if reading.doubt == Reason.CACHE_EXCEEDS_INPUT:
        reading.doubt = None
    if usage is None or usage.input_tokens != found.usage.input_tokens:
        return  # already made inclusive
    cached = usage.cache_read_tokens + usage.cache_write_tokens
    if cached > 0:
        reading.usage = replace(usage, input_tokens=usage.input_tokens + cached)


def claude_input_excludes_cache(span: SpanView, reading: Reading, found: UsageFound) -> None:
    """Add the cached tokens to the input of Anthropic and Bedrock only; other clients count them in."""
    provider = (reading.provider or "").lower()
    if "anthropic" in provider or "bedrock" in provider:
        input_excludes_cache(span, reading, found)


def nova_input_excludes_cache(span: SpanView, reading: Reading, found: UsageFound) -> None:
    """Add the cached tokens to the input of Amazon's Nova under InvokeModel; Converse's spans already include them."""
    if "nova" in (reading.model or "").lower() and "invoke_model" in span.name:
        input_excludes_cache(span, reading, found)


def output_excludes_thoughts(span: SpanView, reading: Reading, found: UsageFound) -> None:
    """Take the output from the total, which counts the thoughts that the output leaves out."""
    usage, total = reading.usage, found.total_tokens
    if usage is None or total is None or not found.has_input or not found.has_output:
        return
    thoughts = total - usage.input_tokens - usage.output_tokens
    if thoughts > 0:
        reading.usage = replace(usage, output_tokens=usage.output_tokens + thoughts, reasoning_tokens=thoughts)


def thoughts_beside_output(span: SpanView, reading: Reading, found: UsageFound) -> None:
    """Add the thoughts, which are reported beside the output, to it."""
    usage = reading.usage
    if usage is not None and usage.reasoning_tokens > 0 and usage.output_tokens == found.usage.output_tokens:
        reading.usage = replace(usage, output_tokens=usage.output_tokens + usage.reasoning_tokens)


def thoughts_not_reported(span: SpanView, reading: Reading, found: UsageFound) -> None:
    """Doubt the output of a Gemini model that thinks: its thoughts are billed as output and stand nowhere."""
    if reading.kind == INFERENCE and found.usage.reasoning_tokens == 0 and _THINKS.search(reading.model or ""):
        reading.doubt = reading.doubt or Reason.OUTPUT_INCOMPLETE


def stream_output_not_counted(span: SpanView, reading: Reading, found: UsageFound) -> None:
    """Doubt a stream's output: message_start's provisional count was kept, message_delta's total ignored."""
    if reading.kind == INFERENCE and reading.is_stream:
        reading.doubt = reading.doubt or Reason.OUTPUT_INCOMPLETE


def no_cache_tokens(span: SpanView, reading: Reading, found: UsageFound) -> None:
    """Doubt the numbers: cached tokens may be among the input, or beside it, and nothing says how many.

    Not where the prompt is too short to have been cached, of an API that counts the cache inside it. The ledger lifts
    the doubt from a short first prompt of an execution (`ledger.doubts`).
    """
    if reading.kind == INFERENCE and found.usage.cache_read_tokens == 0 and found.usage.cache_write_tokens == 0:
        if span.scope_name.startswith(_PASS_ON_COUNTS) and _counts_cache_beside(reading):
            reading.doubt = reading.doubt or Reason.INPUT_INCOMPLETE
            return
        if 0 < found.usage.input_tokens < SMALLEST_CACHED_BLOCK_TOKENS and not _caches_small_blocks(reading):
            return
        reading.doubt = reading.doubt or Reason.CACHE_TOKENS_NOT_REPORTED


def no_cache_tokens_if_unsaid(span: SpanView, reading: Reading, found: UsageFound) -> None:
    """Doubt the numbers where the span has no cache count at all; a stated 0 is believed."""
    if not any(key in span.attributes for key in CACHE_READ):
        no_cache_tokens(span, reading, found)


def cache_beside_not_reported(span: SpanView, reading: Reading, found: UsageFound) -> None:
    """Doubt an input from an API that counts cached tokens beside it, where the span does not have them.

    However small such an input is, the cached part may be large: no length proves that there was none.
    """
    if _counts_cache_beside(reading):
        _doubt_input(reading, found)


def _counts_cache_beside(reading: Reading) -> bool:
    """Return whether the model's own API counts cached tokens beside the input (Anthropic's, Bedrock's Converse)."""
    model = f"{reading.provider} {reading.model}".lower()
    return any(api in model for api in ("anthropic", "claude", "nova", "bedrock"))


def _doubt_input(reading: Reading, found: UsageFound) -> None:
    if reading.kind == INFERENCE and found.usage.cache_read_tokens == 0 and found.usage.cache_write_tokens == 0:
        reading.doubt = reading.doubt or Reason.INPUT_INCOMPLETE


def cache_beside_not_reported_of_streams(span: SpanView, reading: Reading, found: UsageFound) -> None:
    """Doubt a stream's input in the same way; plain answers have their cached tokens."""
    if reading.is_stream:
        cache_beside_not_reported(span, reading, found)


def no_cache_writes_of_objects(span: SpanView, reading: Reading, found: UsageFound) -> None:
    """Doubt a Claude call for an object whose prompt is long enough to be cached: its cache writes are left out."""
    if (
        span.attributes.get("gen_ai.output.type") == "json"
        and reading.kind == INFERENCE
        and "claude" in (reading.model or "").lower()
        and found.usage.cache_write_tokens == 0
        and found.usage.input_tokens >= SMALLEST_CACHED_PROMPT_TOKENS
    ):
        reading.doubt = reading.doubt or Reason.CACHE_TOKENS_NOT_REPORTED


def no_cache_tokens_of_chat(span: SpanView, reading: Reading, found: UsageFound) -> None:
    """Doubt a generation whose cached tokens are not on the span at all; where they are, 0 is believed."""
    if "llm.token_count.prompt_details.cache_read" not in span.attributes:
        no_cache_tokens(span, reading, found)


def no_cache_write_tokens(span: SpanView, reading: Reading, found: UsageFound) -> None:
    """Doubt a prompt long enough to be written to a cache, of a model whose cache writes cost extra.

    OpenAI caches prompts of 1,024 tokens and more and bills the writing from GPT-5 on.
    """
    model = reading.model or ""
    if (
        reading.kind == INFERENCE
        and found.usage.cache_write_tokens == 0
        and found.usage.input_tokens >= SMALLEST_CACHED_PROMPT_TOKENS
        and _BILLS_CACHE_WRITES.search(model)
    ):
        reading.doubt = reading.doubt or Reason.CACHE_TOKENS_NOT_REPORTED


def _caches_small_blocks(reading: Reading) -> bool:
    return "deepseek" in f"{reading.model} {reading.host} {reading.provider}".lower()


def no_cache_tokens_for_invoke_model(span: SpanView, reading: Reading, found: UsageFound) -> None:
    """Doubt the input of InvokeModel calls of models that can cache (Anthropic's and Amazon's own).

    Their input excludes cached tokens, so that a short one proves nothing.
    """
    if str(span.attributes.get("rpc.method", "")).startswith("InvokeModel"):
        model = (reading.model or "").lower()
        if "embed" not in model and ("anthropic" in model or "claude" in model or "nova" in model or "arn:" in model):
            _doubt_input(reading, found)


def cache_in_output_or_doubt(span: SpanView, reading: Reading, found: UsageFound) -> None:
    """Read the cached tokens from the recorded response, if it was recorded; doubt the numbers otherwise.

    The response is believed only where the input count beside it is the span's own.
    """
    if reading.kind != INFERENCE or reading.usage is None or reading.usage.cache_read_tokens:
        return
    output = span.attributes.get("output.value")
    if isinstance(output, str) and len(output) <= _MAX_SEARCHED_CHARACTERS:
        cached, prompt = _CACHED.findall(output), _PROMPT.findall(output)
        if cached and prompt and int(prompt[-1][:19]) == reading.usage.input_tokens:
            reading.usage = replace(reading.usage, cache_read_tokens=int(cached[-1][:19]))
            return
    no_cache_tokens(span, reading, found)


def partial_stream(span: SpanView, reading: Reading, found: UsageFound) -> None:
    """Doubt a stream that never said why it ended: its reader left early, and the output counts what it saw."""
    if reading.kind == INFERENCE and reading.is_stream and not any(k in span.attributes for k in _FINISH_KEYS):
        reading.doubt = reading.doubt or Reason.STREAM_ABANDONED


def stream_output_one_too_high(span: SpanView, reading: Reading, found: UsageFound) -> None:
    """Take one token off a stream's output: message_start's provisional token was added to the final count.

    `messages.stream()` leaves no mark of a stream, but the order of the attributes tells: a stream's usage is written
    before the model of its response, a whole response's after.
    """
    usage = reading.usage
    if usage is None or usage.output_tokens <= 1 or not (reading.is_stream or _usage_before_model(span)):
        return
    reading.is_stream = True
    reading.usage = replace(usage, output_tokens=usage.output_tokens - 1)


def _usage_before_model(span: SpanView) -> bool:
    for key in span.attributes:
        if key == "gen_ai.response.model":
            return False
        if key in ("gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens"):
            return "gen_ai.response.model" in span.attributes
    return False


def unmarked_stream_estimate(span: SpanView, reading: Reading, found: UsageFound) -> None:
    """Doubt a stream's numbers unless cache counts, which only the provider's own usage brings, stand beside them."""
    if (
        reading.is_stream
        and reading.kind != EMBEDDINGS
        and "gen_ai.usage.cache_read.input_tokens" not in span.attributes
    ):
        reading.doubt = reading.doubt or Reason.UNMARKED_ESTIMATE


def unmarked_embedding_estimate(span: SpanView, reading: Reading, found: UsageFound) -> None:
    """Doubt an embedding's input: the instrumentation counted it with a tokenizer of its own and does not say so."""
    if reading.kind == EMBEDDINGS:
        reading.doubt = reading.doubt or Reason.UNMARKED_ESTIMATE


def no_tool_prompt_tokens(span: SpanView, reading: Reading, found: UsageFound) -> None:
    """Doubt the numbers: the provider's own tools add prompt tokens that the span never shows."""
    if reading.kind == INFERENCE:
        reading.doubt = reading.doubt or Reason.TOOL_TOKENS_NOT_REPORTED
