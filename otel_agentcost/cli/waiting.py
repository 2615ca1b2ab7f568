"""Show on a terminal that a long read goes on, and how far it is."""

from __future__ import annotations

import sys
import threading
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

_T = TypeVar("_T")

_WORTH_SHOWING_SECONDS = 0.5
_EVERY = 1_000


class Waiting:
    """How far a read is. Counts; shows nothing itself."""

    def __init__(self, what: str) -> None:
        self.what = what
        self.done = 0

    def count(self, rows: Iterable[_T]) -> Iterator[_T]:
        """Yield the rows, and count them."""
        for number, row in enumerate(rows, 1):
            if number % _EVERY == 0:
                self.done = number
            yield row

    def __str__(self) -> str:
        return f"{self.what}, {self.done:,} so far" if self.done else self.what


@contextmanager
def waiting(what: str) -> Generator[Waiting]:
    """Show `what` and how far it is on a terminal, from half a second on; elsewhere nothing: logs stay clean."""
    state = Waiting(what)
    if not sys.stderr.isatty():
        yield state
        return
    over = threading.Event()
    thread = threading.Thread(target=_show, args=(state, over), daemon=True)
    thread.start()
    try:
        yield state
    finally:
        over.set()
        thread.join()


def _show(state: Waiting, over: threading.Event) -> None:
    if over.wait(_WORTH_SHOWING_SECONDS):
        return
    from rich.console import Console  # noqa: PLC0415 - a terminal and a long read only
    from rich.status import Status  # noqa: PLC0415

    with Status(str(state), console=Console(stderr=True)) as status:
        while not over.wait(0.2):
            status.update(str(state))
