"""What every store must do. A test of a store inherits `StoreContract` and says how to make one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from otel_agentcost.stores.open import Store
from tests.unit.stores.committing import MakeStore
from tests.unit.stores.contract_executions import ExecutionsContract
from tests.unit.stores.contract_reports import ReportsContract
from tests.unit.stores.contract_ties import TiesContract
from tests.unit.stores.contract_writing import WritingContract


class StoreContract(WritingContract, ExecutionsContract, ReportsContract, TiesContract):
    """Tests of `Writer` and `Reader`."""

    @pytest.fixture
    def make_store(self) -> MakeStore:
        """Return what makes an empty store of a time zone; a subclass says how."""
        raise NotImplementedError

    @pytest.fixture
    def store(self, make_store: MakeStore) -> Iterator[Store]:
        store = make_store("UTC")
        yield store
        store.close()
