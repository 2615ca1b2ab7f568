"""A process that streams spans into a store until it is killed, and notes for its parent how far it has come."""

from __future__ import annotations

import mmap
import os
import time
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from otel_agentcost.engine.ports import EndedSpan
from otel_agentcost.engine.signals import Committed
from otel_agentcost.model.books import Change, Stored, Tie, Tied
from otel_agentcost.stores.open import Store, open_store
from tests.property.trees import EPOCH_NANO

from .recorder import Clock, Recorder, finish

STEP_NANO = 20_000_000
"""On the writer's clock, from one span to the next."""
LINKS_AGAIN = 8_000
MOST_WAITING = 400


class Progress:
    """Numbers that outlive a writer, in memory that it shares with its parent."""

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, 4096)

    def _at(self, place: int) -> int:
        return int.from_bytes(self._memory[place * 8 : place * 8 + 8], "little")

    def _set(self, place: int, value: int) -> None:
        self._memory[place * 8 : place * 8 + 8] = value.to_bytes(8, "little")

    @property
    def begun(self) -> int:
        """Spans of the stream whose recording has begun."""
        return self._at(0)

    @begun.setter
    def begun(self, value: int) -> None:
        self._set(0, value)

    @property
    def ended(self) -> int:
        """Spans whose recording is done."""
        return self._at(1)

    @ended.setter
    def ended(self, value: int) -> None:
        self._set(1, value)

    @property
    def durable(self) -> int:
        """Spans that a flush has made durable: acknowledged, and sent again only by chance."""
        return self._at(2)

    @durable.setter
    def durable(self, value: int) -> None:
        self._set(2, value)

    @property
    def is_committing(self) -> bool:
        return bool(self._at(3))

    @is_committing.setter
    def is_committing(self, value: bool) -> None:
        self._set(3, int(value))


class Watched:
    """A store that notes when a commit is under way."""

    def __init__(self, store: Store, progress: Progress) -> None:
        self._store = store
        self._progress = progress
        self.time_zone = store.time_zone

    @property
    def horizon_unix_nano(self) -> int:
        return self._store.horizon_unix_nano

    def commit(self, changes: Sequence[Change]) -> Collection[int]:
        self._progress.is_committing = True
        try:
            return self._store.commit(changes)
        finally:
            self._progress.is_committing = False

    def load(self, execution_ids: Collection[int]) -> Mapping[int, Stored]:
        return self._store.load(execution_ids)

    def tied(self, ties: Collection[Tie]) -> Collection[Tied]:
        return self._store.tied(ties)

    def open_executions(self, seen_before_unix_nano: int, limit: int) -> list[int]:
        return self._store.open_executions(seen_before_unix_nano, limit)

    def trim(self, now_unix_nano: int) -> None:
        self._store.trim(now_unix_nano)

    def close(self) -> None:
        self._store.close()


class Task(NamedTuple):
    """What a writer is to do."""

    url: str
    spans: Sequence[EndedSpan]
    first: int
    """Where in the stream to begin."""
    progress: Progress
    told: Path
    """Gets a line for each execution whose end was told."""
    flush_seconds: float


class Telling(Recorder):
    """Writes down at once whose end it tells, so that this outlives it."""

    told_file: int

    def committed(self, committed: Committed) -> None:
        super().committed(committed)
        if committed.settles:
            os.write(self.told_file, f"{committed.change.execution_id:032x}\n".encode())


def send_links_again(recorder: Recorder, spans: Sequence[EndedSpan]) -> None:
    """End those again that are not about AI and came lately.

    A process keeps such a span in memory only, until it knows of a span about AI in the same trace: nearly all traces
    of a service have none, and a store that kept those too would hold little else.
    """
    for span in spans[-LINKS_AGAIN:]:
        if not span.attributes:
            recorder.engine.end(span)


def write(task: Task) -> None:
    """Stream the spans to their end, and let all executions settle."""
    spans, progress = task.spans, task.progress
    store = open_store(task.url)
    clock = Clock(EPOCH_NANO + STEP_NANO * max(task.first, progress.begun))
    recorder = Telling(Watched(store, progress), clock)
    recorder.told_file = os.open(task.told, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def durable(count: int) -> None:
        progress.durable = max(progress.durable, count)

    send_links_again(recorder, spans[: task.first])
    ended = task.first
    recorder.start(lambda: ended, durable, task.flush_seconds)
    for at in range(task.first, len(spans)):
        progress.begun = max(progress.begun, at + 1)
        clock.now = max(clock.now, EPOCH_NANO + STEP_NANO * at)
        while recorder.books.stats.pending_spans > MOST_WAITING:
            time.sleep(0.001)  # or a kill would nearly always come before the first commit
        recorder.engine.end(spans[at])
        ended = at + 1
        progress.ended = ended
    recorder.stop()
    finish(recorder, clock, lambda: bool(store.open_executions(2**62, 1)))
    progress.durable = len(spans)
    store.close()
