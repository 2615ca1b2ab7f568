"""Keep spans recorded where head sampling drops them, so that spend does not depend on sampling."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from opentelemetry.context import Context
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.sampling import Decision, Sampler, SamplingResult
from opentelemetry.trace import Link, SpanKind, TraceState
from opentelemetry.util.types import Attributes


class RecordEverything(Sampler):
    """Turn each DROP of another sampler into RECORD_ONLY: span processors see the span, exporters do not.

    The SDK has an `AlwaysRecordSampler` from 1.45 on, and this is not it for a reason: a sampler that drops a span
    returns no attributes, the SDK gives a span the attributes that its sampler returns, and so a span recorded by
    `AlwaysRecordSampler` has lost all it was started with, its model among them. Here they are kept.
    """

    def __init__(self, root: Sampler) -> None:
        self._root = root

    def should_sample(
        self,
        parent_context: Context | None,
        trace_id: int,
        name: str,
        kind: SpanKind | None = None,
        attributes: Attributes = None,
        links: Sequence[Link] | None = None,
        trace_state: TraceState | None = None,
    ) -> SamplingResult:
        result = self._root.should_sample(parent_context, trace_id, name, kind, attributes, links, trace_state)
        if result.decision is Decision.RECORD_AND_SAMPLE:
            return result
        kept: dict[str, Any] = dict(attributes or {})
        kept.update(result.attributes or {})  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]
        return SamplingResult(Decision.RECORD_ONLY, kept, result.trace_state)

    def get_description(self) -> str:
        return f"RecordEverything{{{self._root.get_description()}}}"


def record_everything(sampler: Sampler) -> Sampler:
    """Return a sampler that exports exactly what `sampler` would, and records the rest for span processors only.

    An unsampled span never reaches a span processor, so its cost would go unseen. Recording costs the application the
    time to fill the span in, not the export.
    """
    return sampler if isinstance(sampler, RecordEverything) else RecordEverything(sampler)


def record_all_spans_of(provider: TracerProvider) -> None:
    """Make a provider that is set up already record everything.

    A tracer keeps the sampler that its provider had when it was made. Newer SDKs remember their tracers and those are
    changed too; on older ones call this before the instrumentations take their tracers.
    """
    provider.sampler = record_everything(provider.sampler)
    tracers: dict[Any, Any] = getattr(provider, "_tracers", {})
    for tracer in list(tracers.values()):
        tracer.sampler = provider.sampler
