"""Kill a writer again and again, at any moment, and hold what is left against the truth; then resume and resend.

python -m tests.integration.books.killing --kills 200 --calls 100000 --store sqlite
"""

from __future__ import annotations

import argparse
import gc
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from otel_agentcost.model.execution import ExecutionSummary
from otel_agentcost.model.outcome import Reason
from otel_agentcost.stores.sql import postgres, sqlite
from tests.integration.postgres import running

from .checking import Checker, check_whole
from .stream import stream, truth
from .writing import Progress, Task, write

PREPARED = (postgres, sqlite)
"""Imported before a writer is forked, so that it begins at once."""
MOST_RESENT = 300
"""Of the spans that were acknowledged, so many at most come again."""
_LONGEST_MICROSECONDS = 6_000
"""About as long as a commit takes: a kill that is meant to meet one waits for any part of that."""


class Outcome(NamedTuple):
    """What a run of kills has seen."""

    spans: int
    billed: int
    executions: int
    kills: int
    in_commits: int
    """Kills while a commit was under way."""
    checked: int
    """Executions that were held against the truth on the way."""
    told: int
    seconds: float


def kill_again_and_again(
    url: str, folder: Path, *, seed: int, kills: int, calls: int, is_told: bool = False
) -> Outcome:
    """Stream that many calls into the store, over a writer that is killed so often; assert that nothing goes wrong."""
    started = time.monotonic()
    chance = random.Random(seed)
    spans, billed = stream(seed, calls)
    expected = truth(spans)
    checker = Checker(url, spans, entangled(expected))
    progress = Progress()
    told = folder / "told"
    told.touch()
    gc.collect()
    gc.freeze()  # or each writer would copy all of it when it collects
    targets = sorted(chance.randrange(len(spans)) for _ in range(kills))
    in_commits = 0
    for target in targets:
        first = max(0, progress.durable - chance.randrange(MOST_RESENT))
        writer = _start(Task(url, spans, first, progress, told, chance.choice((0.002, 0.02, 0.1))))
        in_commits += _kill(writer, progress, target, chance)
        checker.check_prefix(progress.begun, progress.durable)
        if is_told:
            print(f"killed at span {target:,} of {len(spans):,}", file=sys.stderr, flush=True)
    first = max(0, progress.durable - chance.randrange(MOST_RESENT))
    writer = _start(Task(url, spans, first, progress, told, 0.05))
    assert os.waitstatus_to_exitcode(os.waitpid(writer, 0)[1]) == 0
    check_whole(url, expected)
    ends = Counter(told.read_text().split())
    assert not [each for each, count in ends.items() if count > 1], "an execution's end was told twice"
    assert ends.keys() <= {f"{each:032x}" for each in expected}
    return Outcome(
        len(spans), billed, len(expected), kills, in_commits, checker.checked, len(ends), time.monotonic() - started
    )


def entangled(expected: Mapping[int, ExecutionSummary]) -> set[int]:
    """Return the executions with a call that is told in another trace too, on both sides."""
    payers = {call.payer_span_id for summary in expected.values() for call in summary.calls_list
              if call.reason == Reason.SAME_CALL_IN_ANOTHER_TRACE}  # fmt: skip
    return {
        execution_id
        for execution_id, summary in expected.items()
        if any(payers & {call.span_id, call.payer_span_id} for call in summary.calls_list)
    }


def _start(task: Task) -> int:
    task.progress.is_committing = False
    task.progress.ended = task.first
    child = os.fork()
    if child:
        return child
    try:
        write(task)
    except BaseException:
        sys.excepthook(*sys.exc_info())
        os._exit(1)
    os._exit(0)


def _kill(writer: int, progress: Progress, target: int, chance: random.Random) -> bool:
    """Kill the writer once it has come so far: at once, or where a commit is under way; return whether one was."""
    meets_commit = chance.random() < 0.5
    delay = chance.randrange(_LONGEST_MICROSECONDS) / 1e6
    until = time.monotonic() + 300
    while progress.ended < target or (meets_commit and not progress.is_committing):
        if time.monotonic() >= until:
            os.kill(writer, signal.SIGKILL)
            raise AssertionError("the writer stands still")
        if os.waitpid(writer, os.WNOHANG)[0]:
            raise AssertionError("the writer has ended by itself")
        time.sleep(0.0001)
    time.sleep(delay)
    is_committing = progress.is_committing
    os.kill(writer, signal.SIGKILL)
    os.waitpid(writer, 0)
    return is_committing


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--store", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--calls", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()

    def run(url: str) -> Outcome:
        return kill_again_and_again(url, folder, seed=asked.seed, kills=asked.kills, calls=asked.calls, is_told=True)

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if asked.store == "sqlite":
            print(run(f"sqlite:///{folder / 'books.db'}"))
        else:
            with running() as server:
                print(run(server.create("killing")))


if __name__ == "__main__":
    main()
