"""Connections do not survive a fork: parent and child would talk over each other. The child opens its own."""

from __future__ import annotations

import os
import weakref
from typing import Protocol


class Forkable(Protocol):
    def begin_again(self) -> None:
        """Forget connections and locks, without touching them, and open others when they are needed."""
        ...


_open: weakref.WeakSet[Forkable] = weakref.WeakSet()
_abandoned: list[object] = []


def watch(backend: Forkable) -> None:
    """Let the backend begin again in the child of each fork from now on."""
    _open.add(backend)


def abandon(*held: object) -> None:
    """Keep these for ever, so that no destructor closes in the child what the parent still uses."""
    _abandoned.extend(held)


def _in_child() -> None:
    for backend in list(_open):
        backend.begin_again()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_in_child)
