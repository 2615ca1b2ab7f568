"""Ids and maps as columns hold them: docs in schema.py."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

_SPAN = 1 << 64
_SIGN = 1 << 63

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(dict[str, int]).decode


def id_bytes(trace_id: int) -> bytes:
    """Return a trace id as the column holds it."""
    return trace_id.to_bytes(16, "big")


def id_of(column: bytes) -> int:
    """Return the trace id that a column holds."""
    return int.from_bytes(column, "big")


def signed(span_id: int) -> int:
    """Return a span id as the column holds it."""
    return span_id if span_id < _SIGN else span_id - _SPAN


def unsigned(column: int) -> int:
    """Return the span id that a column holds."""
    return column if column >= 0 else column + _SPAN


def map_text(amounts: Mapping[str, int]) -> str:
    """Return a map of names to amounts as JSON, without spaces: `part_needles` relies on that."""
    return _encode(amounts if type(amounts) is dict else dict(amounts)).decode()


def map_of(column: str) -> dict[str, int]:
    """Return the map that a column holds."""
    return _decode(column)


def part_needles(name: str) -> tuple[str, str]:
    """Return two texts of which a column's JSON contains one where the map has this name, and none where it has not.

    A quote inside another name is escaped, so neither text can begin there.
    """
    quoted = _encode(name).decode()
    return "{" + quoted + ":", "," + quoted + ":"
