"""What fails in SQLite is told as what it is: gone for good, or to be tried again; and afterwards all is well."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("sqlalchemy")

from otel_agentcost.engine.store import StoreError, StoreUnavailableError
from otel_agentcost.stores.open import Store, open_store
from otel_agentcost.stores.sql import sqlite
from otel_agentcost.stores.sql.sqlite_faults import fault_of
from tests.unit.stores.committing import commit, put
from tests.unit.stores.making import Recorded, call, whole


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(sqlite, "BUSY_SECONDS", 0.1)
    return tmp_path / "books.db"


@pytest.fixture
def store(file: Path) -> Iterator[Store]:
    store = open_store(f"sqlite:///{file}")
    put(store, 1, [call(1, 1, cost=5)])
    yield store
    store.close()


def set_largest_size(store: Store, pages: int) -> None:
    with store._backend.writing() as connection:
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")


def test_a_full_disk_refuses_a_commit_whole_and_takes_it_once_there_is_room(store: Store) -> None:
    set_largest_size(store, 20)
    recorded = Recorded(2)
    change = recorded.change([call(2, number, cost=1) for number in range(1, 300)], segment=b"s" * 50_000)
    for _ in range(2):
        with pytest.raises(StoreUnavailableError, match="the disk is full"):
            store.commit([change])
        assert store.load([1, 2]).keys() == {1}
        assert store.report(whole("total"))[0].sums.cost_nano_usd == 5
    set_largest_size(store, 10_000)
    assert commit(store, (recorded, change)) == []
    assert store.report(whole("total"))[0].sums.cost_nano_usd == 304


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no limits of a process's files on this system")
def test_a_file_that_may_not_grow_refuses_too(store: Store, file: Path) -> None:
    import resource
    import signal

    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    change = Recorded(2).change([call(2, 1)], segment=b"s" * 3_000_000)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, hard))
        with pytest.raises(StoreUnavailableError, match="the disk"):
            store.commit([change])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    assert store.load([1, 2]).keys() == {1}
    assert list(store.commit([change])) == []
    assert store.load([2])[2].segments == (change.segment,)


def test_a_file_that_another_process_has_locked_is_waited_for_and_then_told(store: Store, file: Path) -> None:
    holder = sqlite3.connect(file, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    change = Recorded(2).change([call(2, 1)])
    started = time.monotonic()
    with pytest.raises(StoreUnavailableError, match="another process has locked it"):
        store.commit([change])
    assert time.monotonic() - started >= 0.1
    assert store.load([1]).keys() == {1}  # who reads waits for nobody
    holder.execute("ROLLBACK")
    holder.close()
    assert list(store.commit([change])) == []


def test_a_deleted_file_is_noticed_and_made_anew_rather_than_written_into_nowhere(store: Store, file: Path) -> None:
    recorded = Recorded(2)
    change = recorded.change([call(2, 1, cost=9)])
    for suffix in ("", "-wal", "-shm"):
        file.with_name(file.name + suffix).unlink(missing_ok=True)
    with pytest.raises(StoreUnavailableError, match="deleted or replaced"):
        store.commit([change])
    assert commit(store, (recorded, change)) == []
    assert open_store(f"sqlite:///{file}").load([1, 2]).keys() == {2}


def test_a_damaged_file_is_refused_for_good(store: Store, file: Path) -> None:
    put(store, 3, [call(3, number) for number in range(1, 400)])
    store.close()
    whole_file = bytearray(file.read_bytes())
    for at in range(4096, len(whole_file) - 100, 4096):
        whole_file[at : at + 100] = b"\xff" * 100
    file.write_bytes(whole_file)
    with pytest.raises(StoreError, match="damaged"):
        open_store(f"sqlite:///{file}").load([1, 3])


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_a_file_that_may_only_be_read_answers_and_refuses_to_be_written(tmp_path: Path) -> None:
    folder = Path(tempfile.mkdtemp())  # not below a folder that only root may enter
    file = folder / "books.db"
    store = open_store(f"sqlite:///{file}")
    put(store, 1, [call(1, 1, cost=5)])
    store.close()
    file.chmod(0o444)
    folder.chmod(0o555)
    locked = tmp_path / "locked"
    locked.mkdir(mode=0o000)

    def try_it() -> str:
        """In a process that may only read: root may write anything."""
        reader = open_store(f"sqlite:///{file}", create=False)
        assert reader.report(whole("total"))[0].sums.cost_nano_usd == 5
        with pytest.raises(StoreError, match="read-only for this process"):
            reader.commit([Recorded(2).change([call(2, 1)])])
        with pytest.raises(StoreError, match="Permission denied"):
            open_store(f"sqlite:///{locked}/books.db")
        return "refused"

    try:
        assert _as_nobody(try_it) == "refused"
    finally:
        folder.chmod(0o755)
        shutil.rmtree(folder)


def _as_nobody(work: object) -> str:
    """Return what the work returns, or raises, in a child without rights."""
    ours, theirs = os.pipe()
    child = os.fork()
    if child == 0:
        told = "died"
        try:
            if os.geteuid() == 0:
                os.setgroups([])
                os.setgid(65534)
                os.setuid(65534)
            told = work()  # type: ignore[operator]
        except BaseException as error:
            told = f"{type(error).__name__}: {error}"
        finally:
            os.write(theirs, told.encode())
            os._exit(0)
    os.close(theirs)
    with os.fdopen(ours) as pipe:
        told = pipe.read()
    os.waitpid(child, 0)
    return told


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("database is locked", StoreUnavailableError),
        ("database or disk is full", StoreUnavailableError),
        ("disk I/O error", StoreUnavailableError),
        ("unable to open database file", StoreUnavailableError),
        ("attempt to write a readonly database", StoreError),
        ("database disk image is malformed", StoreError),
        ("file is not a database", StoreError),
        ("no such table: calls", StoreError),
    ],
)
def test_without_the_name_of_an_error_its_text_tells_what_it_is(text: str, kind: type[Exception]) -> None:
    assert type(fault_of(sqlite3.OperationalError(text), "books")) is kind  # Python 3.10 has no names


def test_what_is_no_error_of_the_database_is_not_told_as_one() -> None:
    assert fault_of(KeyError("x"), "books") is None
