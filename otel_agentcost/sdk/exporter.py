"""AgentCostSpanExporter: prices spans at export time, for services that keep their hot path free."""

from __future__ import annotations

import copy
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from opentelemetry.attributes import BoundedAttributes
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from otel_agentcost.config.errors import ConfigError
from otel_agentcost.sdk.build import Built, build_engine
from otel_agentcost.sdk.ending import raw_attributes
from otel_agentcost.sdk.forking import survive_forks
from otel_agentcost.sdk.guard import InternalErrors
from otel_agentcost.sdk.refreshing import price_stats
from otel_agentcost.sdk.spans import SpanTranslator
from otel_agentcost.sdk.stats import EdgeStats
from otel_agentcost.sdk.trusted_baggage import NOTHING

if TYPE_CHECKING:
    from otel_agentcost.config.model import Config
    from otel_agentcost.engine.engine import Engine


class AgentCostSpanExporter(SpanExporter):
    """Wrap a span exporter and hand it copies of the spans with their cost; the spans themselves stay untouched.

    Runs in the exporting thread. Baggage is not on an ended span, so identity comes from span attributes, the resource
    and the configured defaults only. A subtree total covers the spans that came before or with the span that shows it.
    """

    def __init__(
        self, wrapped: SpanExporter, config: Config | str | None = None, *, engine: Engine | None = None
    ) -> None:
        """Take the configuration from `config` (or the file of that path), else from the file and the environment.

        Raises:
            ConfigError: where a configured value is wrong; nothing else.
        """
        self.errors = InternalErrors()
        self._wrapped = wrapped
        self._engine, self._stop, self._flush = Built(engine)
        try:
            if engine is None:
                self._engine, self._stop, self._flush = self._build(config)
            self._translator = SpanTranslator()
            if self._engine is not None:
                survive_forks(self._engine)
        except ConfigError:
            raise
        except Exception as error:  # noqa: BLE001 - see guard.py
            self._engine = None
            try:
                self.errors.record("__init__", error)
            except Exception:  # noqa: BLE001
                pass

    @property
    def wrapped(self) -> SpanExporter:
        return self._wrapped

    @property
    def engine(self) -> Engine | None:
        """The engine that prices; None where it could not be built, which the log said."""
        return self._engine

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        enriched: Sequence[ReadableSpan] = spans
        try:
            enriched = self._enrich(spans)
        except Exception as error:  # noqa: BLE001 - see guard.py
            try:
                self.errors.record("export", error)
            except Exception:  # noqa: BLE001
                pass
        return self._wrapped.export(enriched)

    def force_flush(self, timeout_millis: int = 30000) -> bool:
        started, is_durable = time.monotonic(), True
        try:
            is_durable = self._flush(timeout_millis / 1000)
        except Exception as error:  # noqa: BLE001 - see guard.py
            try:
                self.errors.record("force_flush", error)
            except Exception:  # noqa: BLE001
                pass
        left = timeout_millis - int((time.monotonic() - started) * 1000)
        return self._wrapped.force_flush(max(left, 1)) is not False and is_durable

    def shutdown(self) -> None:
        try:
            self._stop()
        except Exception as error:  # noqa: BLE001 - see guard.py
            try:
                self.errors.record("shutdown", error)
            except Exception:  # noqa: BLE001
                pass
        self._wrapped.shutdown()

    def stats(self) -> EdgeStats:
        """Return what was seen so far, and how often something inside failed."""
        try:
            engine = self._engine
            if engine is None:
                return EdgeStats(self.errors.total, None)
            return EdgeStats(self.errors.total, engine.stats(), price_stats(engine))
        except Exception as error:  # noqa: BLE001 - see guard.py
            try:
                self.errors.record("stats", error)
            except Exception:  # noqa: BLE001
                pass
            return EdgeStats(self.errors.total, None)

    def _build(self, config: Config | str | None) -> Built:
        return build_engine(config, self.errors)

    def _enrich(self, spans: Sequence[ReadableSpan]) -> Sequence[ReadableSpan]:
        engine = self._engine
        if engine is None:
            return spans
        enriched = list(spans)
        # Children first, whatever order they came in, so that a parent in the same batch shows all that is below it.
        for at in sorted(range(len(enriched)), key=lambda at: _end_order(enriched[at])):
            enriched[at] = self._priced(engine, enriched[at])
        return enriched

    def _priced(self, engine: Engine, span: ReadableSpan) -> ReadableSpan:
        try:
            attributes = raw_attributes(span)
            added = engine.end(self._translator.translate(span, attributes, NOTHING))
            return _with_attributes(span, {**attributes, **added}) if added else span
        except Exception as error:  # noqa: BLE001 - one span's fault leaves the others their cost
            self.errors.record("export", error)
            return span


def _end_order(span: ReadableSpan) -> tuple[int, int]:
    """Sort by end, and where ends are equal the one that started last, the inner one, first."""
    return span.end_time or 0, -(span.start_time or 0)


def _with_attributes(span: ReadableSpan, attributes: Mapping[str, Any]) -> ReadableSpan:
    """Return a copy of a span with other attributes, its counts of dropped things kept."""
    changed = copy.copy(span)
    bounded = BoundedAttributes(attributes=attributes)
    bounded.dropped = span.dropped_attributes
    changed._attributes = bounded  # pyright: ignore[reportPrivateUsage] - a constructor call would lose dropped events and links
    return changed
