"""Make names of values that nobody may trust: of users, teams and whoever else an execution runs for."""

from __future__ import annotations

import re

MAX_CHARACTERS = 256

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def as_name(value: object) -> str | None:
    """Return a value as a name that can be stored, shown and sent anywhere: bounded, and without control characters.

    None where it is no name: anything but text and whole numbers.
    """
    if isinstance(value, str):
        value = value[:MAX_CHARACTERS].strip()
        if not value.isprintable():  # half a surrogate pair would break exporters, a zero byte PostgreSQL
            value = _CONTROL.sub("?", value.encode("utf-8", "replace").decode())
        return value or None
    return str(value)[:MAX_CHARACTERS] if type(value) is int else None
