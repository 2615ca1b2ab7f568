"""Keep spans recorded where head sampling drops them, so that spend does not depend on sampling."""

from __future__ import annotations

from collections.abc import Sequence

from opentelemetry.context import Context
from opentelemetry.sdk.trace import TracerProvider, sampling
from opentelemetry.sdk.trace.sampling import Decision, Sampler, SamplingResult
from opentelemetry.trace import Link, SpanKind, TraceState
from opentelemetry.util.types import Attributes

_SDK_SAMPLER: type[Sampler] | None = getattr(sampling, "AlwaysRecordSampler", None)
"""The SDK's own from 1.45 on."""


class RecordEverything(Sampler):
    """Turn each DROP of another sampler into RECORD_ONLY: span processors see the span, exporters do not.

    It does what the SDK's `AlwaysRecordSampler` does, for SDKs that have none.
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
        if result.decision is Decision.DROP:
            return SamplingResult(Decision.RECORD_ONLY, dict(result.attributes), result.trace_state)
        return result

    def get_description(self) -> str:
        return f"RecordEverything{{{self._root.get_description()}}}"


def record_everything(sampler: Sampler) -> Sampler:
    """Return a sampler that exports exactly what `sampler` would, and records the rest for span processors only.

    An unsampled span never reaches a span processor, so its cost would go unseen. Recording costs the application the
    time to fill the span in, not the export.
    """
    if isinstance(sampler, RecordEverything) or (_SDK_SAMPLER is not None and isinstance(sampler, _SDK_SAMPLER)):
        return sampler
    return RecordEverything(sampler) if _SDK_SAMPLER is None else _SDK_SAMPLER(sampler)  # type: ignore[call-arg]


def record_all_spans_of(provider: TracerProvider) -> None:
    """Make a provider that is set up already record everything.

    A tracer keeps the sampler that its provider had when it was made. Newer SDKs (1.44 on) remember their tracers and
    those are changed too; on older ones call this before the instrumentations take their tracers.
    """
    provider.sampler = record_everything(provider.sampler)
    for tracer in list(getattr(provider, "_tracers", {}).values()):
        tracer.sampler = provider.sampler
