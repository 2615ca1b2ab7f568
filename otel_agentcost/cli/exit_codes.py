"""The exit codes of every command; docs/cli.md explains them."""

from __future__ import annotations

OK = 0
PROBLEMS = 1
"""The command did its work and has something bad to say: a file could not be read, a check failed."""
USAGE = 2
"""Nothing was done: wrong arguments, a wrong configuration, or no input that could be read."""
INTERRUPTED = 130
BROKEN_PIPE = 141
