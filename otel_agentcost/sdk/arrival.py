"""The clock of arrivals: Unix time as it was when the process began, and from there on as time passes.

A clock that is set back or forwards would settle executions at once, or none until it has caught up.
"""

from __future__ import annotations

import time

_BEGAN_UNIX_NANO = time.time_ns() - time.monotonic_ns()


def arrival_unix_nano() -> int:
    """Return the time of arrival of what comes now."""
    return _BEGAN_UNIX_NANO + time.monotonic_ns()
