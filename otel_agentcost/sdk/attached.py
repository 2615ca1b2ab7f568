"""Find what is attached to a tracer provider: the processor that counts its costs, and the tracer of our own spans."""

# pyright: reportPrivateUsage=false
# A provider has no public way to tell its processors.

from __future__ import annotations

import weakref
from collections.abc import Iterator
from typing import Any, NamedTuple, cast

from opentelemetry.sdk.trace import SpanProcessor
from opentelemetry.trace import Tracer, TracerProvider

from otel_agentcost.engine.settings import IdentitySources
from otel_agentcost.sdk.own_identity import OwnIdentity
from otel_agentcost.sdk.processor import AgentCostSpanProcessor

SCOPE = "otel_agentcost"
_MAX_DEPTH = 6
_MAX_PROCESSORS = 64


class Attached(NamedTuple):
    """What `execution()` needs of a provider. `processor` is None where none of ours is attached."""

    tracer: Tracer
    processor: AgentCostSpanProcessor | None
    identity: OwnIdentity
    of: object
    """The processors that were attached when this was found: others are looked through anew."""


_known: weakref.WeakKeyDictionary[TracerProvider, Attached] = weakref.WeakKeyDictionary()
_standard = OwnIdentity(IdentitySources())


def attached(provider: TracerProvider) -> Attached:
    """Return what is attached to a provider; found once, and again where a processor was added since."""
    processors = getattr(getattr(provider, "_active_span_processor", None), "_span_processors", None)
    known = _known.get(provider) if processors is not None else None
    if known is not None and known.of is processors:
        return known
    processor = next(_processors(provider, 0), None)
    engine = None if processor is None else processor.engine
    identity = _standard if engine is None else OwnIdentity(engine.settings.identity)
    found = Attached(provider.get_tracer(SCOPE), processor, identity, processors)
    if processors is not None:  # a provider of the SDK, which can be referred to weakly
        _known[provider] = found
    return found


def _processors(holder: object, depth: int) -> Iterator[AgentCostSpanProcessor]:
    """Yield our processors within a provider or processor, also those that another of these wraps."""
    if isinstance(holder, AgentCostSpanProcessor):
        yield holder
    elif isinstance(holder, (list, tuple)):
        for each in cast("list[Any]", holder)[:_MAX_PROCESSORS]:
            yield from _processors(each, depth)
    elif isinstance(holder, (SpanProcessor, TracerProvider)) and depth < _MAX_DEPTH:
        for each in list(getattr(holder, "__dict__", {}).values()):
            yield from _processors(each, depth + 1)
