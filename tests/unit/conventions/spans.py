"""Make the spans that the table tests of readers hand in."""

from __future__ import annotations

import json
from typing import Any

from msgspec.structs import asdict

from otel_agentcost.conventions.registry import read_span
from otel_agentcost.model.reading import Reading, SpanView


def span(name: str = "chat gpt-5", scope: str = "", version: str = "", **kwargs: Any) -> SpanView:
    """Return a span; `attributes` is a mapping, since attribute names hold dots."""
    return SpanView(name, scope, version, **{"attributes": {}, **kwargs})


def read(
    attributes: dict[str, Any], name: str = "chat gpt-5", scope: str = "", version: str = "", **kwargs: Any
) -> Reading:
    """Return what the registry's reader says, which must be something."""
    reading = read_span(span(name, scope, version, attributes=attributes, **kwargs))
    assert reading is not None
    return reading


def usage(reading: Reading) -> dict[str, int]:
    """Return the counts that are not 0, under short names."""
    assert reading.usage is not None
    return {k.removesuffix("_tokens"): v for k, v in asdict(reading.usage).items() if v}


def as_json(value: Any) -> str:
    return json.dumps(value)
