"""Run every check of the house, two at a time, and print what failed: `make check`."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
SECONDS_ASKED = 60


class Step(NamedTuple):
    name: str
    command: tuple[str, ...]


FAST = "not integration and not performance"
OTHERS = ("tests/unit/cli", "tests/unit/stores")
WITHOUT = tuple(f"--ignore={each}" for each in OTHERS)
"""Two at a time end the sooner the more alike they are in size."""

EXAMPLES = {"EXAMPLES_PERCENT": "20"}
"""Of those of the property tests; `make test` tries all."""
STEPS = (
    Step("unit tests", ("python", "-m", "pytest", "-m", FAST, "tests/unit", *WITHOUT)),
    Step("invariants", ("python", "-m", "pytest", "-m", FAST, "tests/property", "tests/golden")),
    Step("the others", ("python", "-m", "pytest", "-m", FAST, *OTHERS)),
    Step("types", ("pyright", "--warnings")),
    Step("format", ("ruff", "format", "--check", ".")),
    Step("lint", ("ruff", "check", ".")),
    Step("layers", ("lint-imports", "--no-cache")),
    Step("file lengths", ("python", "scripts/file_lengths.py")),
)


class Outcome(NamedTuple):
    step: Step
    passed: bool
    seconds: float
    output: str


def run(step: Step) -> Outcome:
    """Run one step; a tool that is not installed fails like any other."""
    program, *arguments = step.command
    started = time.perf_counter()
    done = subprocess.run(
        [str(BIN / program), *arguments],
        cwd=ROOT, env=os.environ | EXAMPLES, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
    )  # fmt: skip
    return Outcome(step, done.returncode == 0, time.perf_counter() - started, done.stdout)


def main() -> int:
    started = time.perf_counter()
    failed = 0
    with ThreadPoolExecutor(max_workers=2) as pool:
        for outcome in pool.map(run, STEPS):
            verdict = "ok    " if outcome.passed else "FAILED"
            print(f"{verdict} {outcome.step.name:<13} {outcome.seconds:5.1f} s", flush=True)
            if not outcome.passed:
                failed += 1
                print(outcome.output.rstrip() + "\n", flush=True)
    seconds = time.perf_counter() - started
    print(f"{len(STEPS) - failed} of {len(STEPS)} checks passed in {seconds:.0f} s")
    if seconds > SECONDS_ASKED:
        print(f"note: this is meant to end within {SECONDS_ASKED} s; see which tests belong in tests/integration")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
