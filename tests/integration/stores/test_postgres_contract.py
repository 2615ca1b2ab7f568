"""PostgreSQL keeps the contract of every store."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from otel_agentcost.stores.open import open_store
from tests.unit.stores.committing import MakeStore
from tests.unit.stores.contract import StoreContract

pytestmark = pytest.mark.integration


class TestPostgresStore(StoreContract):
    @pytest.fixture
    def make_store(self, new_database: Callable[[], str]) -> MakeStore:
        return lambda time_zone: open_store(new_database(), time_zone)
