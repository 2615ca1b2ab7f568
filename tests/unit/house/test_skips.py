"""CI allows no skip, and everyone else is told of each in plain words: tests/conftest.py."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

CONFTEST = Path(__file__).parents[2] / "conftest.py"
SKIPPING = """
import pytest

def test_that_runs():
    pass

@pytest.mark.skip(reason="no such database here")
def test_that_cannot():
    pass

@pytest.mark.xfail(reason="known", strict=True)
def test_that_is_known_to_fail():
    assert False
"""


def run(folder: Path, no_skips: str) -> subprocess.CompletedProcess[str]:
    (folder / "conftest.py").write_text(CONFTEST.read_text(encoding="utf-8"))
    (folder / "pytest.ini").write_text("[pytest]\n")
    switches = {"AGENTCOST_NO_SKIPS": no_skips, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider"],
        cwd=folder, capture_output=True, text=True, check=False, env={**os.environ, **switches},
    )  # fmt: skip


@pytest.mark.parametrize("no_skips", ["", "0"])
def test_a_skip_is_told_in_plain_words(tmp_path: Path, no_skips: str) -> None:
    (tmp_path / "test_it.py").write_text(SKIPPING)
    ended = run(tmp_path, no_skips)
    assert ended.returncode == 0
    assert "1 test skipped: no such database here" in ended.stdout


def test_a_skip_fails_where_none_is_allowed(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(SKIPPING)
    ended = run(tmp_path, "1")
    assert ended.returncode == 1
    assert "1 passed, 1 xfailed, 1 error" in ended.stdout
    assert "no such database here" in ended.stdout


def test_a_whole_module_that_is_skipped_fails_where_none_is_allowed(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text("import pytest\npytest.importorskip('no_such_module_anywhere')\n")
    ended = run(tmp_path, "1")
    assert ended.returncode != 0
    assert "no_such_module_anywhere" in ended.stdout
