"""How many examples a property is tried on: all in `make test`, a part in `make check`, which has a minute for all."""

from __future__ import annotations

import os

PERCENT = "EXAMPLES_PERCENT"
_percent = int(os.environ.get(PERCENT, "100"))


def examples(count: int) -> int:
    """Return how many of so many examples are to be tried now."""
    return max(5, count * _percent // 100)
