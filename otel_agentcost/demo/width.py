"""How wide the demo prints where no terminal says it."""

from __future__ import annotations

import os
import sys

_COLUMNS = "120"


def set_width() -> None:
    """Have everything printed 120 columns wide where standard output is a file or a pipe and nobody asked otherwise.

    The commands that the demo asks print whole values there, as wide as they are: right for a script, hard to read.
    """
    if not sys.stdout.isatty():
        os.environ.setdefault("COLUMNS", _COLUMNS)
