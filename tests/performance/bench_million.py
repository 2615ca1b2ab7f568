"""A million executions of ten thousand users in a SQLite file: memory, file size, and how long questions take."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from . import fill_store, query_store
from .fill_store import TIME_ZONE, USERS
from .harness import Figures, in_process_of_its_own

EXECUTIONS = 1_000_000
WRITERS = 2


def fill(path: Path, count: int) -> tuple[float, list[dict[str, Any]]]:
    """Fill the file from two processes at once; return the seconds, and what each tells."""
    started = time.perf_counter()
    writers = [
        subprocess.Popen(
            [sys.executable, "-m", fill_store.__name__, str(path), str(count // WRITERS), str(seed)],
            stdout=subprocess.PIPE, text=True,
        )
        for seed in range(WRITERS)
    ]  # fmt: skip
    told = [json.loads(writer.communicate()[0] or "null") for writer in writers]
    # One may settle what it takes for left behind by another, whose clock is not at the same time of that month.
    if None in told or sum(each["settled"] for each in told) != count // WRITERS * WRITERS:
        codes = [writer.returncode for writer in writers]
        raise RuntimeError(f"not all executions were stored and settled: {told}, exit codes {codes}")
    return time.perf_counter() - started, told


def command_seconds(path: Path, *arguments: str) -> float:
    """Return what a whole command takes, start-up included."""
    command = [sys.executable, "-m", "otel_agentcost.cli.main", *arguments, "--store", f"sqlite:///{path}"]
    taken: list[float] = []
    for _ in range(3):
        started = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env={**os.environ, "COLUMNS": "120"})
        taken.append(time.perf_counter() - started)
    return statistics.median(taken)


SIZE = (
    "bytes of the file an execution", "MB of the file", "executions recorded a second", "MB that a recorder grew by",
    "MB that the one who asked took",
)  # fmt: skip


def measure(counts: Sequence[int] = (EXECUTIONS // 10, EXECUTIONS)) -> list[Figures]:
    """Fill a file for each count, and ask each the same."""
    sizes: dict[str, list[float]] = {}
    answers: dict[str, list[float]] = {}
    calls = 0
    with tempfile.TemporaryDirectory() as folder:
        for count in counts:
            path = Path(folder) / f"{count}.db"
            seconds, told = fill(path, count)
            found = in_process_of_its_own(query_store.__name__, str(path))
            calls, size = sum(each["calls"] for each in told), path.stat().st_size
            grown = max(each["resident_bytes"] for each in told)
            sizes[f"{count:,}"] = [size / count, size / 1e6, count / seconds, grown / 1e6, found["peak_bytes"] / 1e6]
            for name, each in {**found["seconds"], **commands(path)}.items():
                answers.setdefault(name, []).append(each * 1e3)
            path.unlink()
    most = f"{counts[-1]:,}"
    return [
        Figures(
            f"A SQLite file of {most} executions", "executions", SIZE, sizes, [0, 0, 0, 0, 0],
            notes=[
                f"Recorded through engine and books by {WRITERS} processes at once, as by agents of {USERS:,} users "
                f"over a month. {most} executions have {calls:,} calls; their spans are kept for corrections.",
            ],
        ),
        Figures(
            f"Questions to a file of {most} executions", "ms, at so many executions",
            [f"{count:,}" for count in counts], answers, [1] * len(counts),
            {most: "2,000 where a page or a panel asks it"},
            [f"Whole days are those of {TIME_ZONE}. A command's time is with its start-up."],
        ),
    ]  # fmt: skip


def commands(path: Path) -> dict[str, float]:
    november = ["--since", "2025-11-01", "--until", "2025-12-01"]
    return {
        "`agentcost executions`": command_seconds(path, "executions"),
        "`agentcost executions --sort cost --user`": command_seconds(
            path, "executions", "--sort", "cost", "--user", query_store.USER
        ),
        "`agentcost report --by team`": command_seconds(path, "report", "--by", "team", *november),
    }
