"""For how long a full garbage collection stops a process, by the store that its processor keeps the books in."""

from __future__ import annotations

import gc
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from .harness import Figures, in_process_of_its_own
from .live_engine import full_collection_seconds

LIVE, SPANS_EACH = 20_000, 2
STORES = {"no processor of ours": "", "the store in memory": "memory:", "SQLite": "sqlite:///books.db"}
COLUMNS = ("ms, before the first call", f"ms, with {LIVE:,} live executions", "objects that it visits then")


def main(store: str, live: int) -> None:
    """Print what a collection takes before and after so many executions have begun, through the SDK."""
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags, set_span_in_context

    from otel_agentcost import AgentCostSpanProcessor
    from otel_agentcost.config.load import load_config

    from .spans import ai_attributes

    provider = TracerProvider(shutdown_on_exit=False)
    if store:
        provider.add_span_processor(AgentCostSpanProcessor(load_config(environ={"AGENTCOST_STORE_URL": store})))
    tracer = provider.get_tracer("app")
    before = full_collection_seconds()
    for number in range(live * SPANS_EACH):
        trace_id = number % live + 1
        parent = NonRecordingSpan(SpanContext(trace_id << 64, trace_id, False, TraceFlags(1)))
        tracer.start_span("chat", set_span_in_context(parent), attributes=ai_attributes(number)).end()
        if number % 2_000 == 0:
            provider.force_flush()
    provider.force_flush()
    gc.collect()
    sys.stdout.write(json.dumps([before * 1e3, full_collection_seconds() * 1e3, len(gc.get_objects())]))
    sys.stdout.flush()
    provider.shutdown()


def measure(live: int = LIVE) -> Figures:
    """Run a process for each store."""
    rows: dict[str, Sequence[float]] = {}
    for name, store in STORES.items():
        with tempfile.TemporaryDirectory() as folder:
            url = store.replace("books.db", str(Path(folder) / "books.db"))
            rows[name] = in_process_of_its_own(__spec__.name, url, str(live))  # type: ignore[assignment]
    return Figures(
        "A full garbage collection", "store", COLUMNS, rows, (1, 1, 0), {COLUMNS[0]: "20", COLUMNS[1]: "20"},
        ["CPU time. What a database needs before the first call is SQLAlchemy's own."],
    )  # fmt: skip


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
