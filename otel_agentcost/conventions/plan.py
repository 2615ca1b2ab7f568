"""Which of a span's keys hold what in the `gen_ai.*` family, worked out once for each set of keys.

The family has some sixty spellings of twenty facts. Looking for each on every span would cost more than all else, while
the spans of one instrumentation carry the same keys again and again: so the set of known keys of a span is looked up,
and the plan for it says where each fact stands.
"""

from __future__ import annotations

from collections.abc import Iterable

from otel_agentcost.model import names

MAX_PLANS = 4096
"""Sets of keys remembered; an instrumentation has a handful. When full, all are forgotten."""

RAW = "gen_ai.usage.raw"
METADATA = "metadata"
OPERATION = "gen_ai.operation.name"
REQUEST_TYPE = "llm.request.type"
COST_SOURCE = names.COST_SOURCE

# Facts that are names, and the keys that may hold them, the first present wins.
TEXTS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("operation", (OPERATION,)),
    ("provider", ("gen_ai.provider.name", "gen_ai.system")),
    ("request_model", ("gen_ai.request.model",)),
    ("response_model", ("gen_ai.response.model",)),
    ("response_id", ("gen_ai.response.id",)),
    (
        "service_tier",
        (
            "openai.response.service_tier",
            "gen_ai.openai.response.service_tier",
            "anthropic.response.service_tier",
            "gen_ai.response.service_tier",
            "openai.request.service_tier",
            "gen_ai.openai.request.service_tier",
        ),
    ),
    ("region", ("cloud.region",)),
    ("agent", ("gen_ai.agent.name",)),
    ("tool", ("gen_ai.tool.name",)),
    ("tool_call_id", ("gen_ai.tool.call.id",)),
    ("user", (names.USER, "enduser.id")),
    ("session", (names.SESSION,)),
    ("conversation", (names.CONVERSATION,)),
    ("team", (names.TEAM,)),
    ("organization", (names.ORGANIZATION,)),
    ("feature", (names.FEATURE,)),
)
TOOL_FACTS = frozenset({"tool", "tool_call_id"})

HOSTS = ("server.address", "gen_ai.openai.api_base", "url.full", "http.url")
STREAM_FLAGS = ("gen_ai.request.stream", "gen_ai.is_streaming", "llm.is_streaming", "gen_ai.request.is_stream")
STREAM_MARKS = ("gen_ai.response.time_to_first_chunk",)

