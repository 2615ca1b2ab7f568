"""Time contenders side by side, all in turn in each round, so that a slow moment of the machine hits all alike."""

from __future__ import annotations

import gc
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, NamedTuple


class Worker:
    """A process of its own that is asked again and again: a module that prints a line of JSON when it is ready, and one
    for each line that it reads. Used as a context manager, which waits until it is ready, and ends it.
    """

    def __init__(self, module: str, *arguments: str) -> None:
        command = [sys.executable, "-m", module, *arguments]
        self._name = " ".join(command[2:])
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __enter__(self) -> Worker:
        self.told: Any = self._read()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            self._process.kill()
        self._process.communicate()

    def ask(self, question: str) -> Any:
        """Return what it answers."""
        assert self._process.stdin is not None
        print(question, file=self._process.stdin, flush=True)
        return self._read()

    def _read(self) -> Any:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self._name} ended with {self._process.wait()}")
        return json.loads(line)


class Contender(NamedTuple):
    """Something to time. `run` does its work once and returns the seconds that count, however it measures them."""

    name: str
    run: Callable[[], float]


@dataclass(frozen=True)
class Table:
    """One benchmark's outcome: the median seconds per unit of work of each contender, the first being the yardstick.

    `goals` maps a contender to what is asked of it, in words, for the reader of the table.
    """

    title: str
    unit: str
    scale: float
    medians: Mapping[str, float]
    yardstick: str
    notes: Sequence[str] = ()
    digits: int = 2
    goals: Mapping[str, str] = field(default_factory=dict)

    def ratio(self, name: str) -> float:
        return self.medians[name] / self.medians[self.yardstick]


@dataclass(frozen=True)
class Figures:
    """Several figures of each of several cases, where one figure does not tell it: a column each.

    A figure that a case has not is NaN. `goals` says in words what is asked of a column, `digits` how to write it.
    """

    title: str
    case: str
    columns: Sequence[str]
    rows: Mapping[str, Sequence[float]]
    digits: Sequence[int]
    goals: Mapping[str, str] = field(default_factory=dict)
    notes: Sequence[str] = ()

    def figure(self, row: str, column: str) -> float:
        return self.rows[row][list(self.columns).index(column)]


def interleave(contenders: Sequence[Contender], rounds: int) -> dict[str, float]:
    """Return each contender's median over the rounds; one more round before them warms up and is not counted."""
    taken: dict[str, list[float]] = {contender.name: [] for contender in contenders}
    for counted in range(-1, rounds):
        # Forwards and backwards by turns: whoever runs second finds the processor warmer than whoever runs first.
        order = contenders if counted % 2 else list(reversed(contenders))
        for contender in order:
            gc.collect()
            seconds = contender.run()
            if counted >= 0:
                taken[contender.name].append(seconds)
    return {name: statistics.median(values) for name, values in taken.items()}


def loop(work: Callable[[], object], times: int) -> Callable[[], float]:
    """Return a run that does the work so many times and gives one's CPU seconds, as others share the machine."""

    def run() -> float:
        repeats = range(times)
        started = time.process_time()
        for _ in repeats:
            work()
        return (time.process_time() - started) / times

    return run


def in_process_of_its_own(module: str, *arguments: str) -> dict[str, Any]:
    """Run a module that prints one JSON object, in a fresh interpreter, and return the object."""
    # With compiled files kept, as users have them: else each import would be timed with its compilation.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    command = [sys.executable, "-m", module, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if done.returncode:
        raise RuntimeError(f"{module} {' '.join(arguments)} exited with {done.returncode}:\n{done.stderr}")
    return json.loads(done.stdout)
