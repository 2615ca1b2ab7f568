"""Run: an execution under way, and what it has cost so far."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from opentelemetry.trace import Span, format_trace_id

from otel_agentcost.ledger.total import NOTHING, Total
from otel_agentcost.model.money import NanoUsd, format_usd, to_usd
from otel_agentcost.sdk.guard import InternalErrors

if TYPE_CHECKING:
    from otel_agentcost.engine.engine import Engine
    from otel_agentcost.model.identity import Identity
    from otel_agentcost.sdk.processor import AgentCostSpanProcessor

_logger = logging.getLogger("otel_agentcost")
_said: set[str] = set()

errors = InternalErrors()
"""Faults of executions whose provider has no processor of ours."""


class Run:
    """What `with execution(...) as run` gives: the execution's id, and its numbers while it runs and after it.

    The numbers tell of the whole execution, which is the trace: of all its calls that have ended in this process. When
    the block ends they stand still.
    """

    __slots__ = ("_final_tokens", "_is_recorded", "_last", "_processor", "identity", "is_over", "span")

    def __init__(self, span: Span, identity: Identity, processor: AgentCostSpanProcessor | None) -> None:
        self.span = span
        """The span that the execution opened."""
        self.identity = identity
        """On whose behalf it runs, as it was given."""
        self.is_over = False
        self._is_recorded = span.is_recording()
        self._processor = processor
        self._last: Total = NOTHING
        self._final_tokens: int | None = None

    @property
    def execution_id(self) -> str:
        """The trace id, 32 hexadecimal digits; "" where no tracer provider is set up."""
        trace_id = self._trace_id
        return format_trace_id(trace_id) if trace_id else ""

    @property
    def cost_usd(self) -> float:
        """What the calls cost, in US dollars. Without those that have no price: see `unpriced_calls`."""
        return to_usd(self._total().cost_nano_usd)

    @property
    def cost_nano_usd(self) -> NanoUsd:
        """The same, exactly: an integer of billionths of a dollar."""
        return self._total().cost_nano_usd

    @property
    def calls(self) -> int:
        """Model calls, each once, unpriced ones too."""
        return self._total().calls

    @property
    def unpriced_calls(self) -> int:
        """Calls whose cost is not known: where there are some, the cost is too low."""
        return self._total().unpriced_calls

    @property
    def tokens(self) -> int:
        """Input and output tokens of the calls. Worked out when asked for."""
        try:
            if self._final_tokens is not None:
                return self._final_tokens
            engine = self._engine()
            return 0 if engine is None else engine.tokens(self._trace_id)
        except Exception as error:  # noqa: BLE001 - see guard.py
            try:
                self.errors.record("tokens", error)
            except Exception:  # noqa: BLE001
                pass
            return 0

    @property
    def errors(self) -> InternalErrors:
        """Where faults of ours are counted: with the processor's, which shows them in `stats()`."""
        return errors if self._processor is None else self._processor.errors

    def finish(self) -> None:
        """Keep the numbers as they are now."""
        if self._processor is not None:
            self._total()
            self._final_tokens = self.tokens
        self.is_over = True

    def __repr__(self) -> str:
        total = self._total()
        calls = f"{total.calls} call{'' if total.calls == 1 else 's'}"
        return f"<Run {self.execution_id or 'without a trace'}: {calls}, {format_usd(total.cost_nano_usd)}>"

    @property
    def _trace_id(self) -> int:
        return self.span.get_span_context().trace_id

    def _total(self) -> Total:
        try:
            if self.is_over and self._processor is not None:
                return self._last
            engine = self._engine()
            if engine is None:
                return NOTHING
            total = engine.total(self._trace_id)
            if total.calls or not self._last.calls:  # an execution that was quiet for long has left the engine's memory
                self._last = total
            return self._last
        except Exception as error:  # noqa: BLE001 - see guard.py
            try:
                self.errors.record("total", error)
            except Exception:  # noqa: BLE001
                pass
            return self._last

    def _engine(self) -> Engine | None:
        """Return the engine that knows the costs; where none does, that is said once."""
        if self._processor is None:
            _say_once(
                "execution() found no AgentCostSpanProcessor on the tracer provider, so a run knows no cost: add one"
            )
            return None
        if not self._is_recorded:
            _say_once(
                "an execution's span is not recorded, so its run knows no cost: wrap the sampler in record_everything"
            )
        return self._processor.engine


def _say_once(text: str) -> None:
    if text not in _said:
        _said.add(text)
        _logger.warning("otel_agentcost: %s", text)
