"""What live executions cost, from a thousand to a million: a call's time, memory, and pauses."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from contextlib import ExitStack

from otel_agentcost.engine.live import MAX_WARM

from . import live_engine
from .harness import Figures, Worker
from .live_engine import HELD, OPENED, WOKEN

SIZES = (1_000, 10_000, 100_000, 1_000_000)
FEWEST_AT_REST = 50_000
"""With fewer, all are held as objects, or nearly all: there is none to be woken, and their memory is less than what the
process has free.
"""

COLUMNS = {
    HELD: "µs, a call of an execution at hand",
    OPENED: "µs, one that opens an execution",
    WOKEN: "µs, one that wakes one at rest",
    "bytes": "bytes an execution",
    "collection_seconds": "ms, a full garbage collection",
    "longest_call_seconds": "ms, the longest call",
}
GOALS = {
    COLUMNS[HELD]: "flat",
    COLUMNS[OPENED]: "flat",
    COLUMNS[WOKEN]: "flat",
    COLUMNS["bytes"]: "500 and its span",
    COLUMNS["collection_seconds"]: "20",
    COLUMNS["longest_call_seconds"]: "20",
}


def measure(sizes: Sequence[int] = SIZES, rounds: int = 7) -> Figures:
    """Fill one engine after the other, and time calls in all of them by turns."""
    kinds = (HELD, OPENED, WOKEN)
    with ExitStack() as stack:
        engines = {size: stack.enter_context(Worker(live_engine.__name__, str(size))) for size in sizes}
        taken: dict[tuple[int, str], list[float]] = {(size, kind): [] for size in sizes for kind in kinds}
        for counted in range(-1, rounds):
            for kind in kinds:
                for size in sizes if counted % 2 else reversed(sizes):
                    seconds = math.nan if kind == WOKEN and size < FEWEST_AT_REST else engines[size].ask(kind)
                    if counted >= 0:
                        taken[size, kind].append(seconds)
    rows: dict[str, Sequence[float]] = {}
    for size, engine in engines.items():
        told = engine.told
        if told["live"] != size:
            raise RuntimeError(f"{told['live']} executions are live, not {size}")
        rows[f"{size:,}"] = (
            *(statistics.median(taken[size, kind]) * 1e6 for kind in kinds),
            told["bytes"] if size >= FEWEST_AT_REST else math.nan,
            told["collection_seconds"] * 1e3,
            told["longest_call_seconds"] * 1e3,
        )
    return Figures(
        "Live executions", "live", list(COLUMNS.values()), rows, (1, 1, 1, 0, 1, 1), GOALS,
        [
            f"Straight into the engine, with a clock and without books. The {MAX_WARM:,} heard of last are held as "
            "objects, the others are packed: opening or waking one packs another.",
            f"A packed span is {told['span_bytes']} bytes of an execution's. The collection takes "
            f"{told['empty_collection_seconds'] * 1e3:.1f} ms where no execution is live: what Python itself and the "
            "price table hold. Each pause is CPU time, the longest call without the collector.",
        ],
    )  # fmt: skip
