"""What it takes to make calls durable, by store and by how many calls a commit holds."""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.integration.postgres import Postgres, running

from . import booked_engine
from .harness import Figures, Worker

BATCHES = (1, 64, 512)
MEMORY, NORMAL, FULL, POSTGRES = "memory", "SQLite, NORMAL", "SQLite, FULL", "PostgreSQL"
PARTS = {"engine": "the engine", "books": "the books", "store": "the store"}


@contextmanager
def postgres() -> Iterator[Postgres | None]:
    """Run a server, where one is installed."""
    with ExitStack() as stack:
        try:
            server = stack.enter_context(running())
        except pytest.skip.Exception:
            yield None
            return
        yield server


def addresses(folder: Path, server: Postgres | None, batches: Sequence[int]) -> Mapping[tuple[str, int], list[str]]:
    """Return the address of a fresh store of each kind for each batch, and how SQLite is to write it."""
    found: dict[tuple[str, int], list[str]] = {}
    for batch in batches:
        found[MEMORY, batch] = ["memory:", "full"]
        found[NORMAL, batch] = [f"sqlite:///{folder}/normal-{batch}.db", "normal"]
        found[FULL, batch] = [f"sqlite:///{folder}/full-{batch}.db", "full"]
        if server is not None:
            found[POSTGRES, batch] = [server.create(f"books-{batch}"), "full"]
    return found


def measure(batches: Sequence[int] = BATCHES, rounds: int = 15) -> list[Figures]:
    """Take batches through engine, books and store, one store after the other by turns."""
    with tempfile.TemporaryDirectory() as folder, postgres() as server, ExitStack() as stack:
        workers = {
            case: stack.enter_context(Worker(booked_engine.__name__, *address, str(case[1])))
            for case, address in addresses(Path(folder), server, batches).items()
        }
        taken: dict[tuple[str, int], list[dict[str, float]]] = {case: [] for case in workers}
        for counted in range(rounds):
            for case in workers if counted % 2 else reversed(workers):
                # The smaller a batch, the more of them: a commit of one call is over too soon to be told from noise.
                some = [workers[case].ask("batch") for _ in range(max(1, 8 // case[1]) if rounds > 1 else 1)]
                taken[case].append({part: statistics.median(each[part] for each in some) for part in some[0]})
    median = {
        case: {part: statistics.median(each[part] for each in some) * 1e6 for part in some[0]}
        for case, some in taken.items()
    }
    kinds = list(dict.fromkeys(kind for kind, _ in median))
    notes = [] if server is not None else ["PostgreSQL is not installed here."]
    largest = batches[-1]
    commits = {kind: [median[kind, batch]["commit"] for batch in batches] for kind in kinds}
    parts = {kind: [median[kind, largest][part] for part in PARTS] for kind in kinds}
    return [
        Figures(
            "A commit, the store alone", "µs a call, at so many calls a commit", [f"{batch:,}" for batch in batches],
            commits, [1] * len(batches), {f"{largest}": "3.5 where it is durable"},
            [
                f"Executions of {booked_engine.CALLS_AN_EXECUTION} calls. With each batch as many executions settle as "
                "begin, and what settling writes is in the figures. Waiting for the disk is too.",
                *notes,
            ],
        ),
        Figures(
            f"From ended spans to settled executions in the store, {largest} calls a flush", "µs a call",
            [*PARTS.values(), "in all"], {kind: [*each, sum(each)] for kind, each in parts.items()}, [1] * 4,
            notes=["The store's part is what it is asked as well as what is committed to it."],
        ),
    ]  # fmt: skip
