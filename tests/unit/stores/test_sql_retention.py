"""SQLite keeps rows by their age, in steps that others write between."""

from __future__ import annotations

import itertools
import threading
import time
from pathlib import Path

import pytest

pytest.importorskip("sqlalchemy")

from otel_agentcost.stores.open import open_store
from otel_agentcost.stores.sql.sqlite import SqliteBackend
from tests.unit.stores.contract_retention import KEPT, NOW, MakeKeeping, RetentionContract
from tests.unit.stores.making import Recorded, call


class TestSqliteRetention(RetentionContract):
    @pytest.fixture
    def make_keeping(self, tmp_path: Path) -> MakeKeeping:
        return lambda kept: open_store(f"sqlite:///{tmp_path}/books.db", retention=kept)


def test_each_step_of_dropping_is_short(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = open_store(f"sqlite:///{tmp_path}/books.db", retention=KEPT)
    numbers = itertools.count(1)
    for _ in range(5):
        store.commit([
            Recorded(number).change(
                [call(number, each) for each in range(8)], segment=b"s" * 500, settles=True, seen=NOW
            )
            for number in itertools.islice(numbers, 100)
        ])  # fmt: skip
    took: list[float] = []
    writing = SqliteBackend.writing

    def timed(backend: SqliteBackend) -> object:
        inner = writing(backend)
        return _Timed(inner, took)

    monkeypatch.setattr(SqliteBackend, "writing", timed)
    store.trim(NOW)
    assert len(took) > 5
    took.sort()
    assert took[len(took) // 2] < 0.02  # single steps may be longer where the disk or the machine is busy
    assert all(each.is_closed for each in store.load(range(1, 501)).values())


class _Timed:
    """Notes for how long the processor was at it: what the disk adds is not ours."""

    def __init__(self, inner: object, took: list[float]) -> None:
        self._inner = inner
        self._took = took

    def __enter__(self) -> object:
        self._started = time.thread_time()
        return self._inner.__enter__()  # type: ignore[attr-defined]

    def __exit__(self, *how: object) -> object:
        left = self._inner.__exit__(*how)  # type: ignore[attr-defined]
        self._took.append(time.thread_time() - self._started)
        return left


def test_commits_go_on_while_rows_are_dropped(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/books.db", retention=KEPT)
    store.commit([Recorded(number).change([call(number, 1)], settles=True, seen=NOW) for number in range(1, 500)])
    dropper = threading.Thread(target=store.trim, args=(NOW,))
    dropper.start()
    committed = 0
    while dropper.is_alive():
        number = 10_000 + committed
        store.commit([Recorded(number).change([call(number, 1, NOW)])])
        committed += 1
    dropper.join()
    assert committed >= 5
