"""The store goes away while an application records: nothing is lost, nothing counts twice, and nobody waits for it."""

from __future__ import annotations

import logging
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from opentelemetry.metrics import _internal as metrics_internal
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader

from otel_agentcost.stores.sql import sqlite
from tests.integration.postgres import Postgres

from .application import Application, configuration, sums_of_calls
from .checking import check_store, sums_of_all
from .conftest import sqlite_url

pytestmark = pytest.mark.integration
NOT_BLOCKED_SECONDS = 1.0
"""Far below what the store was away in each of these tests, far above what a span takes on a busy machine."""


def ride_out(application: Application, url: str, leave: Callable[[], None], come_back: Callable[[], None]) -> None:
    """Have the application record before, during and after an outage; assert that all of it is in the store, once."""
    with application.under_load():
        time.sleep(0.5)
        assert application.flush(10)
        leave()
        application.run_agents(20)
        assert not application.flush(1.5)
        time.sleep(1.5)
        assert not application.flush(0.3)
        come_back()
        application.run_agents(20)
        assert application.flush(30)
    assert application.flush(10)
    assert sums_of_all(url) == application.sums
    assert application.processor.stats().internal_errors == 0
    print(f"longest end of a span: {application.longest_seconds * 1000:.1f} ms, calls: {application.calls}")
    assert application.longest_seconds < NOT_BLOCKED_SECONDS
    application.shut_down()
    assert sums_of_all(url) == application.sums
    check_store(url)


@pytest.mark.parametrize("how", ["stopped", "killed"])
def test_calls_made_while_postgresql_is_away_are_in_the_books_once(
    how: str, postgres: Postgres, tmp_path: Path
) -> None:
    url = postgres.create(f"away_{how}")
    application = Application(configuration(tmp_path, url))
    ride_out(application, url, postgres.stop if how == "stopped" else postgres.kill, postgres.start)


def test_calls_made_while_another_process_locks_the_file_are_in_the_books_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "BUSY_SECONDS", 0.5)
    url = sqlite_url(tmp_path)
    application = Application(configuration(tmp_path, url))
    lock = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1], isolation_level=None); c.execute('BEGIN IMMEDIATE')"
    holders: list[subprocess.Popen[str]] = []

    def leave() -> None:
        holder = subprocess.Popen(
            [sys.executable, "-c", f"{lock}; print('held', flush=True); input()", str(tmp_path / "books.db")],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        holders.append(holder)
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"

    def come_back() -> None:
        holders[0].communicate("\n")

    ride_out(application, url, leave, come_back)


class Disk:
    """Lets the files of a store grow, or not: SQLite says that the disk is full then."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._connections: list[sqlite3.Connection] = []
        original = sqlite.SqliteBackend._connect_writer

        def connect(backend: sqlite.SqliteBackend) -> sqlite3.Connection:
            self._connections.append(original(backend))
            return self._connections[-1]

        monkeypatch.setattr(sqlite.SqliteBackend, "_connect_writer", connect)

    def be_full(self) -> None:
        self._allow(1)  # SQLite raises it to what the file has

    def have_room(self) -> None:
        self._allow(1 << 30)

    def _allow(self, pages: int) -> None:
        for connection in self._connections:
            connection.execute(f"PRAGMA max_page_count = {pages}")


def test_calls_made_while_the_disk_is_full_are_in_the_books_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = Disk(monkeypatch)
    url = sqlite_url(tmp_path)
    application = Application(configuration(tmp_path, url))
    ride_out(application, url, disk.be_full, disk.have_room)


def test_what_exceeds_the_bound_is_refused_aloud_and_counted_and_the_rest_is_in_the_books(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    reader = InMemoryMetricReader()
    monkeypatch.setattr(metrics_internal, "_METER_PROVIDER", MeterProvider([reader], shutdown_on_exit=False))
    disk = Disk(monkeypatch)
    url = sqlite_url(tmp_path)
    application = Application(configuration(tmp_path, url, max_pending_spans=50))
    application.run_agents(5)
    assert application.flush(10)
    disk.be_full()
    with caplog.at_level(logging.WARNING, logger="otel_agentcost"):
        application.run_agents(40)
        assert not application.flush(5)
    waiting, refused = counted(reader, "agentcost.store.pending"), counted(reader, "agentcost.store.refused")
    assert waiting == 50
    assert refused == 40 * 5 - 50
    assert f"{refused} spans are in no total" in caplog.text
    disk.have_room()
    assert application.flush(10)
    assert counted(reader, "agentcost.store.pending") == 0
    application.run_agents(5)
    assert application.flush(10)
    assert sums_of_all(url) == sums_of_calls(application.calls - 40 * 4 + 50 * 4 // 5)
    assert counted(reader, "agentcost.store.refused") == refused
    assert application.longest_seconds < NOT_BLOCKED_SECONDS
    application.shut_down()


def counted(reader: InMemoryMetricReader, name: str) -> int:
    """Return what a metric says now."""
    read = reader.get_metrics_data()
    assert read is not None
    return sum(
        int(point.value)  # type: ignore[union-attr]
        for resource in read.resource_metrics
        for scope in resource.scope_metrics
        for metric in scope.metrics
        if metric.name == name
        for point in metric.data.data_points
    )
