"""What is wrong with a configuration, said so that it can be put right at once."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from otel_agentcost.config.credentials import hide_credentials


class ConfigError(ValueError):
    """A configuration that cannot be used. Its text is one line a fault: where, key, value, what is allowed.

    The passwords of addresses are taken out of it, whoever wrote the text.
    """

    def __init__(self, text: str) -> None:
        super().__init__(hide_credentials(text))


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
    text = hide_credentials(repr(value))  # before it is cut: half an address would not be known for one
    return text if len(text) <= 60 else text[:57] + "…" + text[-1]


def did_you_mean(word: str, known: Iterable[str], prefix: str = "") -> str:
    """Return what was probably meant, or everything that may stand there where nothing is near.

    A `prefix` that all share makes nothing near to anything.
    """
    names = sorted(known)
    bare = {name.removeprefix(prefix): name for name in names}
    close = nearest(word.removeprefix(prefix), bare)
    return f"did you mean {bare[close]!r}?" if close else f"allowed: {', '.join(names)}"


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the word that was probably meant; None where nothing is near."""
    close = difflib.get_close_matches(word, known, n=1, cutoff=0.6)
    return close[0] if close else None
