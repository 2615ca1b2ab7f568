"""OpenLIT (`openlit.*`): OpenTelemetry's attributes with keys of its own for details, and a computed cost.

`gen_ai.usage.cost` comes from OpenLIT's price list, 0 where the list has no such model: it is never taken. Framework
spans (CrewAI, LangChain, …) sum what is below them.
"""

from __future__ import annotations

from msgspec.structs import replace

from otel_agentcost.conventions.finish import finish
from otel_agentcost.conventions.gen_ai_usage import read_gen_ai_usage
from otel_agentcost.conventions.kinds import BY_OPERATION
from otel_agentcost.conventions.otel_genai import read_core
from otel_agentcost.conventions.plan import plan_of
from otel_agentcost.conventions.values import tokens
from otel_agentcost.model.reading import INFERENCE, OTHER, RETRIEVAL, Kind, Reading, SpanView

CONVENTION = "openlit"

_READ = "gen_ai.usage.prompt_tokens_details.cached_tokens"
_WRITE = "gen_ai.usage.prompt_tokens_details.cache_creation_tokens"
_REASONING = "gen_ai.usage.completion_tokens_details.reasoning_tokens"
_KINDS: dict[str, Kind] = {
    "vectordb": RETRIEVAL,
    "model_request": INFERENCE,
    "speech_to_text": INFERENCE,
    "text_to_speech": INFERENCE,
    "translate": INFERENCE,
}


def read(span: SpanView) -> Reading | None:
    """Return what a span of OpenLIT says."""
    attributes = span.attributes
    plan = plan_of(attributes)
    reading = read_core(span, CONVENTION, plan)
    operation = reading.operation or ""
    if reading.kind == OTHER and operation not in BY_OPERATION and (kind := _KINDS.get(operation)) is not None:
        reading.kind = kind
        reading.covers = "call" if reading.is_billable else "sum"
    found = read_gen_ai_usage(attributes, plan)
    if found is None:
        return finish(span, reading, None)
    if reading.kind == OTHER and not operation and reading.model is not None:
        reading.kind, reading.covers = INFERENCE, "call"
    usage = found.usage
    usage = replace(
        usage,
        cache_read_tokens=usage.cache_read_tokens or tokens(attributes.get(_READ)) or 0,
        cache_write_5m_tokens=usage.cache_write_5m_tokens or tokens(attributes.get(_WRITE)) or 0,
        reasoning_tokens=usage.reasoning_tokens or tokens(attributes.get(_REASONING)) or 0,
    )
    # `gen_ai.client.token.usage` is OpenLIT's own sum of the two counts: as a total it proves nothing.
    return finish(span, reading, found._replace(usage=usage, total_tokens=None))
