"""A writer that is killed at any moment: what is in the store is the truth of what it had acknowledged, each time.

The full form, 200 kills over 100,000 calls, is `python -m tests.integration.books.killing`, or these tests with
`BOOKS_KILLS` and `BOOKS_CALLS` in the environment.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from .killing import kill_again_and_again

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system"),
]
KILLS = int(os.environ.get("BOOKS_KILLS", "25"))
CALLS = int(os.environ.get("BOOKS_CALLS", "4000"))


def test_a_writer_killed_again_and_again_leaves_the_truth_each_time(store_url: str, tmp_path: Path) -> None:
    outcome = kill_again_and_again(store_url, tmp_path, seed=1, kills=KILLS, calls=CALLS)
    assert outcome.kills == KILLS
    assert outcome.in_commits > 0  # some kills hit a commit
    assert outcome.told > outcome.executions * 0.9
