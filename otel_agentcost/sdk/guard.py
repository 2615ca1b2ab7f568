"""Keep what fails inside from reaching the application: DESIGN invariant 8."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Iterator
from functools import wraps
from pathlib import PurePath
from typing import ParamSpec, TypeVar

_logger = logging.getLogger("otel_agentcost")

P = ParamSpec("P")
T = TypeVar("T")


class InternalErrors:
    """Count the faults of one edge and log each kind once.

    A log line names the callback, the exception's type and the place in the source; never the exception's message or
    a value, since either may hold a prompt. There is no lock, so that a fork can never find it held: two threads that
    fail at the same instant may count once, which is good enough to see that something fails.
    """

    __slots__ = ("_said", "total")

    def __init__(self) -> None:
        self.total = 0
        self._said: set[str] = set()

    def record(self, callback: str, error: BaseException) -> None:
        """Count one fault. Never raises: it runs inside `except` blocks of the application's own calls."""
        with contextlib.suppress(Exception):
            self.total += 1
            kind = f"{type(error).__name__} at {place(error)}"
            if kind not in self._said and len(self._said) < _MAX_KINDS:
                self._said.add(kind)
                _logger.error(
                    "otel_agentcost: %s failed inside (%s). The span went on without its cost; "
                    "this kind of fault is counted but not logged again.",
                    callback,
                    kind,
                )


_MAX_KINDS = 100
"""Enough to tell faults apart, and a bound on the set that remembers them."""


def place(error: BaseException) -> str:
    """Return `file.py:line` of the innermost frame: source positions only, never values."""
    frame = error.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    return "unknown" if frame is None else f"{PurePath(frame.tb_frame.f_code.co_filename).name}:{frame.tb_lineno}"


@contextlib.contextmanager
def swallowed(errors: InternalErrors, callback: str) -> Iterator[None]:
    """Swallow and count any fault of a block that is not on the hot path.

    KeyboardInterrupt, SystemExit and the like pass: they are the application's, not ours.
    """
    try:
        yield
    except Exception as error:  # noqa: BLE001 - nothing of ours may reach the application
        errors.record(callback, error)


def never_raises(errors: InternalErrors, otherwise: T) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Decorate a function so that a fault inside is counted and `otherwise` is returned."""

    def decorate(function: Callable[P, T]) -> Callable[P, T]:
        @wraps(function)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> T:
            with swallowed(errors, function.__name__):
                return function(*args, **kwargs)
            return otherwise

        return guarded

    return decorate
