"""Write JSON row by row, in ASCII, without building it whole: an answer may hold millions of rows."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, TextIO

import msgspec

SCHEMA = 1


def write_rows(out: TextIO, rows: Iterable[dict[str, Any]]) -> None:
    """Write the rows of a list, one a line, without its brackets."""
    separator = "\n"
    for row in rows:
        out.write(separator)
        out.write(encode(row))
        separator = ",\n"


def encode(row: Any) -> str:
    """Return a value in ASCII, which any terminal, pipe or locale carries."""
    text = msgspec.json.encode(row)
    return text.decode() if text.isascii() else json.dumps(row, separators=(",", ":"))