# Counts, by their place in `Usage`; cache writes of one hour are part of the writes and stand apart.
INPUT = ("gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens", "llm.usage.prompt_tokens")
OUTPUT = ("gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens", "llm.usage.completion_tokens")
CACHE_READ = (
    "gen_ai.usage.cache_read.input_tokens",
    "gen_ai.usage.cache_read_input_tokens",
    "gen_ai.usage.input_tokens.cached",
    "gen_ai.usage.details.cache_read_tokens",
    "gen_ai.usage.details.cache_read_input_tokens",
    "gen_ai.usage.details.cached_tokens",
    "gen_ai.usage.details.cached_content_tokens",
    "gen_ai.usage.cached_tokens",
)
CACHE_WRITE = (
    "gen_ai.usage.cache_write.input_tokens",
    "gen_ai.usage.cache_creation.input_tokens",
    "gen_ai.usage.cache_creation_input_tokens",
    "gen_ai.usage.cache_write_input_tokens",
    "gen_ai.usage.details.cache_write_tokens",
    "gen_ai.usage.details.cache_creation_input_tokens",
)
CACHE_WRITE_1H = (
    "anthropic.usage.cache_creation.ephemeral_1h_input_tokens",
    "gen_ai.usage.cache_creation.ephemeral_1h_input_tokens",
    "gen_ai.usage.details.ephemeral_1h_input_tokens",
)
CACHE_WRITE_5M = (
    "anthropic.usage.cache_creation.ephemeral_5m_input_tokens",
    "gen_ai.usage.cache_creation.ephemeral_5m_input_tokens",
    "gen_ai.usage.details.ephemeral_5m_input_tokens",
)
TOTAL = ("gen_ai.usage.total_tokens", "llm.usage.total_tokens", "gen_ai.client.token.usage")
COUNTS: tuple[tuple[int, tuple[str, ...]], ...] = (
    (0, INPUT),
    (1, OUTPUT),
    (2, CACHE_READ),
    (3, CACHE_WRITE),
    (4, CACHE_WRITE_1H),
    (
        5,
        (
            "gen_ai.usage.reasoning.output_tokens",
            "gen_ai.usage.reasoning_tokens",
            "gen_ai.usage.output_tokens.reasoning",
            "gen_ai.usage.details.reasoning_tokens",
            "gen_ai.usage.details.thoughts_tokens",
        ),
    ),
    (
        6,
        (
            "gen_ai.usage.audio.input_tokens",
            "gen_ai.usage.input_audio_tokens",
            "gen_ai.usage.details.input_audio_tokens",
        ),
    ),
    (7, ("gen_ai.usage.image.input_tokens", "gen_ai.usage.input_image_tokens")),
    (8, ("gen_ai.usage.audio.cache_read.input_tokens", "gen_ai.usage.details.cache_audio_read_tokens")),
    (
        9,
        (
            "gen_ai.usage.audio.output_tokens",
            "gen_ai.usage.output_audio_tokens",
            "gen_ai.usage.details.output_audio_tokens",
        ),
    ),
    (10, ("gen_ai.usage.image.output_tokens", "gen_ai.usage.output_image_tokens")),
    (11, ("gen_ai.usage.server_tool_use.web_search_requests", "gen_ai.usage.details.web_search_requests")),
)

KNOWN: frozenset[str] = frozenset(
    [key for _, keys in TEXTS for key in keys]
    + [key for _, keys in COUNTS for key in keys]
    + [*CACHE_WRITE_5M, *HOSTS, *STREAM_FLAGS, *STREAM_MARKS, *TOTAL, RAW, METADATA, REQUEST_TYPE, COST_SOURCE]
)


class Plan:
    """Where a span with one set of keys keeps each fact. Each entry names all present keys, the first preferred."""

    __slots__ = (
        "counts", "has_metadata", "has_raw", "has_reported_cost", "has_request_type", "hosts", "short_lived_writes",
        "stream_flags", "stream_marked", "texts", "tool_texts", "totals",
    )  # fmt: skip

    def __init__(self, keys: frozenset[str]) -> None:
        def present(candidates: Iterable[str]) -> tuple[str, ...]:
            return tuple(key for key in candidates if key in keys)

        texts = [(field, present(candidates)) for field, candidates in TEXTS]
        self.texts = tuple((f, k) for f, k in texts if k and f not in TOOL_FACTS)
        self.tool_texts = tuple((f, k) for f, k in texts if k and f in TOOL_FACTS)
        counts = [(place, present(candidates)) for place, candidates in COUNTS]
        self.counts = tuple((place, k) for place, k in counts if k)
        self.totals = present(TOTAL)
        self.short_lived_writes = present(CACHE_WRITE_5M)
        self.hosts = present(HOSTS)
        self.stream_flags = present(STREAM_FLAGS)
        self.stream_marked = bool(present(STREAM_MARKS))
        self.has_raw = RAW in keys
        self.has_metadata = METADATA in keys
        self.has_request_type = REQUEST_TYPE in keys
        self.has_reported_cost = COST_SOURCE in keys


_plans: dict[frozenset[str], Plan] = {}


def plan_of(attributes: Iterable[str]) -> Plan:
    """Return the plan for a span's attributes."""
    keys = KNOWN.intersection(attributes)
    plan = _plans.get(keys)
    if plan is None:
        if len(_plans) >= MAX_PLANS:
            _plans.clear()
        plan = _plans[keys] = Plan(keys)
    return plan
