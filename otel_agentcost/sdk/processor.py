"""AgentCostSpanProcessor: prices each span as it ends."""

# pyright: reportPrivateUsage=false
# On the hot path the span's own fields are read, since each property costs as much as the rest of the line.

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from opentelemetry.context import Context
from opentelemetry.sdk.trace import ReadableSpan, Span

from otel_agentcost.config.errors import ConfigError
from otel_agentcost.conventions.registry import looks_like_ai, scope_is_ai
from otel_agentcost.sdk.build import Built, Counts, build_engine
from otel_agentcost.sdk.ending import EndingSpanProcessor, Way, find_way, raw_attributes, warn_where_late
from otel_agentcost.sdk.forking import survive_forks
from otel_agentcost.sdk.refreshing import price_stats
from otel_agentcost.sdk.spans import SpanTranslator
from otel_agentcost.sdk.stats import EdgeStats
from otel_agentcost.sdk.trusted_baggage import TrustedBaggage, remember, remembered

if TYPE_CHECKING:
    from otel_agentcost.config.model import Config
    from otel_agentcost.engine.engine import Engine


class AgentCostSpanProcessor(EndingSpanProcessor):
    """Put its cost on each model call, and the cost of all below it on each agent, tool and local root span.

    One line on the tracer provider is enough, before or after the exporters: `ending.py` sees to it that every exporter
    gets the attributes. Nothing raises into the application; what fails inside is counted in `stats()`.
    """

    def __init__(self, config: Config | str | None = None, *, engine: Engine | None = None) -> None:
        """Take the configuration from `config` (or the file of that path), else from the file and the environment.

        An `engine` that is handed over is used as it is.

        Raises:
            ConfigError: where a configured value is wrong; nothing else.
        """
        super().__init__()
        self._engine, self._stop, self._flush = Built(engine)
        self._way: Way = "none"
        try:
            if engine is None:
                counts = Counts(lambda: self.ignored_baggage)
                self._engine, self._stop, self._flush = build_engine(config, self.errors, counts)
            self._translator = SpanTranslator()
            if self._engine is not None:
                survive_forks(self._engine)
                self._baggage = TrustedBaggage(self._engine.settings.identity)
            self._way = find_way()
            warn_where_late(self._way)
        except ConfigError:
            raise
        except Exception as error:  # noqa: BLE001 - see guard.py
            self._engine = None
            try:
                self.errors.record("__init__", error)
            except Exception:  # noqa: BLE001
                pass

    @property
    def engine(self) -> Engine | None:
        """The engine that prices; None where it could not be built, which the log said."""
        return self._engine

    @property
    def ignored_baggage(self) -> int:
        """How many baggage entries claimed an identity and were not trusted."""
        baggage: TrustedBaggage | None = getattr(self, "_baggage", None)  # asked, perhaps, while this is being made
        return 0 if baggage is None else baggage.ignored

    @property
    def way(self) -> Way:
        """How attributes reach exporters on the SDK found."""
        return self._way

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        try:
            if not self.hook_seen:
                self.stand_in_front(span)
            if self._engine is not None:
                carried = self._baggage.of(parent_context)
                if carried:
                    remember(span, carried)
        except Exception as error:  # noqa: BLE001 - see guard.py
            try:
                self.errors.record("on_start", error)
            except Exception:  # noqa: BLE001
                pass

    def ended(self, span: ReadableSpan) -> None:
        engine = self._engine
        if engine is None:
            return
        attributes = raw_attributes(span)
        scope = span._instrumentation_scope
        if looks_like_ai(attributes) or (scope is not None and scope_is_ai(scope.name)):
            baggage = remembered(span)
            added = engine.end_ai(self._translator.translate(span, attributes, baggage))
            if baggage:
                # Baggage does not travel with exported spans: without this no later reader could tell who paid.
                added = {**{key: value for key, value in baggage.items() if key not in attributes}, **added}
        else:
            # By far the most spans of a process. Their contexts are tuples of (trace id, span id, is remote, …), whose
            # properties take three times as long.
            context: Any = span._context
            parent: Any = span._parent
            is_local_root = parent is None or parent[2]
            if not engine.concerns(context[0], context[1], is_local_root):
                return
            added = engine.end_other(
                context[0], context[1], 0 if parent is None else parent[1], is_local_root,
                span._name, span._start_time or 0, span._end_time or 0,
            )  # fmt: skip
        if added:
            self.write(span, added)

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Return whether all that has ended by now is in the store, where there is one.

        A fault of ours is no reason for False: the SDK would not flush the processors after this one.
        """
        try:
            return self._flush(timeout_millis / 1000)
        except Exception as error:  # noqa: BLE001 - see guard.py
            try:
                self.errors.record("force_flush", error)
            except Exception:  # noqa: BLE001
                pass
            return True

    def shutdown(self) -> None:
        """Stop what runs in the background. May be called twice; spans that end later are still priced."""
        try:
            self._stop()
        except Exception as error:  # noqa: BLE001 - see guard.py
            try:
                self.errors.record("shutdown", error)
            except Exception:  # noqa: BLE001
                pass

    def stats(self) -> EdgeStats:
        """Return what was seen so far, and how often something inside failed."""
        try:
            engine = self._engine
            if engine is None:
                return EdgeStats(self.errors.total, None)
            return EdgeStats(self.errors.total, engine.stats(), price_stats(engine), self._baggage.ignored)
        except Exception as error:  # noqa: BLE001 - see guard.py
            try:
                self.errors.record("stats", error)
            except Exception:  # noqa: BLE001
                pass
            return EdgeStats(self.errors.total, None)
