"""What reading recorded OTLP can go wrong with."""

from __future__ import annotations


class MalformedOtlp(ValueError):  # noqa: N818 - named for what the data is, as protobuf's DecodeError is
    """Bytes that are no OTLP trace data, or that break off.

    `offset` counts bytes from the start of the data that was handed in (after decompression); None where the fault
    is in a whole document rather than at a place.
    """

    def __init__(self, what: str, offset: int | None = None) -> None:
        super().__init__(what if offset is None else f"{what} at byte {offset}")
        self.what = what
        self.offset = offset
