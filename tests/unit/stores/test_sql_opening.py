"""Opening a store in SQL: what addresses mean, what is refused, and what is kept from before."""

from __future__ import annotations

import logging
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("sqlalchemy")

from otel_agentcost.engine.store import StoreError, StoreUnavailableError
from otel_agentcost.stores.open import open_store
from otel_agentcost.stores.sql.schema import SCHEMA_VERSION
from tests.unit.stores.committing import put
from tests.unit.stores.making import NOON, Recorded, call, whole


def files(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir() if path.suffix == ".db"}


def test_a_relative_path_begins_where_the_program_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    open_store("sqlite:///books.db").close()
    assert files(tmp_path) == {"books.db"}


def test_a_file_is_found_again_after_the_program_has_moved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    store = open_store("sqlite:///books.db")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    put(store, 1, [call(1, 1)])
    store.close()
    assert files(tmp_path / "elsewhere") == set()
    assert open_store(f"sqlite:///{tmp_path}/books.db").load([1])[1].version == 1


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:"])
def test_sqlite_in_memory_is_a_store_of_this_process_alone(url: str) -> None:
    one, other = open_store(url), open_store(url)
    put(one, 1, [call(1, 1)])
    assert one.load([1]).keys() == {1}
    assert other.load([1]) == {}


def test_the_file_is_in_wal_mode_and_waits_for_the_disk_unless_told_not_to(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/books.db"
    for wanted, number in (("full", 2), ("normal", 1)):
        store = open_store(url, synchronous=wanted)
        put(store, number, [call(number, 1)])
        with store._backend.writing() as connection:
            assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == number
            assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        store.close()


def test_a_file_that_is_not_there_is_made_only_where_that_is_wanted(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="there is no such file"):
        open_store(f"sqlite:///{tmp_path}/books.db", create=False)
    assert files(tmp_path) == set()
    open_store(f"sqlite:///{tmp_path}/books.db").close()
    open_store(f"sqlite:///{tmp_path}/books.db", create=False).close()


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("sqlite:///{folder}/no/books.db", "there is no folder {folder}/no"),
        ("sqlite:///{folder}", "it is a folder"),
        ("sqlite:///{folder}/x.db?mode=ro", "sqlite:///FILE"),
        ("sqlite://host/x.db", "sqlite:///FILE"),
        ("sqlite+aiosqlite:///{folder}/x.db", "Python's own sqlite3"),
        ("books.db", "allowed: memory:, sqlite:///FILE"),
        ("mysql://root@localhost/books", "mysql: is not allowed"),
        ("postgresql+pg8000://root@localhost/books", "not reached through psycopg"),
        ("nonsense://x", "nonsense: is not allowed"),
    ],
)
def test_an_address_that_names_no_store_is_refused_and_says_why(tmp_path: Path, url: str, why: str) -> None:
    pytest.importorskip("psycopg")
    with pytest.raises(StoreError, match=why.format(folder=tmp_path)):
        open_store(url.format(folder=tmp_path))


@pytest.mark.parametrize(
    "url", ["postgresql://me:s3cret@127.0.0.1:1/books", "postgresql://me:s3cret@[x/books", "nonsense://me:s3cret@h/b"]
)
def test_no_error_shows_the_password(url: str) -> None:
    pytest.importorskip("psycopg")
    with pytest.raises((StoreError, StoreUnavailableError)) as caught:
        open_store(url)
    shown = "".join(str(each) for each in (caught.value, caught.value.__cause__, repr(caught.value)))
    assert "s3cret" not in shown


@pytest.mark.parametrize(
    ("missing", "url", "advice"),
    [
        ("sqlalchemy", "sqlite:///{folder}/x.db", "pip install 'otel-agentcost[sql]'"),
        ("sqlalchemy", "postgresql://localhost/x", "pip install 'otel-agentcost[postgres]'"),
        ("psycopg", "postgresql://localhost/x", "pip install 'otel-agentcost[postgres]'"),
    ],
)
def test_a_missing_package_is_named_with_what_installs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, missing: str, url: str, advice: str
) -> None:
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(StoreError) as caught:
        open_store(url.format(folder=tmp_path))
    assert advice in str(caught.value)


