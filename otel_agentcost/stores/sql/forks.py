"""Connections do not survive a fork: parent and child would talk over each other. The child opens its own."""

from __future__ import annotations

import os
import weakref
from typing import Protocol


class Forkable(Protocol):
    def begin_again(self) -> None:
        """Forget connections and locks, without touching them, and open others when they are needed."""
        ...


class Stoppable(Protocol):
    def hold_still(self) -> None:
        """Have nothing under way from now on, nor open what a child must not inherit: a fork is to come."""
        ...

    def go_on(self) -> None:
        """Go on after the fork, in the parent."""
        ...


_open: weakref.WeakSet[Forkable] = weakref.WeakSet()
_abandoned: list[object] = []
_stoppable: weakref.WeakSet[Stoppable] = weakref.WeakSet()
_held: list[Stoppable] = []


def watch(backend: Forkable) -> None:
    """Let the backend begin again in the child of each fork from now on."""
    _open.add(backend)


def stop(backend: Stoppable) -> None:
    """Let the backend hold still during each fork from now on."""
    _stoppable.add(backend)


def abandon(*held: object) -> None:
    """Keep these for ever, so that no destructor closes in the child what the parent still uses."""
    _abandoned.extend(held)


def _before() -> None:
    for backend in list(_stoppable):
        backend.hold_still()
        _held.append(backend)


def _in_parent() -> None:
    while _held:
        _held.pop().go_on()


def _in_child() -> None:
    _held.clear()
    for backend in list(_open):
        backend.begin_again()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before, after_in_parent=_in_parent, after_in_child=_in_child)
