"""PostgreSQL keeps the contract of every store, and that of every store that keeps rows by their age."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from otel_agentcost.stores.open import open_store
from tests.unit.stores.committing import MakeStore
from tests.unit.stores.contract import StoreContract
from tests.unit.stores.contract_retention import MakeKeeping, RetentionContract

pytestmark = pytest.mark.integration


class TestPostgresStore(StoreContract):
    @pytest.fixture
    def make_store(self, new_schema: Callable[[], str]) -> MakeStore:
        return lambda time_zone: open_store(new_schema(), time_zone)


class TestPostgresRetention(RetentionContract):
    @pytest.fixture
    def make_keeping(self, new_schema: Callable[[], str]) -> MakeKeeping:
        url = new_schema()
        return lambda kept: open_store(url, retention=kept)
