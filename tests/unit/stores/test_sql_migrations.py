"""A database of any earlier version is brought to the newest, by one process of many, and a failure leaves it whole."""

from __future__ import annotations

import multiprocessing
import sqlite3
from pathlib import Path

import pytest

pytest.importorskip("sqlalchemy")

from sqlalchemy import Connection

from otel_agentcost.engine.store import StoreError
from otel_agentcost.stores.open import open_store
from otel_agentcost.stores.sql.migrations import MIGRATIONS, prepare
from otel_agentcost.stores.sql.schema import SCHEMA_VERSION
from otel_agentcost.stores.sql.sqlite import SqliteBackend
from tests.unit.stores.committing import put
from tests.unit.stores.making import call, whole


def rows(file: Path, statement: str) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(file)
    try:
        return connection.execute(statement).fetchall()
    finally:
        connection.close()


def version_of(file: Path) -> str:
    return str(rows(file, "SELECT value FROM meta WHERE key = 'schema_version'")[0][0])


def made_by_version_1(file: Path) -> None:
    store = open_store(f"sqlite:///{file}")
    put(store, 1, [call(1, 1, cost=70)])
    store.close()
    connection = sqlite3.connect(file)
    connection.execute("UPDATE meta SET value = '1' WHERE key = 'schema_version'")
    connection.commit()
    connection.close()


def add_a_column(connection: Connection) -> None:
    connection.exec_driver_sql("ALTER TABLE executions ADD COLUMN colour TEXT NOT NULL DEFAULT ''")


def fill_it(connection: Connection) -> None:
    connection.exec_driver_sql("UPDATE executions SET colour = 'blue'")


def fail_half_way(connection: Connection) -> None:
    connection.exec_driver_sql("UPDATE executions SET cost_nano_usd = 0")
    raise RuntimeError("half way")


def test_there_is_a_migration_to_each_version_since_the_first() -> None:
    assert set(MIGRATIONS) == set(range(2, SCHEMA_VERSION + 1))


def test_a_file_of_version_0_which_has_no_tables_yet_gets_them(tmp_path: Path) -> None:
    file = tmp_path / "books.db"
    connection = sqlite3.connect(file)
    connection.execute("CREATE TABLE meta (key TEXT PRIMARY KEY NOT NULL, value TEXT NOT NULL)")
    connection.execute("INSERT INTO meta VALUES ('schema_version', '0')")
    connection.commit()
    connection.close()
    store = open_store(f"sqlite:///{file}", "Europe/Berlin")
    put(store, 1, [call(1, 1, cost=7)])
    assert store.report(whole("total"))[0].sums.cost_nano_usd == 7
    assert (version_of(file), store.time_zone) == (str(SCHEMA_VERSION), "Europe/Berlin")


def test_an_empty_file_is_a_new_store(tmp_path: Path) -> None:
    (tmp_path / "books.db").touch()
    open_store(f"sqlite:///{tmp_path}/books.db").close()
    assert version_of(tmp_path / "books.db") == str(SCHEMA_VERSION)


def test_migrations_run_in_order_each_once_and_keep_what_is_there(tmp_path: Path) -> None:
    file = tmp_path / "books.db"
    made_by_version_1(file)
    backend = SqliteBackend(file)
    steps = {2: add_a_column, 3: fill_it}
    assert prepare(backend, "UTC", steps, newest=3).time_zone == "UTC"
    assert rows(file, "SELECT cost_nano_usd, colour FROM executions") == [(70, "blue")]
    assert version_of(file) == "3"
    prepare(backend, "UTC", steps, newest=3)  # a second ALTER TABLE would fail
    backend.close()


def test_a_migration_that_fails_leaves_the_file_as_the_one_before_left_it(tmp_path: Path) -> None:
    file = tmp_path / "books.db"
    made_by_version_1(file)
    backend = SqliteBackend(file)
    with pytest.raises(RuntimeError, match="half way"):
        prepare(backend, "UTC", {2: add_a_column, 3: fail_half_way}, newest=3)
    assert rows(file, "SELECT cost_nano_usd, colour FROM executions") == [(70, "")]
    assert version_of(file) == "2"
    prepare(backend, "UTC", {2: add_a_column, 3: fill_it}, newest=3)
    assert rows(file, "SELECT cost_nano_usd, colour FROM executions") == [(70, "blue")]
    backend.close()


def test_a_version_that_is_refused_is_not_touched(tmp_path: Path) -> None:
    file = tmp_path / "books.db"
    made_by_version_1(file)
    backend = SqliteBackend(file)
    prepare(backend, "UTC", {2: add_a_column}, newest=2)
    backend.close()
    before = file.read_bytes()
    with pytest.raises(StoreError, match="schema version 2"):
        open_store(f"sqlite:///{file}")
    assert file.read_bytes() == before


def _open_and_put(file: Path, number: int) -> None:
    store = open_store(f"sqlite:///{file}")
    put(store, number, [call(number, 1)])
    store.close()


def _migrate(file: Path) -> None:
    prepare(SqliteBackend(file), "UTC", {2: add_a_column, 3: fill_it}, newest=3)


def _run(work: object, arguments: list[tuple[object, ...]]) -> list[int | None]:
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=work, args=each) for each in arguments]  # type: ignore[arg-type]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    return [process.exitcode for process in processes]


@pytest.mark.integration
def test_processes_that_start_at_once_make_one_store(tmp_path: Path) -> None:
    file = tmp_path / "books.db"
    assert _run(_open_and_put, [(file, number) for number in range(1, 5)]) == [0] * 4
    assert open_store(f"sqlite:///{file}").load(range(1, 5)).keys() == {1, 2, 3, 4}


@pytest.mark.integration
def test_processes_that_start_at_once_migrate_once(tmp_path: Path) -> None:
    file = tmp_path / "books.db"
    made_by_version_1(file)
    assert _run(_migrate, [(file,)] * 3) == [0] * 3
    assert rows(file, "SELECT cost_nano_usd, colour FROM executions") == [(70, "blue")]
