"""The fuzzer, for a few seconds; `make fuzz` gives it ten minutes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SECONDS = 20

pytestmark = pytest.mark.integration


def test_some_thousand_mutated_recordings_find_nothing() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.integration.fuzz_spans", "--by-chance", "--seed=42", f"--seconds={SECONDS}"],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=SECONDS * 6,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-2000:]
    inputs = int(done.stdout.rsplit(" inputs", 1)[0].split()[-1])
    assert inputs > 500
