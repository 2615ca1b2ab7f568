"""An application as one is instrumented: a tracer provider with our processor, and threads that make agents' calls."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace import Tracer

from otel_agentcost.model.sums import Sums
from otel_agentcost.sdk.processor import AgentCostSpanProcessor

COST_NANO_USD = 100 * 150 + 10 * 600
"""Of one call: gpt-4o-mini costs $0.15 and $0.60 a million tokens."""
CALL = {
    "gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai", "gen_ai.request.model": "gpt-4o-mini",
    "gen_ai.usage.input_tokens": 100, "gen_ai.usage.output_tokens": 10,
}  # fmt: skip
AGENT = {"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "planner"}
CALLS_OF_A_RUN = 4


def configuration(folder: Path, url: str, **settings: object) -> str:
    """Write a configuration file and return its path."""
    path = folder / "agentcost.yaml"
    lines = [f"  {key}: {value}" for key, value in {"url": url, "flush_seconds": 0.1, **settings}.items()]
    path.write_text("\n".join(["store:", *lines, ""]))
    return str(path)


class Application:
    """Runs agents, and knows how many calls they have made and how long the longest end of a span took."""

    def __init__(self, config: str) -> None:
        self.processor = AgentCostSpanProcessor(config)
        self.provider = TracerProvider(shutdown_on_exit=False)
        self.provider.add_span_processor(self.processor)
        self.calls = 0
        self.longest_seconds = 0.0
        self._counting = threading.Lock()

    def run_agents(self, runs: int, pause_seconds: float = 0.0) -> None:
        """Run agents in this thread, each of a few calls."""
        tracer = self.provider.get_tracer("app.sdk")
        for _ in range(runs):
            longest = run_agent(tracer)
            with self._counting:
                self.calls += CALLS_OF_A_RUN
                self.longest_seconds = max(self.longest_seconds, longest)
            time.sleep(pause_seconds)

    @contextlib.contextmanager
    def under_load(self, threads: int = 2) -> Iterator[None]:
        """Run agents in the background meanwhile."""
        is_over = threading.Event()

        def work() -> None:
            while not is_over.is_set():
                self.run_agents(1, 0.01)

        workers = [threading.Thread(target=work) for _ in range(threads)]
        for worker in workers:
            worker.start()
        try:
            yield
        finally:
            is_over.set()
            for worker in workers:
                worker.join()

    def flush(self, seconds: float) -> bool:
        return self.provider.force_flush(int(seconds * 1000))

    def shut_down(self) -> None:
        self.provider.shutdown()

    @property
    def sums(self) -> Sums:
        """What the calls made so far must add up to."""
        return sums_of_calls(self.calls)


def run_agent(tracer: Tracer) -> float:
    """Run an agent of a few calls; return how long the longest end of a span took, in seconds."""
    longest = 0.0
    with tracer.start_as_current_span("invoke_agent", attributes=AGENT):
        for _ in range(CALLS_OF_A_RUN):
            span = tracer.start_span("chat", attributes=CALL)
            started = time.perf_counter()
            span.end()
            longest = max(longest, time.perf_counter() - started)
    return longest


def sums_of_calls(calls: int) -> Sums:
    return Sums(calls * COST_NANO_USD, calls, input_tokens=calls * 100, output_tokens=calls * 10)
