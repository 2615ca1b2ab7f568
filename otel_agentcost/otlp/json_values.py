"""Decode the scalar and AnyValue shapes of OTLP/JSON, as forgiving as the writers are sloppy.

Producers differ: 64-bit integers as strings or numbers, camelCase or snake_case, bytes as base64. Each function takes
whatever JSON holds and returns a plain Python value or None; none of them raises.
"""

from __future__ import annotations

import base64
import binascii
import math
import re
from collections.abc import Iterable, Mapping
from typing import Any, cast

from otel_agentcost.otlp.span_rules import MAX_DEPTH

_LONGEST_INTEGER = 4_000
"""Digits; just below CPython's own limit on text to integer, which raises."""

_HEX = re.compile(r"[0-9a-fA-F]*")

Json = Mapping[str, Any]


def as_mapping(value: Any) -> Json:
    """Return the value where it is a JSON object, else an empty one."""
    return cast("Json", value) if isinstance(value, dict) else {}


def as_list(value: Any) -> list[Any]:
    """Return the value where it is a JSON array, else an empty one."""
    return cast("list[Any]", value) if isinstance(value, list) else []


def as_text(value: Any) -> str:
    """Return the value where it is text, else empty; lone surrogates are replaced, so it can always be printed."""
    if not isinstance(value, str):
        return ""
    return value if value.isascii() else clean(value)


def clean(text: str) -> str:
    """Return the text with what UTF-8 cannot carry replaced."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace").decode()
    return text


def as_integer(value: Any) -> int | None:
    """Return an integer from a JSON number or its text, or None where there is none (1.5, NaN, true, "x")."""
    if isinstance(value, int):
        return None if isinstance(value, bool) else value
    if isinstance(value, float):
        return int(value) if value.is_integer() else None
    if isinstance(value, str) and len(value) <= _LONGEST_INTEGER:
        try:
            return int(value)
        except ValueError:
            return None
    return None


def as_double(value: Any) -> float | None:
    """Return a float from a JSON number or its text ("NaN" and "Infinity" are text in OTLP/JSON)."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        return float(value)
    except (ValueError, OverflowError):
        return None


def as_id(value: Any, size_bytes: int) -> int:
    """Return a trace or span id as an integer; 0 where it is missing or is none.

    Hex is what OTLP/JSON asks for; base64, protobuf's own JSON form, is what some back ends export. The length tells
    them apart: 16 bytes are 32 digits of hex and 24 of base64, 8 bytes are 16 and 12.
    """
    if not isinstance(value, str) or not value:
        return 0
    if len(value) == 4 * math.ceil(size_bytes / 3):
        try:
            raw = base64.b64decode(value, validate=True)
        except (binascii.Error, ValueError):
            raw = b""
        if len(raw) == size_bytes:
            return int.from_bytes(raw, "big")
    if len(value) <= 2 * size_bytes and _HEX.fullmatch(value):
        return int(value, 16)
    return 0


def as_bytes(value: Any) -> bytes | None:
    """Return bytes from their base64 text, plain or URL-safe, padded or not."""
    if not isinstance(value, str):
        return None
    try:
        text = value.replace("-", "+").replace("_", "/").rstrip("=")
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None


def any_value(value: Any, depth: int = 0) -> Any:
    """Return the Python value of an OTLP AnyValue; None where it is empty, malformed or too deep."""
    if not isinstance(value, dict):
        return None
    for key, held in cast("dict[str, Any]", value).items():
        if key in ("stringValue", "string_value"):
            return as_text(held) if isinstance(held, str) else None
        if key in ("intValue", "int_value"):
            return as_integer(held)
        if key in ("doubleValue", "double_value"):
            return as_double(held)
        if key in ("boolValue", "bool_value"):
            return held if isinstance(held, bool) else None
        if key in ("arrayValue", "array_value"):
            if depth >= MAX_DEPTH:
                return None
            return [any_value(item, depth + 1) for item in as_list(as_mapping(held).get("values"))]
        if key in ("kvlistValue", "kvlist_value"):
            return attributes(as_mapping(held).get("values"), depth + 1) if depth < MAX_DEPTH else None
        if key in ("bytesValue", "bytes_value"):
            return as_bytes(held)
    return None


def attributes(pairs: Any, depth: int = 0) -> dict[str, Any]:
    """Return a list of KeyValue as a dict; of two equal keys the last counts, as in an SDK."""
    if isinstance(pairs, dict):  # not OTLP, but unmistakable: {"key": value}
        return {clean(key): _plain(held) for key, held in cast("Json", pairs).items()}
    found: dict[str, Any] = {}
    for pair in cast("Iterable[Any]", as_list(pairs)):
        if isinstance(pair, dict):
            key = cast("Json", pair).get("key", "")
            if isinstance(key, str):
                found[key if key.isascii() else clean(key)] = any_value(cast("Json", pair).get("value"), depth)
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return clean(value)
    return value if isinstance(value, (bool, int, float)) else any_value(value)
