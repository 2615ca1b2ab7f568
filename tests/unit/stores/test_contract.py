"""The memory store and SQLite keep the contract of every store."""

from __future__ import annotations

from pathlib import Path

import pytest

from otel_agentcost.stores.open import open_store
from tests.unit.stores.committing import MakeStore
from tests.unit.stores.contract import StoreContract


class TestMemoryStore(StoreContract):
    @pytest.fixture
    def make_store(self) -> MakeStore:
        return lambda time_zone: open_store("memory:", time_zone)


class TestSqliteStore(StoreContract):
    @pytest.fixture
    def make_store(self, tmp_path: Path) -> MakeStore:
        pytest.importorskip("sqlalchemy")
        names = iter(range(100))
        return lambda time_zone: open_store(f"sqlite:///{tmp_path}/{next(names)}.db", time_zone, synchronous="off")
