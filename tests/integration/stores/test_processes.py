"""Eight processes that all want the same executions end with every call counted once, on SQLite and on PostgreSQL."""

from __future__ import annotations

from pathlib import Path

import pytest

from otel_agentcost.stores.open import open_store
from tests.integration.stores.writers import check, run, write

pytest.importorskip("sqlalchemy")
pytestmark = pytest.mark.integration

PROCESSES = 8


def test_eight_processes_on_one_sqlite_file(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/books.db"
    run(write, [(url, number) for number in range(PROCESSES)])
    check(open_store(url), PROCESSES)


def test_eight_processes_on_one_postgresql_database(database: str) -> None:
    run(write, [(database, number) for number in range(PROCESSES)])
    check(open_store(database), PROCESSES)