def test_the_memory_store_and_the_settings_need_no_sql_packages() -> None:
    code = (
        "import sys; from otel_agentcost.stores.open import open_store; import otel_agentcost.stores.settings; "
        "open_store('memory:'); print('sqlalchemy' in sys.modules, 'psycopg' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]


def test_a_store_keeps_the_time_zone_that_it_was_made_with_and_says_so_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    url = f"sqlite:///{tmp_path}/books.db"
    first = open_store(url, "Asia/Kolkata")
    put(first, 1, [call(1, 1, NOON)])
    with caplog.at_level(logging.WARNING):
        again = open_store(url, "Europe/Berlin")
        again.load([1])
        again.report(whole("user"))
    assert again.time_zone == "Asia/Kolkata"
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "Asia/Kolkata" in caplog.text
    assert "Europe/Berlin" in caplog.text


def test_a_file_that_a_newer_version_has_migrated_is_refused_with_both_versions(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/books.db"
    running = open_store(url)
    put(running, 1, [call(1, 1)])
    with sqlite3.connect(tmp_path / "books.db") as connection:
        connection.execute("UPDATE meta SET value = '99' WHERE key = 'schema_version'")
    connection.close()
    with pytest.raises(StoreError, match=rf"schema version 99.* up to {SCHEMA_VERSION}"):
        open_store(url)
    with pytest.raises(StoreError, match="99"):  # also one that was open before
        running.commit([Recorded(2).change([call(2, 1)])])
    with sqlite3.connect(tmp_path / "books.db") as connection:
        assert connection.execute("SELECT count(*) FROM executions").fetchone() == (1,)
    connection.close()


@pytest.mark.parametrize("table", ["meta", "calls", "days"])
def test_tables_of_somebody_else_are_left_alone(tmp_path: Path, table: str) -> None:
    with sqlite3.connect(tmp_path / "theirs.db") as connection:
        connection.execute(f"CREATE TABLE {table} (theirs TEXT)")
    connection.close()
    with pytest.raises(StoreError, match=f"a table named '{table}' that is not otel-agentcost's"):
        open_store(f"sqlite:///{tmp_path}/theirs.db")
    with sqlite3.connect(tmp_path / "theirs.db") as connection:
        assert connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'executions'").fetchone() == (0,)
    connection.close()


def test_a_table_with_our_columns_and_somebody_elses_rows_is_left_alone(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "theirs.db") as connection:
        connection.execute("CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT)")
        connection.execute("INSERT INTO meta VALUES ('schema_version', '2'), ('author', 'they')")
    connection.close()
    with pytest.raises(StoreError, match="not otel-agentcost's"):
        open_store(f"sqlite:///{tmp_path}/theirs.db")


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "books.db").write_text("once upon a time " * 1000)
    with pytest.raises(StoreError, match="it is no SQLite database"):
        open_store(f"sqlite:///{tmp_path}/books.db")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_a_forked_child_and_its_parent_both_write_and_both_are_found(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/books.db")
    put(store, 1, [call(1, 1)])
    with store._backend._lock:  # as if another thread were writing at the fork
        child = os.fork()
        if child == 0:
            code = 1
            try:
                put(store, 2, [call(2, 1)])
                code = 0 if store.load([1, 2]).keys() == {1, 2} else 2
            finally:
                os._exit(code)
    put(store, 3, [call(3, 1)])
    assert os.waitpid(child, 0)[1] == 0
    put(store, 4, [call(4, 1)])
    assert store.load([1, 2, 3, 4]).keys() == {1, 2, 3, 4}
    store.close()
    assert open_store(f"sqlite:///{tmp_path}/books.db").load([1, 2, 3, 4]).keys() == {1, 2, 3, 4}
