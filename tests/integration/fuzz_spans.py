"""Fuzz the engine with malformed spans: `python -m tests.integration.fuzz_spans --seconds 600`, or `make fuzz`.

Recorded spans are mutated, given to an engine with the real price table, and what must hold for any input is asserted.
Guided by coverage where atheris is installed; by chance otherwise. Findings are told by where they arise, once each;
exits with 1 if there is any.
"""

from __future__ import annotations

import argparse
import importlib
import os
import random
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any


class Campaign:
    """Runs inputs until the time is over and keeps what went wrong, once for each place."""

    def __init__(self, seconds: float) -> None:
        self.until = time.monotonic() + seconds
        self.started = time.monotonic()
        self.executions = 0
        self.spans = 0
        self.findings: dict[str, str] = {}

    def over(self) -> bool:
        return time.monotonic() >= self.until

    def run(self, choices: Any) -> None:
        mutations = importlib.import_module("tests.integration.fuzz_mutations")
        invariants = importlib.import_module("tests.property.invariants")
        spans = mutations.malformed(choices)
        self.executions += 1
        self.spans += len(spans)
        try:
            invariants.check(spans)
            shuffled = [*spans, spans[choices.below(len(spans))]]
            random.Random(choices.below(1000)).shuffle(shuffled)
            invariants.check_order(spans, shuffled)
        except Exception as error:
            frame = traceback.extract_tb(error.__traceback__)[-1]
            place = f"{type(error).__name__} in {Path(frame.filename).name}:{frame.lineno}"
            if place not in self.findings:
                text = "".join(traceback.format_exception(type(error), error, error.__traceback__))
                self.findings[place] = f"{text[-3000:]}\nspans: {repr(spans)[:6000]}"
                print(f"finding: {place}: {str(error)[:300]}", flush=True)

    def report(self, guided: bool) -> int:
        seconds = time.monotonic() - self.started
        how = "guided by coverage" if guided else "by chance"
        print(
            f"{self.executions} inputs ({self.spans} spans) {how} in {seconds:.0f} s: "
            f"{len(self.findings)} finding{'' if len(self.findings) == 1 else 's'}"
        )
        for place, details in self.findings.items():
            print(f"\n--- {place}\n{details}")
        sys.stdout.flush()
        return 1 if self.findings else 0


def fuzz_by_chance(campaign: Campaign, seed: int) -> int:
    """Run mutations by chance; the same seed gives the same inputs."""
    chance = importlib.import_module("tests.integration.fuzz_mutations").Chance
    while not campaign.over():
        campaign.run(chance(seed))
        seed += 1
    return campaign.report(guided=False)


def fuzz_by_coverage(campaign: Campaign, seed: int, atheris: ModuleType) -> int:
    """Let atheris choose: inputs that reach new code of the package are kept and changed further. Does not return."""
    with atheris.instrument_imports(include=["otel_agentcost"], enable_loader_override=False):
        importlib.import_module("tests.property.invariants")
    with tempfile.TemporaryDirectory() as folder:
        chance = random.Random(seed)
        for n in range(64):
            Path(folder, str(n)).write_bytes(chance.randbytes(32 + 8 * n))

        def test_one_input(data: bytes) -> None:
            campaign.run(_Bytes(atheris.FuzzedDataProvider(data)))
            if campaign.over():
                os._exit(campaign.report(guided=True))  # libFuzzer offers no way back

        options = ["-max_len=1024", "-len_control=0", "-rss_limit_mb=0", "-verbosity=0", f"-seed={seed or 1}"]
        atheris.Setup([sys.argv[0], *options, folder], test_one_input)
        atheris.Fuzz()
    return campaign.report(guided=True)


class _Bytes:
    """Decisions that a fuzzer's bytes make."""

    def __init__(self, provider: Any) -> None:
        self._consume: Callable[[int, int], int] = provider.ConsumeIntInRange

    def below(self, limit: int) -> int:
        return self._consume(0, limit - 1)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--by-chance", action="store_true", help="do not use atheris, even where it is installed")
    arguments = parser.parse_args()
    campaign = Campaign(arguments.seconds)
    if not arguments.by_chance:
        try:
            atheris = importlib.import_module("atheris")
        except ImportError:
            print("atheris is not installed: inputs are made by chance")
        else:
            return fuzz_by_coverage(campaign, arguments.seed, atheris)
    return fuzz_by_chance(campaign, arguments.seed)


if __name__ == "__main__":
    sys.exit(main())
