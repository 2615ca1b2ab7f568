"""Which settings are secret: their values are in no error."""

from __future__ import annotations

from typing import Annotated, Any, get_args, get_origin

from msgspec import Meta


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
