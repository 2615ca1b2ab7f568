"""For the tests of applications: what did this code cost? Needs no network, no exporter and no other set-up.

from otel_agentcost.testing import capture_costs

def test_the_triage_agent_stays_cheap():
    with capture_costs() as costs:
        run_triage("my printer is on fire")
    costs.assert_cost_below(usd=0.02)
    assert len(costs.calls) == 3
"""

from __future__ import annotations

import weakref
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor, TracerProvider

from otel_agentcost.engine.engine import Engine
from otel_agentcost.engine.ports import EndedSpan
from otel_agentcost.model.call import MODEL_CALL, Call
from otel_agentcost.model.money import NanoUsd, format_usd, parse_usd, to_usd
from otel_agentcost.model.outcome import COUNTED, DUPLICATE, UNPRICED
from otel_agentcost.sdk.build import Parts, load_parts
from otel_agentcost.sdk.spans import SpanTranslator
from otel_agentcost.sdk.trusted_baggage import TrustedBaggage, remember, remembered

if TYPE_CHECKING:
    from otel_agentcost.config.model import Config
    from otel_agentcost.model.execution import ExecutionSummary

__all__ = ["CapturedCosts", "capture_costs"]


class CapturedCosts:
    """The costs of the spans that ended during a capture, judged with the whole of every execution in view.

    May be read during the capture and after it; each reading judges what has ended by then.
    """

    def __init__(self, parts: Parts, spans: list[EndedSpan]) -> None:
        self._parts = parts
        self._spans = spans
        self._judged: tuple[int, Sequence[ExecutionSummary]] = (0, ())

    def __repr__(self) -> str:
        """Return calls and cost in a few words, for a debugger and a failed test."""
        without = f", {len(self.unpriced_calls)} without a price" if self.unpriced_calls else ""
        return f"<CapturedCosts: {_calls(self.calls)}, {format_usd(self.total_nano_usd)}{without}>"

    def __str__(self) -> str:
        """Return the same and a line for each call."""
        return "\n".join([repr(self)[1:-1], *map(_describe, self.calls)])

    @property
    def executions(self) -> Sequence[ExecutionSummary]:
        """One summary a trace, in the order in which the engine settles them."""
        spans = list(self._spans)
        if len(spans) != self._judged[0]:
            engine = Engine(self._parts.prices, self._parts.config.engine, tools=self._parts.tools)
            for span in spans:
                engine.end(span)
            self._judged = (len(spans), tuple(engine.settle_all()))
        return self._judged[1]

    @property
    def calls(self) -> list[Call]:
        """Each model call once, whatever its status; spans that repeat a call are left out."""
        return [
            call
            for run in self.executions
            for call in run.calls_list
            if call.status != DUPLICATE and call.kind == MODEL_CALL
        ]

    @property
    def unpriced_calls(self) -> list[Call]:
        """Calls without a cost, each with its reason: a total means little where there are some."""
        return [call for call in self.calls if call.status == UNPRICED]

    @property
    def total_nano_usd(self) -> NanoUsd:
        return sum(call.cost_nano_usd for call in self.calls if call.status in COUNTED)

    @property
    def total_usd(self) -> float:
        return to_usd(self.total_nano_usd)

    def assert_cost_below(self, *, usd: float) -> None:
        """Fail where the captured calls cost `usd` or more, or where any has no price.

        Raises:
            AssertionError: with the calls that make up the total.
            ValueError: where `usd` is no amount of money.
        """
        limit = parse_usd(usd)
        if limit is None:
            raise ValueError(f"usd={usd!r} is not an amount in US dollars")
        self.assert_all_priced()
        if self.total_nano_usd >= limit:
            raise AssertionError(
                f"{_calls(self.calls)} {'costs' if len(self.calls) == 1 else 'cost'} "
                f"{format_usd(self.total_nano_usd)}, the limit is {format_usd(limit)}:\n"
                + "\n".join(map(_describe, self.calls))
            )

    def assert_all_priced(self) -> None:
        """Fail where a call has no price, since a total without it would be too low.

        Raises:
            AssertionError: with each such call and its reason.
        """
        if self.unpriced_calls:
            lines = "\n".join(map(_describe, self.unpriced_calls))
            have = "has" if len(self.unpriced_calls) == 1 else "have"
            raise AssertionError(f"{_calls(self.unpriced_calls)} {have} no price:\n{lines}")


@contextmanager
def capture_costs(provider: TracerProvider | None = None, *, config: Config | None = None) -> Generator[CapturedCosts]:
    """Capture the cost of every span that ends inside the block, in any thread or task.

    Args:
        provider: whose spans; the global one where omitted. Where no provider of the SDK is set yet, one is set.
        config: prices and identity; the file and the environment where omitted, as in production.

    Raises:
        ConfigError: where a configured value is wrong.
    """
    parts = _default_parts() if config is None else load_parts(config)
    recording = _Recording(TrustedBaggage(parts.config.engine.identity), [])
    tap = _tap_of(_global_provider() if provider is None else provider)
    tap.open(recording)
    try:
        yield CapturedCosts(parts, recording.spans)
    finally:
        tap.close(recording)


class _Recording(NamedTuple):
    baggage: TrustedBaggage
    spans: list[EndedSpan]


@lru_cache(maxsize=1)
def _default_parts() -> Parts:
    return load_parts(None)


def _global_provider() -> TracerProvider:
    provider = trace.get_tracer_provider()
    if not isinstance(provider, TracerProvider):
        provider = TracerProvider()
        trace.set_tracer_provider(provider)
    return provider


class _Tap(SpanProcessor):
    """Hand each ended span to the captures that are open. One a provider, since a processor cannot be removed."""

    def __init__(self) -> None:
        self._recordings: tuple[_Recording, ...] = ()
        self._translator = SpanTranslator()

    def open(self, recording: _Recording) -> None:
        self._recordings = (*self._recordings, recording)

    def close(self, recording: _Recording) -> None:
        self._recordings = tuple(other for other in self._recordings if other is not recording)

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        for recording in self._recordings:
            carried = recording.baggage.of(parent_context)
            if carried:
                remember(span, carried)

    def on_end(self, span: ReadableSpan) -> None:
        recordings = self._recordings
        if recordings:
            ended = self._translator.translate(span, dict(span.attributes or {}), remembered(span))
            for recording in recordings:
                recording.spans.append(ended)

    def force_flush(self, timeout_millis: int = 30000) -> bool:
        return True


_taps: weakref.WeakKeyDictionary[TracerProvider, _Tap] = weakref.WeakKeyDictionary()


def _tap_of(provider: TracerProvider) -> _Tap:
    tap = _taps.get(provider)
    if tap is None:
        tap = _taps[provider] = _Tap()
        provider.add_span_processor(tap)
    return tap


def _calls(calls: Sequence[Call]) -> str:
    return f"{len(calls)} call{'' if len(calls) == 1 else 's'}"


def _describe(call: Call) -> str:
    cost = format_usd(call.cost_nano_usd) if call.status in COUNTED else f"{call.status} ({call.reason})"
    usage = f"{call.usage.input_tokens} in, {call.usage.output_tokens} out"
    return f"  {call.provider}/{call.model} {usage}: {cost}"
