"""Keep what is secret out of every text that leaves this ring: errors, logs, and what the commands print."""

from __future__ import annotations

import re
from typing import Annotated, Any, get_args, get_origin

from msgspec import Meta

HIDDEN = "***"

_IN_ADDRESS = re.compile(r"(?<=://)([^\s/@:'\"]*):(?!PASSWORD@)[^\n]*(?=@)")  # that one is in our own advice
_IN_QUERY = re.compile(r"([?&;][\w.-]*(?:pass|pwd|secret|token|key)[\w.-]*=)[^\s&;'\"]*", re.IGNORECASE)


def secret(description: str) -> Meta:
    """Return the annotation of a setting whose value is never shown, nor what stands in its place by mistake."""
    return Meta(description=description, extra={"secret": True}, extra_json_schema={"writeOnly": True})


def is_secret(kind: Any) -> bool:
    """Return whether a type is annotated as that of a secret."""
    while get_origin(kind) is Annotated:
        kind, *notes = get_args(kind)
        if any(isinstance(note, Meta) and note.extra and note.extra.get("secret") for note in notes):
            return True
    return False


def hide_credentials(text: str) -> str:
    """Return a text in which addresses have lost their passwords, wherever in them they stand.

    A password may hold any character, so all up to the line's last `@` goes: rather too much than a part of it.
    """
    return _IN_QUERY.sub(rf"\1{HIDDEN}", _IN_ADDRESS.sub(rf"\1:{HIDDEN}", text))
