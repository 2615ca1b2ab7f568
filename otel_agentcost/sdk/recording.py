"""Do a piece of work in the background every so often, again where it failed, and once more at the end."""

from __future__ import annotations

import atexit
import logging
import os
import random
import threading
import time
import weakref
from collections.abc import Callable
from typing import Protocol

from otel_agentcost.engine.store import StoreError, StoreUnavailableError
from otel_agentcost.sdk.guard import place

_logger = logging.getLogger("otel_agentcost")

_FIRST_RETRY_SECONDS = 0.5
_LONGEST_RETRY_SECONDS = 30.0
_LAST_RETRY_SECONDS = 0.2
_SAY_AGAIN_SECONDS = 60.0
_REST_SECONDS = 1.0


class Work(Protocol):
    """What is done in the background."""

    def flush(self) -> None:
        """Make durable what is there. May raise anything: it is called again."""
        ...

    def begin_again(self) -> None:
        """Forget what was under way: in the child of a fork, whose parent goes on with it."""
        ...

    def pending(self) -> int:
        """Return how many spans wait."""
        ...


class Recording:
    """A thread that flushes. Nothing raises into the application; what fails is logged, now and then, and retried.

    Args:
        work: what is to be done.
        interval_seconds: between two rounds; so much may be lost where the process dies.
    """

    def __init__(self, work: Work, interval_seconds: float) -> None:
        self._work = work
        self._interval_seconds = interval_seconds
        self._ended = False
        self._rests = False
        self._retry_seconds = 0.0
        self._said_at: float | None = None
        self._start()
        # Registered after the libraries that the store is made of, so it is called before theirs: at the end of the
        # interpreter they take down what a round would use, and what it adds meanwhile makes that fail.
        rest = weakref.WeakMethod(self._rest)
        atexit.register(lambda: _call(rest()))
        if hasattr(os, "register_at_fork"):
            restart = weakref.WeakMethod(self._restart)
            os.register_at_fork(after_in_child=lambda: _call(restart()))

    def flush(self, timeout_seconds: float) -> bool:
        """Flush now; return whether all is durable by then. Does not block for longer than asked."""
        if self._ended or threading.current_thread() is self._thread:
            return self._work.pending() == 0
        deadline = time.monotonic() + timeout_seconds
        with self._changed:
            self._wanted += 1
            wanted = self._wanted
            self._changed.notify_all()
            while self._done < wanted:
                left = deadline - time.monotonic()
                if left <= 0 or not self._thread.is_alive():
                    return False
                self._changed.wait(left)
            return self._last_worked

    def stop(self, timeout_seconds: float) -> None:
        """Flush once more, and end. May be called twice."""
        if self._ended:
            return
        deadline = time.monotonic() + timeout_seconds
        worked = self.flush(timeout_seconds)
        while not worked and (left := deadline - time.monotonic()) > _LAST_RETRY_SECONDS:
            time.sleep(_LAST_RETRY_SECONDS)
            worked = self.flush(left - _LAST_RETRY_SECONDS)
        self._ended = True
        with self._changed:
            self._changed.notify_all()
        self._thread.join(timeout_seconds)
        pending = self._work.pending()
        if not worked and pending:
            _logger.error(
                "otel_agentcost: the store could not be written before the end: %d spans are in no total", pending
            )

    def _rest(self) -> None:
        """Flush, and from now on only when asked."""
        self._rests = True
        self.flush(_REST_SECONDS)

    def _start(self) -> None:
        self._changed = threading.Condition()
        self._wanted = self._done = 0
        self._last_worked = True
        self._thread = threading.Thread(target=self._run, name="agentcost-recording", daemon=True)
        self._thread.start()

    def _restart(self) -> None:
        if not self._ended:
            self._work.begin_again()
            self._start()

    def _run(self) -> None:
        while not self._ended:
            with self._changed:
                if self._done == self._wanted:
                    self._changed.wait(None if self._rests else self._retry_seconds or self._interval_seconds)
                if self._done == self._wanted and (self._rests or self._ended):
                    continue
                wanted = self._wanted
            worked = self._flush()
            with self._changed:
                self._done, self._last_worked = wanted, worked
                self._changed.notify_all()

    def _flush(self) -> bool:
        try:
            self._work.flush()
        except (StoreUnavailableError, StoreError) as error:
            self._failed(str(error))
            return False
        except Exception as error:  # noqa: BLE001 - a fault of ours must not end the thread; the next round may do better
            self._failed(f"{type(error).__name__} at {place(error)}")
            return False
        if self._said_at is not None:
            _logger.warning("otel_agentcost: the store is back, and all that waited is in it")
        self._said_at, self._retry_seconds = None, 0.0
        return True

    def _failed(self, why: str) -> None:
        """Wait longer each time, and say so once a minute."""
        longer = min(max(self._retry_seconds * 2, _FIRST_RETRY_SECONDS), _LONGEST_RETRY_SECONDS)
        self._retry_seconds = longer * random.uniform(0.8, 1.2)  # noqa: S311 - so that a fleet does not retry in step
        now = time.monotonic()
        if self._said_at is None or now - self._said_at >= _SAY_AGAIN_SECONDS:
            self._said_at = now
            _logger.warning(
                "otel_agentcost: the store cannot be written (%s); %d spans wait in memory and are tried again",
                why,
                self._work.pending(),
            )


def _call(restart: Callable[[], None] | None) -> None:
    if restart is not None:
        restart()
