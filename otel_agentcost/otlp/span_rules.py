"""What both encodings of a span agree on beyond its fields."""

from __future__ import annotations

END_OF_TIME = 2**63
"""Unix nanoseconds of the year 2262; a clock at or after it is broken."""

MAX_DEPTH = 24
"""Arrays and maps nested deeper than this become None: no reader looks there, and a bomb must not recurse."""

_HAS_IS_REMOTE = 0x100
_IS_REMOTE = 0x200


def is_local_root(parent_span_id: int, flags: int) -> bool:
    """Return whether a span is the first of its process: no parent, or one that its flags call remote.

    The two bits are from OTLP 1.1 (`SpanFlags`). Older writers leave them out; then only a span with no parent counts.
    """
    return not parent_span_id or (flags & (_HAS_IS_REMOTE | _IS_REMOTE)) == (_HAS_IS_REMOTE | _IS_REMOTE)
