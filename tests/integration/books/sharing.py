"""Let many processes write one store: the spans of each execution scattered over them, out of order, some told to two.

python -m tests.integration.books.sharing --calls 20000 --kills 8 --store postgresql
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from otel_agentcost.engine.ports import EndedSpan
from otel_agentcost.model.sums import NO_SUMS, Sums
from otel_agentcost.stores.open import open_store
from otel_agentcost.stores.sql import postgres, sqlite
from tests.integration.postgres import running
from tests.property.trees import EPOCH_NANO

from .checking import check_whole, sums_of_all
from .stream import stream, truth
from .writing import Progress, Telling, send_links_again

PREPARED = (postgres, sqlite)
PROCESSES = 8
_TIMES_FASTER = 60
"""The processes' clock: half a minute after its root an execution settles, so after half a second here."""
_WINDOW = 30
"""So far out of order spans come."""
_LONGEST_SECONDS = 300


class Outcome(NamedTuple):
    spans: int
    executions: int
    kills: int
    merged: int
    """How often a process has taken up an execution that another had changed."""
    completed: Counter[str]
    """How often the end of each execution was told."""
    told: Sums
    """What the processes told of commits; those that were killed have taken with them what they told."""
    stored: Sums
    seconds: float


class Part(NamedTuple):
    """What one of the processes does."""

    url: str
    spans: Sequence[EndedSpan]
    progress: Progress
    others: list[Part]
    """All parts, this one too."""
    completed: Path
    summary: Path
    began: float
    """On the clock that all processes of a machine share."""
    per_second: float


def share(url: str, folder: Path, *, seed: int, calls: int, kills: int, per_second: float = 150) -> Outcome:
    """Have eight processes write the store, some of which are killed and begin again; assert that the books are right.

    Args:
        per_second: so many spans end in each process.
    """
    started = time.monotonic()
    chance = random.Random(seed)
    spans, _ = stream(seed, calls)
    expected = truth(spans)
    open_store(url).close()
    gc.collect()
    gc.freeze()
    parts: list[Part] = []
    for number, each in enumerate(scattered(spans, chance)):
        files = (folder / f"completed-{number}", folder / f"summary-{number}")
        parts.append(Part(url, each, Progress(), parts, *files, started, per_second))
    victims = [(chance.randrange(PROCESSES), chance.random()) for _ in range(kills)]
    children = {_start(part): part for part in parts}
    for number, share_done in sorted(victims, key=lambda victim: victim[1]):
        part = parts[number]
        child = next(each for each, of in children.items() if of is part)
        while part.progress.ended < int(len(part.spans) * share_done * 0.9):
            assert not os.waitpid(child, os.WNOHANG)[0], "a process has ended by itself"
            time.sleep(0.001)
        time.sleep(chance.random() * 0.02)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        del children[child]
        children[_start(part)] = part
    for child in children:
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    check_whole(url, expected)
    summaries = [json.loads(part.summary.read_text()) for part in parts]
    told = NO_SUMS
    for each in summaries:
        told = told.plus(Sums(**each["told"]))
    return Outcome(
        len(spans),
        len(expected),
        kills,
        sum(each["merged"] for each in summaries),
        Counter(line for part in parts for line in part.completed.read_text().split()),
        told,
        sums_of_all(url),
        time.monotonic() - started,
    )


def scattered(spans: Sequence[EndedSpan], chance: random.Random) -> list[list[EndedSpan]]:
    """Return the spans by process: each to one of them, one in ten to two, and nearly in their order."""
    parts: list[list[tuple[float, EndedSpan]]] = [[] for _ in range(PROCESSES)]
    for at, span in enumerate(spans):
        for number in chance.sample(range(PROCESSES), 2 if chance.random() < 0.1 else 1):
            parts[number].append((at + chance.random() * _WINDOW, span))
    return [[span for _, span in sorted(part, key=lambda each: each[0])] for part in parts]


def _start(part: Part) -> int:
    child = os.fork()
    if child:
        return child
    try:
        _write(part)
    except BaseException:
        sys.excepthook(*sys.exc_info())
        os._exit(1)
    os._exit(0)


def _write(part: Part) -> None:
    """End the part's spans at its pace, and go on until the store has no execution under way."""
    store = open_store(part.url)

    def clock() -> int:
        return EPOCH_NANO + int((time.monotonic() - part.began) * _TIMES_FASTER * 1e9)

    recorder = Telling(store, clock)
    recorder.told_file = os.open(part.completed, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    progress = part.progress
    first = max(0, progress.durable - 50)
    send_links_again(recorder, part.spans[:first])
    ended = first

    def durable(count: int) -> None:
        progress.durable = max(progress.durable, count)

    recorder.start(lambda: ended, durable, 0.05)
    for at in range(first, len(part.spans)):
        recorder.engine.end(part.spans[at])
        ended = at + 1
        progress.ended = max(progress.ended, ended)
        if ended > progress.durable:
            time.sleep(1 / part.per_second)
    until = time.monotonic() + _LONGEST_SECONDS
    while any(other.progress.durable < len(other.spans) for other in part.others):
        assert time.monotonic() < until, "spans never become durable"
        time.sleep(0.1)
    recorder.engine.retire()
    while recorder.books.has_work() or store.open_executions(2**62, 1):
        assert time.monotonic() < until, "an execution never settles"
        time.sleep(0.1)
    recorder.stop()
    assert recorder.flush()
    assert recorder.books.stats.pending_spans == 0
    store.close()
    summary = {"told": recorder.told._asdict(), "merged": recorder.books.stats.merged_executions}
    part.summary.write_text(json.dumps(summary))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--store", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--kills", type=int, default=2)
    parser.add_argument("--calls", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    sizes = {"seed": asked.seed, "kills": asked.kills, "calls": asked.calls}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if asked.store == "sqlite":
            outcome = share(f"sqlite:///{folder / 'books.db'}", folder, **sizes)
        else:
            with running() as server:
                outcome = share(server.create("sharing"), folder, **sizes)
    times = Counter(outcome.completed.values())
    print(outcome._replace(completed=Counter()), "ends told, by how often:", dict(times))


if __name__ == "__main__":
    main()
