"""Put attributes on a span that is ending, so that every exporter sees them.

The SDK gives no supported way. A span's attributes are frozen before `SpanProcessor._on_ending` runs (SDK 1.40 and
newer; bug 5614 of opentelemetry-python), older SDKs have no such hook, and in `on_end` an exporter that was added
earlier has the span already. Two ways reach every exporter in every order, and this module uses whichever works:

`ending`  the SDK calls `_on_ending` on every processor before it calls `on_end` on any.
`front`   the span itself is handed a processor that stands in front of the provider's, so that ours sees the end first.

Both then write to the dictionary below the frozen mapping, under its own lock. That also passes the limit on the number
of attributes without evicting one, so a span with a long history keeps its model and gets its cost.
"""

# pyright: reportPrivateUsage=false
# The SDK offers no public way to do this; what is used here is tried out at start-up (`find_way`).

from __future__ import annotations

import logging
from collections.abc import Mapping
from functools import cache
from typing import Any, Literal, TypeAlias

from opentelemetry.context import Context
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.sampling import ALWAYS_ON
from opentelemetry.sdk.version import __version__ as sdk_version

from otel_agentcost.sdk.guard import InternalErrors

_logger = logging.getLogger("otel_agentcost")

Way: TypeAlias = Literal["ending", "front", "late", "none"]
"""How attributes get onto an ending span. `late` misses exporters added before us, `none` misses all."""

_DONE = "_agentcost_done"


class EndingSpanProcessor(SpanProcessor):
    """Call `ended` once for each span, before any processor's `on_end` where the SDK allows it.

    A subclass implements `ended` and writes with `write`. Nothing raised by `ended` leaves this class.
    """

    def __init__(self) -> None:
        self.errors = InternalErrors()
        self.hook_seen = False
        """Whether the SDK (and any processor wrapped around us) calls `_on_ending`. Once seen, it always does."""
        self._front: _Front | None = None

    def ended(self, span: ReadableSpan) -> None:
        """Look at a span whose attributes are final, and `write` what is to be added."""
        raise NotImplementedError

    def write(self, span: ReadableSpan, attributes: Mapping[str, Any]) -> None:
        """Add attributes to a span during `ended`; existing keys are replaced, none is evicted."""
        bounded: Any = span._attributes
        with bounded._lock:
            if self.hook_seen:
                bounded._dict.update(attributes)
            else:
                # Where the span began before us, an exporter may be reading this dictionary in another thread by now
                # and must not see it change size.
                bounded._dict = {**bounded._dict, **attributes}

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        if not self.hook_seen:
            try:
                self.stand_in_front(span)
            except Exception as error:  # noqa: BLE001 - see guard.py
                try:
                    self.errors.record("on_start", error)
                except Exception:  # noqa: BLE001
                    pass

    def _on_ending(self, span: Span) -> None:
        self.hook_seen = True
        try:
            self.ended(span)
        except Exception as error:  # noqa: BLE001 - see guard.py
            try:
                self.errors.record("_on_ending", error)
            except Exception:  # noqa: BLE001
                pass

    def on_end(self, span: ReadableSpan) -> None:
        if self.hook_seen:
            return
        try:
            if not _is_done(span):
                self.ended(span)
        except Exception as error:  # noqa: BLE001 - see guard.py
            try:
                self.errors.record("on_end", error)
            except Exception:  # noqa: BLE001
                pass

    def force_flush(self, timeout_millis: int = 30000) -> bool:
        """Return True: nothing waits here. (None, the older SDKs' default, would stop the provider's flush.)"""
        return True

    def stand_in_front(self, span: Span) -> None:
        following: Any = span._span_processor
        front = self._front
        if front is None or front.following is not following:
            front = self._front = _Front(self, following)
        span._span_processor = front

    def end_in_front(self, span: ReadableSpan) -> None:
        """Look at a span before its provider's processors do, where no hook does that for us."""
        if not self.hook_seen:
            setattr(span._attributes, _DONE, True)
            self.ended(span)


class _Front(SpanProcessor):
    """Stand between one span and its provider's processors, so that ours sees the end before all of them."""

    def __init__(self, owner: EndingSpanProcessor, following: SpanProcessor) -> None:
        self._owner = owner
        self.following = following

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        self.following.on_start(span, parent_context)

    def _on_ending(self, span: Span) -> None:
        self.following._on_ending(span)

    def on_end(self, span: ReadableSpan) -> None:
        try:
            self._owner.end_in_front(span)
        except Exception as error:  # noqa: BLE001 - see guard.py
            try:
                self._owner.errors.record("on_end", error)
            except Exception:  # noqa: BLE001
                pass
        self.following.on_end(span)

    def shutdown(self) -> None:
        self.following.shutdown()

    def force_flush(self, timeout_millis: int = 30000) -> bool:
        return self.following.force_flush(timeout_millis)


def _is_done(span: ReadableSpan) -> bool:
    # The attributes are the one object that a span and the readable copies made of it share.
    return getattr(span._attributes, _DONE, False)


def raw_attributes(span: ReadableSpan) -> Mapping[str, Any]:
    """Return the span's attributes as a plain dictionary where there is one: ten times faster to look into."""
    bounded: Any = span._attributes
    try:
        return bounded._dict
    except AttributeError:
        return span.attributes or {}


@cache
def find_way() -> Way:
    """Try out on a private provider what works on the SDK that is installed. Takes well under a millisecond."""
    try:
        return _try_out()
    except Exception:  # noqa: BLE001 - an SDK changed beyond recognition is an answer, not a reason to fail
        return "none"


def warn_where_late(way: Way) -> None:
    """Say once, loudly, where enrichment cannot reach every exporter."""
    if way in ("ending", "front"):
        return
    reach = "only exporters added after AgentCostSpanProcessor" if way == "late" else "no exporter"
    _logger.warning(
        "otel_agentcost: on OpenTelemetry SDK %s cost attributes reach %s. Wrap your exporter in AgentCostSpanExporter "
        "instead: it does not depend on the SDK's internals. Costs are still recorded.",
        sdk_version,
        reach,
    )


class _Trial(EndingSpanProcessor):
    def ended(self, span: ReadableSpan) -> None:
        self.write(span, {"trial": 1})


class _Witness(SpanProcessor):
    saw = False

    def on_end(self, span: ReadableSpan) -> None:
        self.saw = (span.attributes or {}).get("trial") == 1


def _try_out() -> Way:
    provider = TracerProvider(sampler=ALWAYS_ON, resource=Resource.get_empty(), shutdown_on_exit=False)
    before, trial, after = _Witness(), _Trial(), _Witness()
    for processor in (before, trial, after):
        provider.add_span_processor(processor)
    span = provider.get_tracer("otel_agentcost").start_span("trial")
    if not isinstance(span, ReadableSpan):
        return "ending"  # OTEL_SDK_DISABLED: no span will ever end, so there is nothing to warn of.
    span.end()
    if before.saw and after.saw:
        return "ending" if trial.hook_seen else "front"
    return "late" if after.saw else "none"
