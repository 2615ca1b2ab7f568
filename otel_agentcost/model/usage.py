"""Usage: what a provider bills for one call, in one inclusive form."""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import astuple

MAX_TOKENS = 1_000_000_000
"""Above this no single call is believed: no provider serves a billion tokens in one request."""


class Usage(Struct, frozen=True, array_like=True, gc=False):
    """Counts of one call. Totals include their parts, as OpenAI and the OpenTelemetry convention count.

    `input_tokens` includes cache reads, cache writes, audio and image input; `output_tokens` includes
    reasoning, audio and image output; `cache_read_audio_tokens` are inside both `cache_read_tokens`
    and `input_audio_tokens`. `web_searches` counts searches that the provider bills by the piece.
    """

    input_tokens: int = 0
    output_tokens: int = 0
    cache_read_tokens: int = 0
    cache_write_5m_tokens: int = 0
    cache_write_1h_tokens: int = 0
    reasoning_tokens: int = 0
    input_audio_tokens: int = 0
    input_image_tokens: int = 0
    cache_read_audio_tokens: int = 0
    output_audio_tokens: int = 0
    output_image_tokens: int = 0
    web_searches: int = 0

    @property
    def cache_write_tokens(self) -> int:
        """Cache writes of both lifetimes."""
        return self.cache_write_5m_tokens + self.cache_write_1h_tokens

    @property
    def counts(self) -> tuple[int, ...]:
        """All counts, in the order of the fields."""
        return astuple(self)

    @property
    def total_tokens(self) -> int:
        return self.input_tokens + self.output_tokens


COUNTS = Usage.__struct_fields__
"""The names of the counts."""


def impossible(usage: Usage) -> str | None:
    """Return why no provider can have billed this usage, or None where it is plausible."""
    counts = usage.counts
    if min(counts) < 0:
        return f"{COUNTS[counts.index(min(counts))]} is negative"
    if max(counts) > MAX_TOKENS:
        return f"{COUNTS[counts.index(max(counts))]} is above {MAX_TOKENS}"
    if not any(counts[2:11]):
        return None  # no parts that could exceed their totals: the usual call
    if usage.cache_read_tokens + usage.cache_write_tokens > usage.input_tokens:
        return "cached tokens exceed input_tokens"
    if usage.input_audio_tokens + usage.input_image_tokens > usage.input_tokens:
        return "audio and image tokens exceed input_tokens"
    if usage.cache_read_audio_tokens > min(usage.cache_read_tokens, usage.input_audio_tokens):
        return "cached audio tokens exceed cache_read_tokens or input_audio_tokens"
    if usage.reasoning_tokens + usage.output_audio_tokens + usage.output_image_tokens > usage.output_tokens:
        return "reasoning, audio and image tokens exceed output_tokens"
    return None
