"""Turn attribute values, which nobody may trust, into checked ones.

Instrumentations write the same number as int, `120.0`, `"120"`, a JSON string or a Python repr; each function here
returns a plain value or None and never raises.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, cast

MAX_TEXT_CHARACTERS = 512
"""Longer names are cut: a name is not a document."""

MAX_STRUCTURE_CHARACTERS = 200_000
"""Larger embedded JSON is not parsed: it would cost more than it tells."""

_MAX_REPR_CHARACTERS = 8_000
"""Larger embedded reprs are not parsed: Python's parser is far slower than JSON's, and a usage is shorter."""

_MAX_DIGITS = 19


def tokens(value: object) -> int | None:
    """Return a count, also one that cannot be true (negative, huge): pricing refuses it with a reason."""
    if type(value) is int:
        return value
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, float):
        return int(value) if value == value and abs(value) < 1e18 and value.is_integer() else None  # noqa: PLR0124
    if isinstance(value, str):
        text = value.strip()
        if 0 < len(text) <= _MAX_DIGITS and text.lstrip("-").isdecimal() and text.count("-") <= 1 and text.isascii():
            try:
                return int(text)
            except ValueError:
                return None
        try:
            return tokens(float(text)) if 0 < len(text) <= 32 and text.isascii() else None
        except ValueError:
            return None
    return None


def text(value: object) -> str | None:
    """Return a non-empty name, cut at `MAX_TEXT_CHARACTERS`."""
    if isinstance(value, str) and value:
        if len(value) > MAX_TEXT_CHARACTERS:
            value = value[:MAX_TEXT_CHARACTERS]
        if not value.isascii():
            value = value.encode("utf-8", "replace").decode()  # half a surrogate pair would break every exporter
        return value.strip() or None
    return None


def truthy(value: object) -> bool:
    """Return whether a flag is set, spelled as a bool or as text (`True`, `true`)."""
    return value is True or (isinstance(value, str) and value.lower() == "true")


def structure(value: object) -> Mapping[str, Any] | None:
    """Return the mapping inside a value: as it is, from JSON, or from a Python repr of literals."""
    if isinstance(value, Mapping):
        return cast("Mapping[str, Any]", value)
    if not isinstance(value, str) or not 2 <= len(value) <= MAX_STRUCTURE_CHARACTERS or value[0] != "{":
        return None
    try:
        parsed: object = json.loads(value)
    except (ValueError, RecursionError):
        if len(value) > _MAX_REPR_CHARACTERS or value[1] != "'":
            return None  # no repr of a mapping of names; Python's parser would warn about what it meets in broken JSON
        try:
            parsed = ast.literal_eval(value)
        except (ValueError, SyntaxError, RecursionError, MemoryError, TypeError):
            return None
    return cast("Mapping[str, Any]", parsed) if isinstance(parsed, Mapping) else None


def host(value: object) -> str | None:
    """Return the lower-case host of an address such as `api.openai.com`, `host:443` or `https://host/v1`."""
    return _host(value) if isinstance(value, str) and len(value) <= MAX_TEXT_CHARACTERS else None


@lru_cache(maxsize=1024)
def _host(value: str) -> str | None:
    found = value.strip()
    if "://" in found:
        found = found.split("://", 1)[1]
    found = found.split("/", 1)[0].rsplit("@", 1)[-1]
    if found.count(":") == 1:
        found = found.split(":", 1)[0]
    return found.lower() or None


def first(attributes: Mapping[str, Any], *keys: str) -> Any:
    """Return the first value that is present and not empty."""
    for key in keys:
        value = attributes.get(key)
        if value is not None and value != "":
            return value
    return None


def first_tokens(attributes: Mapping[str, Any], keys: tuple[str, ...]) -> int | None:
    """Return the first of the keys that holds a count."""
    for key in keys:
        if (value := attributes.get(key)) is not None and (count := tokens(value)) is not None:
            return count
    return None
