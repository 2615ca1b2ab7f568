"""The stores that these tests harm, each a new one: a SQLite file, or a database of a PostgreSQL server of our own."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.postgres import Postgres, running

_numbers = itertools.count(1)


@pytest.fixture(scope="package")
def postgres() -> Iterator[Postgres]:
    with running() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the address of a store in which nothing is yet."""
    if request.param == "sqlite":
        return sqlite_url(tmp_path)
    server: Postgres = request.getfixturevalue("postgres")
    return server.create(f"books_{next(_numbers)}")


def sqlite_url(folder: Path) -> str:
    return f"sqlite:///{folder / 'books.db'}"
