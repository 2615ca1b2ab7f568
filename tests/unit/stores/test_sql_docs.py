"""What docs/stores.md says of the tables is so."""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path

import pytest

pytest.importorskip("sqlalchemy")

from otel_agentcost.stores.open import open_store
from otel_agentcost.stores.sql.schema import metadata
from tests.unit.stores.committing import put
from tests.unit.stores.making import NOON, call

PAGE = (Path(__file__).parents[3] / "docs" / "stores.md").read_text(encoding="utf-8")


def test_the_page_lists_exactly_the_tables_that_there_are() -> None:
    listed = re.findall(r"^\| `(\w+)` \| ", PAGE.partition("## Tables")[2], re.MULTILINE)
    assert set(listed) == set(metadata.tables)


def test_the_queries_of_the_page_answer(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/books.db")
    put(store, 2**127 + 1, [call(2**127 + 1, 1, NOON, 2_500_000_000)])
    store.close()
    queries = re.search(r"```sql\n(.*?)```", PAGE, re.DOTALL)
    assert queries is not None
    connection = sqlite3.connect(tmp_path / "books.db")
    answers = [connection.execute(query).fetchall() for query in queries.group(1).strip().split("\n")]
    connection.close()
    assert answers == [[("80000000000000000000000000000001", "POST /answer", 2.5)], [("2024-10-04", "support", 2.5)]]
