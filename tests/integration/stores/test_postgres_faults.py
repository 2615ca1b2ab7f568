"""What goes wrong with PostgreSQL is told as what it is, and when the server is back all goes on."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator

import pytest

pytest.importorskip("psycopg")

import psycopg

from otel_agentcost.engine.store import StoreError, StoreUnavailableError
from otel_agentcost.stores.open import Store, open_store
from tests.integration.postgres import Postgres, running
from tests.integration.stores.writers import run
from tests.unit.stores.committing import commit, put
from tests.unit.stores.making import Recorded, call, whole

pytestmark = pytest.mark.integration


@pytest.fixture
def store(database: str) -> Iterator[Store]:
    store = open_store(database)
    put(store, 1, [call(1, 1, cost=5)])
    yield store
    store.close()


@pytest.fixture
def own_server() -> Iterator[Postgres]:
    """A server that a test may stop."""
    with running(fsync=False) as server:
        yield server


@pytest.mark.parametrize("how", ["stop", "kill"])
def test_a_server_that_goes_away_is_told_so_and_used_again_when_it_is_back(own_server: Postgres, how: str) -> None:
    store = open_store(own_server.create("books"))
    first = put(store, 1, [call(1, 1, cost=5)])
    store.load([1])
    getattr(own_server, how)()
    change = first.change([call(1, 1, cost=5), call(1, 2, cost=6)])
    for attempt in (lambda: store.commit([change]), lambda: store.load([1]), lambda: store.report(whole("total"))):
        with pytest.raises(StoreUnavailableError):
            attempt()
    own_server.start()
    assert commit(store, (first, change)) == []
    assert store.report(whole("total"))[0].sums.cost_nano_usd == 11
    store.close()


def test_a_restart_that_nobody_was_waiting_for_is_not_even_noticed(own_server: Postgres) -> None:
    store = open_store(own_server.create("books"))
    put(store, 1, [call(1, 1, cost=5)])
    own_server.stop()
    own_server.start()
    put(store, 2, [call(2, 1, cost=6)])
    own_server.stop()
    own_server.start()
    assert store.report(whole("total"))[0].sums.cost_nano_usd == 11
    store.close()


def test_a_connection_that_is_cut_in_the_middle_leaves_all_or_nothing(postgres: Postgres, database: str) -> None:
    store = open_store(database)
    name = database.rpartition("/")[2]
    stop = threading.Event()

    def cut() -> None:
        while not stop.is_set():
            postgres.sql(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")

    cutter = threading.Thread(target=cut)
    cutter.start()
    recorded = {number: Recorded(number) for number in range(1, 30)}
    failed = 0
    try:
        for number, each in recorded.items():
            change = each.change([call(number, span, cost=1) for span in range(1, 40)])
            for _ in range(500):
                try:
                    left_out = store.commit([change])
                except StoreUnavailableError:
                    failed += 1
                    continue
                assert list(left_out) in ([], [number])  # left out: it was written, and only the answer was lost
                break
    finally:
        stop.set()
        cutter.join()
    assert store.report(whole("total"))[0].sums.cost_nano_usd == 29 * 39
    assert sum(len(each.calls) for each in store.load(list(recorded)).values()) == 29 * 39
    store.close()


def test_what_will_never_succeed_is_told_apart_from_what_may(postgres: Postgres, database: str) -> None:
    with pytest.raises(StoreError, match="does not exist"):
        open_store(postgres.url("no_such_database"))
    postgres.sql(
        "CREATE ROLE nobody_special LOGIN; REVOKE ALL ON SCHEMA public FROM PUBLIC", database.rpartition("/")[2]
    )
    with pytest.raises(StoreError, match=r"this user may not do that|no schema has been"):
        open_store(database.replace("agentcost@", "nobody_special@"))
    with pytest.raises(StoreUnavailableError, match=r"127\.0\.0\.1"):
        open_store("postgresql://agentcost@127.0.0.1:1/books")


def test_a_wrong_password_is_refused_for_good(own_server: Postgres) -> None:
    own_server.sql("CREATE ROLE guarded LOGIN PASSWORD 'right'")
    hba = own_server.sql("SHOW hba_file")
    with open(hba, "r+") as file:  # noqa: PTH123 - a path that the server tells
        rules = file.read()
        file.seek(0)
        file.write("host all guarded 127.0.0.1/32 scram-sha-256\n" + rules)
    own_server.sql("SELECT pg_reload_conf()")
    url = own_server.create("books").replace("agentcost@", "guarded:wrong@")
    until = time.monotonic() + 10
    while time.monotonic() < until:
        with pytest.raises(StoreError) as caught:
            open_store(url)
        if "password" in str(caught.value):
            break
    assert "wrong" not in str(caught.value).replace("wrong password", "")


def test_a_lock_in_the_way_is_waited_for_and_deadlocks_are_tried_again(store: Store, database: str) -> None:
    with psycopg.connect(database) as other:
        other.execute("UPDATE days SET calls = calls WHERE dimension = 'total'")
        change = Recorded(2).change([call(2, 1, cost=6)])
        result: list[object] = []
        waiting = threading.Thread(target=lambda: result.append(store.commit([change])))
        waiting.start()
        time.sleep(0.3)
        assert result == []
        # Now it waits for us; that we also want what it holds makes a deadlock, of which one must be given up.
        try:
            other.execute("SELECT * FROM executions WHERE execution_id = %s FOR UPDATE", [(2).to_bytes(16, "big")])
            other.execute("INSERT INTO segments VALUES (0, %s, 1, '')", [(2).to_bytes(16, "big")])
        except psycopg.errors.DeadlockDetected:
            pass
        other.rollback()
        waiting.join(20)
    assert [list(each) for each in result] == [[]]
    assert store.report(whole("total"))[0].sums.cost_nano_usd == 11


def test_serialisable_transactions_which_the_server_may_ask_for_are_tried_again(
    postgres: Postgres, database: str
) -> None:
    postgres.sql(f"ALTER DATABASE {database.rpartition('/')[2]} SET default_transaction_isolation = 'serializable'")
    stores = [open_store(database) for _ in range(4)]
    errors: list[BaseException] = []

    def write(store: Store, base: int) -> None:
        try:
            for number in range(base, base + 25):
                for _ in range(50):
                    try:
                        store.commit([Recorded(number).change([call(number, 1, cost=1)])])
                        break
                    except StoreUnavailableError:
                        continue
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=write, args=(each, 1 + 100 * at)) for at, each in enumerate(stores)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert stores[0].report(whole("total"))[0].sums.calls == 100


def test_a_server_that_may_only_be_read_answers_and_is_written_when_it_may_be_again(
    postgres: Postgres, store: Store, database: str
) -> None:
    name = database.rpartition("/")[2]
    postgres.sql(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    store._backend._engine.dispose()
    change = Recorded(2).change([call(2, 1, cost=6)])
    assert store.report(whole("total"))[0].sums.cost_nano_usd == 5
    with pytest.raises(StoreUnavailableError, match="read-only"):
        store.commit([change])
    postgres.sql(f"ALTER DATABASE {name} SET default_transaction_read_only = off")
    assert list(store.commit([change])) == []


def _open_and_put(url: str, number: int) -> None:
    store = open_store(url)
    put(store, number, [call(number, 1)])
    store.close()


def test_processes_that_start_at_once_make_one_store(database: str) -> None:
    run(_open_and_put, [(database, number) for number in range(1, 9)])
    assert open_store(database).load(range(1, 9)).keys() == set(range(1, 9))


def test_a_schema_of_its_own_keeps_it_apart_from_tables_of_others(postgres: Postgres, database: str) -> None:
    name = database.rpartition("/")[2]
    postgres.sql("CREATE TABLE meta (theirs text); CREATE SCHEMA books", name)
    with pytest.raises(StoreError, match="'meta' that is not otel-agentcost's"):
        open_store(database)
    store = open_store(f"{database}?options=-csearch_path%3Dbooks")
    put(store, 1, [call(1, 1)])
    assert postgres.sql("SELECT count(*) FROM books.executions", name) == "1"
    store.close()


@pytest.mark.parametrize("threshold", ["off", "0", "3"])
def test_prepared_statements_can_be_had_or_left_out(new_database: Callable[[], str], threshold: str) -> None:
    store = open_store(f"{new_database()}?prepare_threshold={threshold}")
    for number in range(1, 9):
        put(store, number, [call(number, 1)])
    assert len(store.load(range(1, 9))) == 8
    store.close()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_a_forked_child_uses_connections_of_its_own(store: Store) -> None:
    child = os.fork()
    if child == 0:
        code = 1
        try:
            put(store, 2, [call(2, 1)])
            code = 0
        finally:
            os._exit(code)
    put(store, 3, [call(3, 1)])
    assert os.waitpid(child, 0)[1] == 0
    put(store, 4, [call(4, 1)])
    assert store.load([1, 2, 3, 4]).keys() == {1, 2, 3, 4}
