"""OpenTelemetry's GenAI semantic convention, as it stands and in each older spelling.

https://opentelemetry.io/docs/specs/semconv/gen-ai/. Most other conventions are this one with additions, so their
readers begin with `read_core`. Which keys hold what stands in `plan.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from otel_agentcost.conventions.finish import finish
from otel_agentcost.conventions.gen_ai_usage import UsageFound, read_gen_ai_usage
from otel_agentcost.conventions.identity_keys import read_metadata
from otel_agentcost.conventions.kinds import BY_REQUEST_TYPE, kind_of_operation
from otel_agentcost.conventions.plan import REQUEST_TYPE, Plan, plan_of
from otel_agentcost.conventions.values import MAX_TEXT_CHARACTERS, host, text, truthy
from otel_agentcost.model import names
from otel_agentcost.model.money import parse_usd
from otel_agentcost.model.reading import BILLABLE, INFERENCE, OTHER, Reading, SpanView

CONVENTION = "otel_genai"


def read(span: SpanView) -> Reading | None:
    """Return what a span in this convention says."""
    plan = plan_of(span.attributes)
    reading = read_core(span, CONVENTION, plan)
    found = read_gen_ai_usage(span.attributes, plan)
    if reading.kind == OTHER and not reading.operation and _looks_like_a_call(reading, found):
        reading.kind = INFERENCE
        reading.covers = "call"
    return finish(span, reading, found)


def read_core(span: SpanView, convention: str, plan: Plan | None = None) -> Reading:
    """Return a reading with everything but usage: kind, provider, models, host, tier, ids, agent, tool, identity."""
    attributes = span.attributes
    if plan is None:
        plan = plan_of(attributes)
    reading = Reading(OTHER, convention)
    for field, keys in plan.texts:
        value = attributes[keys[0]]
        if type(value) is str and value and len(value) <= MAX_TEXT_CHARACTERS and value.isascii():
            setattr(reading, field, value)
        elif (found := _first_text(attributes, keys)) is not None:
            setattr(reading, field, found)
    kind = kind_of_operation(reading.operation, span.name)
    if kind is None and plan.has_request_type:
        kind = BY_REQUEST_TYPE.get(str(attributes.get(REQUEST_TYPE)).lower())
    if kind is not None:
        reading.kind = kind
    if plan.hosts:
        reading.host = host(attributes[plan.hosts[0]])
    if plan.stream_flags or plan.stream_marked:
        reading.is_stream = truthy(attributes[plan.stream_flags[0]]) if plan.stream_flags else True
    if reading.kind not in BILLABLE:
        reading.covers = "sum"
        read_tool(attributes, reading, plan)
    if plan.has_metadata:
        read_metadata(attributes, reading)
    if plan.has_reported_cost:
        read_reported_cost(attributes, reading)
    return reading


def read_tool(attributes: Mapping[str, Any], reading: Reading, plan: Plan | None = None) -> None:
    """Fill the tool's name, arguments and call id."""
    for field, keys in (plan or plan_of(attributes)).tool_texts:
        if (found := _first_text(attributes, keys)) is not None:
            setattr(reading, field, found)
    if isinstance(value := attributes.get("gen_ai.tool.call.arguments"), str):
        reading.tool_arguments = value


def read_reported_cost(attributes: Mapping[str, Any], reading: Reading) -> None:
    """Take a cost that the provider or gateway itself reported, in USD; one in another currency is no dollars."""
    if attributes.get(names.COST_SOURCE) == "provider" and attributes.get(names.COST_CURRENCY, "USD") == "USD":
        reading.reported_cost_nano_usd = parse_usd(attributes.get(names.COST_AMOUNT))


def _first_text(attributes: Mapping[str, Any], keys: tuple[str, ...]) -> str | None:
    for key in keys:
        if (found := text(attributes.get(key))) is not None:
            return found
    return None


def _looks_like_a_call(reading: Reading, found: UsageFound | None) -> bool:
    return found is not None and found.has_input and reading.model is not None
