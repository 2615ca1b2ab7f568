"""A store on disk, and a process that records into it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.cli.recorded import NOW, Recorder, recording


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the commands ask at the moment that the recorder's clock shows."""
    monkeypatch.setattr("otel_agentcost.cli.books.time_ns", lambda: NOW)


@pytest.fixture
def store_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'books.db'}"


@pytest.fixture
def recorder(store_url: str) -> Iterator[Recorder]:
    with recording(store_url) as process:
        yield process
