"""One PostgreSQL server for all tests here, and a database of its own for each."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

import pytest

from tests.integration.postgres import Postgres, running

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    pytest.importorskip("psycopg")
    with running(fsync=False) as server:
        yield server


@pytest.fixture
def new_database(postgres: Postgres) -> Callable[[], str]:
    """Return what creates a database and tells its address."""
    return lambda: postgres.create(f"books_{next(_numbers)}")


@pytest.fixture
def database(new_database: Callable[[], str]) -> str:
    return new_database()


@pytest.fixture
def new_schema(postgres: Postgres) -> Callable[[], str]:
    """Return what creates a schema, in far less time than a database, and tells its address."""

    def create() -> str:
        name = f"books_{next(_numbers)}"
        postgres.sql(f"CREATE SCHEMA {name}")
        return f"{postgres.url()}?options=-csearch_path%3D{name}"

    return create
