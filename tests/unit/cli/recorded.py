"""Record executions into a store as a process does: spans through the real engine and its books, committed."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from otel_agentcost.engine.books import Books
from otel_agentcost.engine.engine import Engine
from otel_agentcost.engine.flushing import Flusher
from otel_agentcost.engine.ports import EndedSpan
from otel_agentcost.engine.settings import EngineSettings
from otel_agentcost.ledger.tool_charges import tool_charges
from otel_agentcost.pricing.tool_prices import ToolPrices
from otel_agentcost.stores.open import Store, open_store
from tests.golden.scoring import price_table

SECOND = 10**9
NOW = int(datetime.fromisoformat("2026-11-24T12:00:00+00:00").timestamp()) * SECOND
GPT_4O_NANO_USD = 3_500_000
"""What `call("gpt-4o")` costs: 1,000 tokens in at $2.50 and 100 out at $10 per million."""

SONNET_NANO_USD = 4_500_000
"""What `call("claude-sonnet-4-5", "anthropic")` costs."""


def nano(text: str) -> int:
    """Return a time such as `2026-11-24T12:00+01:00`; UTC where it names no offset."""
    moment = datetime.fromisoformat(text if "+" in text or text.endswith("Z") else f"{text}+00:00")
    return round(moment.timestamp()) * SECOND


@dataclass
class Step:
    """A span to be recorded, and what is below it."""

    name: str
    attributes: dict[str, Any]
    below: tuple[Step, ...] = ()
    seconds: int = 1
    is_error: bool = False


def call(model: str = "gpt-4o", provider: str = "openai", **more: Any) -> Step:
    """Return a model call of 1,000 tokens in and 100 out. Keyword arguments are attributes, `__` for a dot."""
    attributes = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": provider,
        "gen_ai.request.model": model,
        "gen_ai.usage.input_tokens": 1000,
        "gen_ai.usage.output_tokens": 100,
    }
    return Step(f"chat {model}", {**attributes, **_dotted(more)})


def tool(name: str, *below: Step, is_error: bool = False) -> Step:
    attributes = {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": name}
    return Step(f"execute_tool {name}", attributes, below, is_error=is_error)


def agent(name: str, *below: Step, **more: Any) -> Step:
    attributes = {"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": name}
    return Step(f"invoke_agent {name}", {**attributes, **_dotted(more)}, below)


@dataclass
class Recorder:
    """A process that records into a store. Times are when a root starts; spans follow each other, a second each."""

    store: Store
    now: int = NOW
    tools: ToolPrices | None = None
    _spans: int = 0
    _engine: Engine = field(init=False)
    _flusher: Flusher = field(init=False)

    def __post_init__(self) -> None:
        tools = self.tools
        books = Books(tool_charges=None if tools is None else lambda tree, who: tool_charges(tree, tools, who))
        self._engine = Engine(price_table(), EngineSettings(), clock=lambda: self.now, tools=self.tools)
        self._engine.keep(books)
        self._flusher = Flusher(books, self.store, lambda: self.now)

    def record(self, trace_id: int, at: str | int, root: Step) -> int:
        """Record one execution, settled; return its id."""
        self.record_open(trace_id, at, root, has_root=True)
        self.now += 60 * SECOND  # an execution whose root has ended settles half a minute later
        self._flusher.flush()
        self.now -= 60 * SECOND
        return trace_id

    def record_open(self, trace_id: int, at: str | int, root: Step, *, has_root: bool = False) -> int:
        """Record one execution that goes on: its root has not ended, unless it is said to have."""
        spans: list[EndedSpan] = []
        self._walk(trace_id, 0, root, nano(at) if isinstance(at, str) else at, spans)
        for span in spans if has_root else spans[:-1]:
            self._engine.end(span)
        self._flusher.flush()
        return trace_id

    def _walk(self, trace_id: int, parent: int, step: Step, start: int, spans: list[EndedSpan]) -> int:
        self._spans += 1
        span_id = (trace_id % 2**32) * 2**20 + self._spans
        end = start
        for below in step.below:
            end = self._walk(trace_id, span_id, below, end, spans)
        end += step.seconds * SECOND
        spans.append(
            EndedSpan(
                trace_id, span_id, parent, step.name, "an.instrumentation.without.faults", "1", start, end,
                step.attributes, is_error=step.is_error, is_local_root=not parent,
            )
        )  # fmt: skip
        return end


@contextmanager
def recording(url: str, tools: ToolPrices | None = None) -> Generator[Recorder]:
    """Open a store, and a process that records into it."""
    with closing(open_store(url, synchronous="normal")) as store:
        yield Recorder(store, tools=tools)


def _dotted(attributes: dict[str, Any]) -> dict[str, Any]:
    return {key.replace("__", "."): value for key, value in attributes.items()}
