"""Keep engines usable in a child process that was forked while other threads were at work.

A lock that another thread holds at the fork stays held in the child for ever, since that thread does not exist there.
So the forking thread takes every engine's lock first, as the standard library's logging does: nobody is inside an
engine at the fork, and its books are whole on both sides.
"""

# pyright: reportPrivateUsage=false
# The engine knows nothing of processes; this ring, which does, holds its one lock for an instant.

from __future__ import annotations

import os
import threading
import weakref
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from otel_agentcost.engine.engine import Engine

_engines: weakref.WeakSet[Engine] = weakref.WeakSet()
_held: list[threading.RLock] = []


def survive_forks(engine: Engine) -> None:
    """Hold the engine still during each fork from now on."""
    _engines.add(engine)


def _take_all() -> None:
    for engine in list(_engines):
        lock = engine._lock
        lock.acquire()
        _held.append(lock)


def _release_all() -> None:
    while _held:
        _held.pop().release()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_take_all, after_in_parent=_release_all, after_in_child=_release_all)
