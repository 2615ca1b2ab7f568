"""LiteLLM's `otel` callback.

It writes `gen_ai.*` onto `litellm_request`, or onto the caller's own span where there is one, each call over the last,
and the provider's raw exchange onto a child `raw_gen_ai_request` as `llm.<provider>.*`, the usage as a Python repr. The
newer integration (litellm 1.109.1, integrations/otel) names a call's span `chat gpt-4o` and writes onto no other.

Its costs (`gen_ai.cost.*`, `litellm.cost.*`, `response_cost` in `hidden_params`) come from LiteLLM's own price list,
not from the provider: they are not taken. An answer out of LiteLLM's cache cost nothing, which it does know.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from otel_agentcost.conventions.finish import finish
from otel_agentcost.conventions.gen_ai_usage import UsageFound, read_gen_ai_usage
from otel_agentcost.conventions.otel_genai import read_core
from otel_agentcost.conventions.provider_usage import read_provider_usage
from otel_agentcost.conventions.values import first, host, structure, text, truthy
from otel_agentcost.model.reading import INFERENCE, OTHER, Reading, SpanView

CONVENTION = "litellm"
RAW_SPAN = "raw_gen_ai_request"
_SCOPE = "litellm"
_TEAM = (
    "metadata.user_api_key_team_alias",
    "metadata.user_api_key_team_id",
    "litellm.team.alias",
    "litellm.team.id",
)
_PROXY_ROOT = "Received Proxy Server Request"


def read(span: SpanView) -> Reading | None:
    """Return what a LiteLLM span, or a span that LiteLLM wrote upon, says."""
    if span.name == RAW_SPAN:
        return _read_raw(span)
    attributes = span.attributes
    reading = read_core(span, CONVENTION)
    if not span.scope_name.startswith(_SCOPE) or span.name.startswith(_PROXY_ROOT):
        reading.covers = "last"
    reading.user = reading.user or text(attributes.get("metadata.user_api_key_user_id"))
    reading.team = reading.team or text(first(attributes, *_TEAM))
    reading.organization = reading.organization or text(attributes.get("metadata.user_api_key_org_id"))
    if truthy(attributes.get("litellm.cache_hit")):
        reading.reported_cost_nano_usd = 0
    hidden = structure(attributes.get("hidden_params"))
    if hidden is not None and reading.host is None:
        reading.host = host(hidden.get("api_base"))
    found = read_gen_ai_usage(attributes)
    whole = read_provider_usage(attributes.get("metadata.usage_object"))
    if whole is not None:
        found = UsageFound(whole, True, True, None)
    if reading.kind == OTHER and found is not None:
        reading.kind = INFERENCE
    return finish(span, reading, found)


def _read_raw(span: SpanView) -> Reading:
    reading = Reading(INFERENCE, CONVENTION)
    provider, attributes = _strip_provider(span.attributes)
    reading.provider = None if provider in ("None", "") else provider
    reading.response_model = text(attributes.get("model"))
    reading.response_id = text(attributes.get("id"))
    reading.service_tier = text(attributes.get("service_tier"))
    whole = read_provider_usage(attributes.get("usage")) or read_provider_usage(attributes.get("usageMetadata"))
    return finish(span, reading, None if whole is None else UsageFound(whole, True, True, None))


def _strip_provider(attributes: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    """Return the provider in `llm.<provider>.*` and the attributes without that prefix."""
    stripped: dict[str, Any] = {}
    provider = ""
    for key, value in attributes.items():
        if key.startswith("llm.") and key.count(".") >= 2:
            _, provider, name = key.split(".", 2)
            stripped[name] = value
    return provider, stripped
