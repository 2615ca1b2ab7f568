"""Eight processes write one store: each call counts once, each execution settles once, and is told once.

A process that is killed between a commit and its telling takes the telling with it: then an execution's end, or what a
call cost, is in the books but in no signal. It is never told twice.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from .sharing import share

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system"),
]
CALLS = int(os.environ.get("BOOKS_SHARED_CALLS", "1200"))


def test_eight_processes_on_one_store_count_each_call_once_and_tell_it_once(store_url: str, tmp_path: Path) -> None:
    outcome = share(store_url, tmp_path, seed=1, calls=CALLS, kills=0)
    assert outcome.merged > outcome.executions
    assert set(outcome.completed.values()) == {1}
    assert len(outcome.completed) == outcome.executions
    assert outcome.told == outcome.stored


def test_eight_processes_two_of_which_are_killed_count_each_call_once(store_url: str, tmp_path: Path) -> None:
    outcome = share(store_url, tmp_path, seed=2, calls=CALLS, kills=2)
    assert set(outcome.completed.values()) == {1}
    assert outcome.executions * 0.9 < len(outcome.completed) <= outcome.executions
