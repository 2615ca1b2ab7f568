"""Take the passwords out of a text: errors, logs, and what the commands print."""

from __future__ import annotations

import re

HIDDEN = "***"

_IN_ADDRESS = re.compile(r"(?<=://)([^\s/@:'\"]*):(?!PASSWORD@)[^\n]*(?=@)")  # that one is in our own advice
_IN_QUERY = re.compile(r"([?&;][\w.-]*(?:pass|pwd|secret|token|key)[\w.-]*=)[^\s&;'\"]*", re.IGNORECASE)


def hide_credentials(text: str) -> str:
    """Return a text in which addresses have lost their passwords, wherever in them they stand.

    A password may hold any character, so all up to the line's last `@` goes: rather too much than a part of it.
    """
    return _IN_QUERY.sub(rf"\1{HIDDEN}", _IN_ADDRESS.sub(rf"\1:{HIDDEN}", text))
