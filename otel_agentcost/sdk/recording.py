"""Keep an engine's books in the background: commit what has changed every so often, try again where the store is away."""

from __future__ import annotations

import logging
import os
import random
import threading
import time
import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING

from otel_agentcost.engine.store import StoreError, StoreUnavailableError
from otel_agentcost.sdk.guard import place

if TYPE_CHECKING:
    from otel_agentcost.engine.engine import Engine
    from otel_agentcost.engine.flushing import Flusher

_logger = logging.getLogger("otel_agentcost")

_FIRST_RETRY_SECONDS = 0.5
_LONGEST_RETRY_SECONDS = 30.0
_LAST_FLUSH_SECONDS = 5.0
_SAY_AGAIN_SECONDS = 60.0


class Recording:
    """A thread that flushes an engine's books. Nothing raises into the application; what fails is logged and retried.

    Args:
        engine: keeps the books that `flusher` commits.
        flusher: commits them.
        interval_seconds: between two commits; so much may be lost where the process dies.
    """

    def __init__(self, engine: Engine, flusher: Flusher, close: Callable[[], None], interval_seconds: float) -> None:
        self._engine = engine
        self._flusher = flusher
        self._close = close
        self._interval_seconds = interval_seconds
        self._ended = False
        self._retry_seconds = 0.0
        self._said_at = -_SAY_AGAIN_SECONDS
        self._refused_said = 0
        self._start()
        if hasattr(os, "register_at_fork"):
            restart = weakref.WeakMethod(self._restart)
            os.register_at_fork(after_in_child=lambda: _call(restart()))

    def flush(self, timeout_seconds: float) -> bool:
        """Commit all that is pending; return whether it is durable by then. Does not block longer than asked."""
        if self._ended:
            return True
        with self._changed:
            self._wanted += 1
            wanted = self._wanted
            self._changed.notify_all()
            deadline = time.monotonic() + timeout_seconds
            while self._done < wanted:
                left = deadline - time.monotonic()
                if left <= 0 or not self._thread.is_alive():
                    return False
                self._changed.wait(left)
            return self._last_worked

    def stop(self, timeout_seconds: float = _LAST_FLUSH_SECONDS) -> None:
        """Settle what is complete, commit all, and end. May be called twice."""
        if self._ended:
            return
        self._engine.retire()
        worked = self.flush(timeout_seconds)
        self._ended = True
        with self._changed:
            self._changed.notify_all()
        self._thread.join(timeout_seconds)
        books = self._engine.books
        if not worked and books is not None and books.stats.pending_spans:
            _logger.error(
                "otel_agentcost: the store could not be reached before the end: %d spans are in no total",
                books.stats.pending_spans,
            )
        self._close()

    def _start(self) -> None:
        self._changed = threading.Condition()
        self._wanted = self._done = 0
        self._last_worked = True
        self._thread = threading.Thread(target=self._run, name="agentcost-recording", daemon=True)
        self._thread.start()

    def _restart(self) -> None:
        """Begin again in the child of a fork; what was pending there is the parent's to commit."""
        if not self._ended and self._engine.books is not None:
            self._engine.books.forget()
            self._flusher.begin_again()
            self._start()

    def _run(self) -> None:
        while not self._ended:
            with self._changed:
                if self._done == self._wanted and not self._ended:
                    self._changed.wait(self._retry_seconds or self._interval_seconds)
                wanted = self._wanted
            worked = self._flush()
            with self._changed:
                self._done, self._last_worked = wanted, worked
                self._changed.notify_all()

    def _flush(self) -> bool:
        try:
            self._flusher.flush()
        except (StoreUnavailableError, StoreError) as error:
            self._failed(str(error))
            return False
        except Exception as error:  # noqa: BLE001 - a fault of ours must not end the thread; the next flush may do better
            self._failed(f"{type(error).__name__} at {place(error)}")
            return False
        if self._retry_seconds:
            _logger.warning("otel_agentcost: the store is back; all that was kept meanwhile is committed")
            self._said_at = -_SAY_AGAIN_SECONDS
        self._retry_seconds = 0.0
        self._say_refused()
        return True

    def _failed(self, why: str) -> None:
        """Wait longer each time, and say so now and then."""
        longer = min(max(self._retry_seconds * 2, _FIRST_RETRY_SECONDS), _LONGEST_RETRY_SECONDS)
        self._retry_seconds = longer * random.uniform(0.8, 1.2)  # noqa: S311 - so that a fleet does not retry in step
        self._say_refused()
        if time.monotonic() - self._said_at >= _SAY_AGAIN_SECONDS and self._engine.books is not None:
            self._said_at = time.monotonic()
            _logger.warning(
                "otel_agentcost: the store cannot be written: %s; %d spans wait in memory and are tried again",
                why,
                self._engine.books.stats.pending_spans,
            )

    def _say_refused(self) -> None:
        books = self._engine.books
        if books is not None and books.stats.refused_spans > self._refused_said:
            _logger.error(
                "otel_agentcost: %d spans worth $%.6f are in no total: the store was away for too long, and %d spans wait "
                "already",
                books.stats.refused_spans - self._refused_said,
                books.stats.refused_nano_usd / 1e9,
                books.max_pending_spans,
            )
            self._refused_said = books.stats.refused_spans


def _call(restart: Callable[[], None] | None) -> None:
    if restart is not None:
        restart()
