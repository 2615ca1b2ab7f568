"""Keep what fails inside from reaching the application.

Each public callback of this ring is one `try` around all that it does, and its `except` is written out in place:

    except Exception as error:
        try:
            self.errors.record("on_end", error)
        except Exception:
            pass

A decorator or context manager would read better, but it is a call, and at the recursion limit a call is what fails.
`Exception` it is: KeyboardInterrupt, SystemExit and cancellation are the application's own and pass.
"""

from __future__ import annotations

import contextlib
import logging
from pathlib import PurePath

_logger = logging.getLogger("otel_agentcost")


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
                    "otel_agentcost: %s failed inside (%s). The application went on, without this cost; "
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
