"""Logfire's instrumentations of provider SDKs.

A streamed call is two spans of one parent: `logfire.span_type=span` for the request, which carries no usage, and, when
the stream is read, `logfire.span_type=log` with the usage (`gen_ai.usage.raw` whole).
"""

from __future__ import annotations

from otel_agentcost.conventions.finish import finish
from otel_agentcost.conventions.gen_ai_usage import read_gen_ai_usage
from otel_agentcost.conventions.otel_genai import read_core
from otel_agentcost.conventions.values import structure, truthy
from otel_agentcost.model.reading import INFERENCE, OTHER, Reading, SpanView

CONVENTION = "logfire"


def read(span: SpanView) -> Reading | None:
    """Return what a Logfire span says; the second half of a stream is marked as one."""
    attributes = span.attributes
    reading = read_core(span, CONVENTION)
    if attributes.get("logfire.span_type") == "log" and reading.is_billable:
        reading.is_stream = True
        reading.ends_stream = True
    elif reading.is_billable and not span.is_error and "gen_ai.response.id" not in attributes:
        reading.is_stream = True  # the answer is still to come, in the span that ends the stream
    request = structure(attributes.get("request_data"))
    if request is not None:
        reading.is_stream = reading.is_stream or truthy(request.get("stream"))
    found = read_gen_ai_usage(attributes)
    if reading.kind == OTHER and found is not None and reading.model is not None:
        reading.kind = INFERENCE
        reading.covers = "call"
    return finish(span, reading, found)
