"""Cut a stream of OTLP protobuf into messages: one request, or frames as the Collector's file exporter writes them."""

from __future__ import annotations

from collections.abc import Iterator

from otel_agentcost.otlp.compression import ZSTD_MAGIC, Readable, read_up_to
from otel_agentcost.otlp.errors import MalformedOtlp
from otel_agentcost.otlp.wire_values import varint

LARGEST_MESSAGE_BYTES = 1 << 30
"""A length above this is refused before anything is read: garbage must not allocate memory."""

_FRAME_HEADER_BYTES = 4
_RESOURCE_SPANS_TAG = 0x0A  # field 1, length-delimited

# What may stand first in a ResourceSpans, and in its resource: an attribute, a count, an entity, or, where the resource
# is empty, the scopes.
_RESOURCE_TAG = 0x0A
_OTHER_RESOURCE_SPANS_TAGS = (0x12, 0x1A)
_FIRST_IN_RESOURCE = (b"\x0a", b"\x10", b"\x1a", b"\x12", b"")


def frames(stream: Readable) -> Iterator[tuple[int, bytes]]:
    """Yield each framed message with the offset where its content starts.

    A frame is a 4-byte big-endian length and that many bytes (fileexporter's `exportMessageAsBuffer`).

    Raises:
        MalformedOtlp: a frame breaks off, or claims to be longer than anyone writes.
    """
    offset = 0
    while header := read_up_to(stream, _FRAME_HEADER_BYTES):
        if len(header) < _FRAME_HEADER_BYTES:
            raise MalformedOtlp("the length of a frame breaks off", offset)
        size = int.from_bytes(header, "big")
        if size > LARGEST_MESSAGE_BYTES:
            raise MalformedOtlp(f"a frame of {size} bytes", offset)
        offset += _FRAME_HEADER_BYTES
        content = read_up_to(stream, size)
        if len(content) < size:
            raise MalformedOtlp(f"a frame of {size} bytes of which {len(content)} are left", offset)
        yield offset, content
        offset += size


def resource_spans(stream: Readable) -> Iterator[tuple[int, bytes]]:
    """Yield each ResourceSpans message of one request with its offset, so that memory holds one at a time.

    Requests written one after another are one request to protobuf, and are read as such.

    Raises:
        MalformedOtlp: the request breaks off, or holds a field that an ExportTraceServiceRequest has not.
    """
    offset = 0
    while tag := read_up_to(stream, 1):
        if tag[0] != _RESOURCE_SPANS_TAG:
            raise MalformedOtlp("no OTLP trace request: a field that it does not have", offset)
        size, length_bytes = _read_varint(stream, offset + 1)
        if size > LARGEST_MESSAGE_BYTES:
            raise MalformedOtlp(f"a field of {size} bytes", offset)
        offset += 1 + length_bytes
        content = read_up_to(stream, size)
        if len(content) < size:
            raise MalformedOtlp(f"a field of {size} bytes of which {len(content)} are left", offset)
        yield offset, content
        offset += size


def _read_varint(stream: Readable, offset: int) -> tuple[int, int]:
    held = b""
    while len(held) < 11 and (byte := read_up_to(stream, 1)):
        held += byte
        if byte[0] < 0x80:
            break
    try:
        return varint(held, 0, len(held))
    except MalformedOtlp as error:
        raise MalformedOtlp(error.what, offset) from None


def looks_framed(head: bytes) -> bool:
    """Return whether data starts like a frame: a sane length, then a protobuf, JSON or zstd message."""
    size = int.from_bytes(head[:_FRAME_HEADER_BYTES], "big")
    content = head[_FRAME_HEADER_BYTES:]
    if len(head) < _FRAME_HEADER_BYTES or size > LARGEST_MESSAGE_BYTES or head[0] > 0x08:
        return False  # 0x09 and up start JSON's white space, protobuf's tags and all text
    return size == 0 or content[:1] in (b"\n", b"{") or content.startswith(ZSTD_MAGIC)


def looks_like_request(head: bytes) -> bool:
    """Return whether data starts like ResourceSpans in a request, also where JSON's line feed would fit.

    A line feed is also the tag of a request's only field, so the next levels are looked at: a resource, whose only
    content is attributes and a count, or scopes.
    """
    if head[:1] != b"\n":
        return False
    try:
        size, at = varint(head, 1, len(head))
        if not 0 < size <= LARGEST_MESSAGE_BYTES:
            return size == 0
        tag, at = varint(head, at, len(head))
        _, at = varint(head, at, len(head))
    except MalformedOtlp:
        return False
    if tag != _RESOURCE_TAG:
        return tag in _OTHER_RESOURCE_SPANS_TAGS
    return head[at : at + 1] in _FIRST_IN_RESOURCE
