"""A SQLite file that a process and its forked children write: SQLite itself loses track of its locks over a fork."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from otel_agentcost.stores.open import Store, open_store
from tests.property.trees import EPOCH_NANO

from .conftest import sqlite_url
from .recorder import Clock, Recorder
from .stream import stream

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system"),
]
SPANS = stream(3, 200).spans


def record(store: Store, spans: slice) -> bool:
    recorder = Recorder(store, Clock(EPOCH_NANO))
    for span in SPANS[spans]:
        recorder.engine.end(span)
    return recorder.flush()


def in_child(work: Callable[[], bool]) -> int:
    child = os.fork()
    if not child:
        try:
            os._exit(0 if work() else 1)
        except BaseException:
            os._exit(2)
    return child


def came_well(child: int) -> bool:
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def executions(folder: Path) -> int:
    with sqlite3.connect(folder / "books.db") as connection:
        count: int = connection.execute("SELECT count(*) FROM executions").fetchone()[0]
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()
    return count


def test_what_a_child_writes_outlives_its_parent_and_a_passer_by(tmp_path: Path) -> None:
    """Without its own locks a child writes into a WAL that the passer-by takes for unused, and deletes."""
    store = open_store(sqlite_url(tmp_path))
    record(store, slice(0, 100))
    go, gone = os.pipe()

    def work() -> bool:
        first = record(store, slice(100, 200))
        os.read(go, 1)
        return first and record(store, slice(200, 300))

    child = in_child(work)
    time.sleep(0.5)
    store.close()
    look = f"import sqlite3; sqlite3.connect({str(tmp_path / 'books.db')!r}).execute('SELECT 1 FROM executions')"
    subprocess.run([sys.executable, "-c", look], check=True)
    os.write(gone, b".")
    assert came_well(child)
    assert executions(tmp_path) == len({span.trace_id for span in SPANS[:300]})


def test_a_child_can_write_although_a_transaction_was_under_way_at_its_fork(tmp_path: Path) -> None:
    store = open_store(sqlite_url(tmp_path))
    record(store, slice(0, 100))
    is_writing = threading.Event()

    def write_for_long() -> None:
        with store._backend.writing():  # type: ignore[attr-defined]
            is_writing.set()
            time.sleep(0.5)

    thread = threading.Thread(target=write_for_long)
    thread.start()
    is_writing.wait()
    child = in_child(lambda: record(store, slice(100, 200)))
    thread.join()
    assert came_well(child)
    assert record(store, slice(200, 300))
    store.close()
    assert executions(tmp_path) == len({span.trace_id for span in SPANS[:300]})
