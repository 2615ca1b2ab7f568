"""Values that repeat from execution to execution, kept once each."""

from __future__ import annotations

import threading
from collections.abc import Hashable
from typing import Any, TypeVar

_T = TypeVar("_T", bound=Hashable)


class Names(dict[_T, Any]):
    """`names[value]` is what stands for a value: its number, or beyond a bound the value itself. None stands for None.

    A dictionary, so that the usual look-up costs no call of a Python function. Thread-safe.
    """

    def __init__(self, max_values: int) -> None:
        super().__init__()
        self._max_values = max_values
        self._values: list[_T] = []
        self._lock = threading.Lock()

    def __missing__(self, value: _T) -> Any:
        if value is None:
            return None
        with self._lock:
            if value in self:
                return self[value]
            if len(self._values) >= self._max_values:
                return value
            self._values.append(value)  # first, so that whoever sees the number finds the value
            number = self[value] = len(self._values) - 1
            return number

    def begin_again(self) -> None:
        """Make a new lock, in the child of a fork."""
        self._lock = threading.Lock()

    def value_of(self, packed: Any) -> Any:
        """Return the value for which something stands."""
        return self._values[packed] if isinstance(packed, int) else packed
