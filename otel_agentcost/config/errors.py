"""What is wrong with a configuration, said so that it can be put right at once."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class ConfigError(ValueError):
    """A configuration that cannot be used. Its text is one line a fault: where, key, value, what is allowed."""


def shown(value: object) -> str:
    """Return a value for an error line: as YAML writes it, never long."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list" if value else "an empty list"
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "…" + text[-1]


def did_you_mean(word: str, known: Iterable[str], prefix: str = "") -> str:
    """Return what was probably meant, or everything that may stand there where nothing is near.

    A `prefix` that all share makes nothing near to anything.
    """
    names = sorted(known)
    bare = {name.removeprefix(prefix): name for name in names}
    close = difflib.get_close_matches(word.removeprefix(prefix), bare, n=1, cutoff=0.6)
    return f"did you mean {bare[close[0]]!r}?" if close else f"allowed: {', '.join(names)}"
