"""Walk the fields of a protobuf message and decode the AnyValue and KeyValue messages of OTLP."""

from __future__ import annotations

from collections.abc import Iterator
from struct import unpack_from
from typing import Any, TypeAlias

from otel_agentcost.otlp.errors import MalformedOtlp
from otel_agentcost.otlp.span_rules import MAX_DEPTH

VARINT, FIXED64, LENGTH, FIXED32 = 0, 1, 2, 5

Field: TypeAlias = tuple[int, int, int, int]
"""Field number, wire type, start and end of its content; for a varint the value itself stands where the start does."""

_SIGN_BIT = 1 << 63
_TWO_64 = 1 << 64


def varint(data: bytes, at: int, end: int) -> tuple[int, int]:
    """Return the unsigned 64-bit varint at `at` and the offset behind it."""
    value = shift = 0
    start = at
    while True:
        if at >= end:
            raise MalformedOtlp("a varint that breaks off", start)
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value & (_TWO_64 - 1), at
        shift += 7
        if shift >= 70:
            raise MalformedOtlp("a varint of more than ten bytes", start)


def fields(data: bytes, start: int, end: int) -> Iterator[Field]:
    """Yield the fields of the message at `data[start:end]` in their order.

    Raises:
        MalformedOtlp: a field leaves the message, or has no wire type that proto3 writes.
    """
    at = start
    while at < end:
        tag_at = at
        tag = data[at]
        at += 1
        if tag >= 0x80:
            tag, at = varint(data, tag_at, end)
        number, wire_type = tag >> 3, tag & 7
        if not number or number > 0x1FFFFFFF:
            raise MalformedOtlp(f"a field numbered {number}", tag_at)
        if wire_type == LENGTH:
            if at < end and data[at] < 0x80:
                size = data[at]
                at += 1
            else:
                size, at = varint(data, at, end)
            if size > end - at:
                raise MalformedOtlp(f"a field of {size} bytes where {end - at} are left", tag_at)
            yield number, LENGTH, at, at + size
            at += size
        elif wire_type == VARINT:
            value, at = varint(data, at, end)
            yield number, VARINT, value, at
        elif wire_type in (FIXED64, FIXED32):
            size = 8 if wire_type == FIXED64 else 4
            if size > end - at:
                raise MalformedOtlp(f"a field of {size} bytes where {end - at} are left", tag_at)
            yield number, wire_type, at, at + size
            at += size
        else:
            raise MalformedOtlp(f"a field of wire type {wire_type}", tag_at)


def text(data: bytes, start: int, end: int) -> str:
    """Return a string field; bytes that are not UTF-8 are replaced."""
    return data[start:end].decode("utf-8", "replace")


def int64(value: int) -> int:
    """Return an unsigned varint read as the signed 64-bit integer it stands for."""
    return value - _TWO_64 if value & _SIGN_BIT else value


def key_value(data: bytes, start: int, end: int, depth: int = 0) -> tuple[str, Any]:
    """Return the key and the plain Python value of a KeyValue message.

    Nearly every one is a key of less than 128 bytes and then a value that fills the rest, and is read without a walk.
    """
    if end - start > 2 and data[start] == 0x0A and data[start + 1] < 0x80:
        at = start + 2 + data[start + 1]
        if at + 1 < end and data[at] == 0x12:
            size, begin = data[at + 1], at + 2
            if size >= 0x80:
                size, begin = varint(data, at + 1, end)
            if begin + size == end:
                return data[start + 2 : at].decode("utf-8", "replace"), any_value(data, begin, end, depth)
    key = ""
    value: Any = None
    for number, wire_type, at, to in fields(data, start, end):
        if wire_type == LENGTH:
            if number == 1:
                key = text(data, at, to)
            elif number == 2:
                value = any_value(data, at, to, depth)
    return key, value


def any_value(data: bytes, start: int, end: int, depth: int = 0) -> Any:
    """Return the plain Python value of an AnyValue message: None where it is empty or too deep.

    A text or a number that fills the message, which is what nearly every one holds, is read without a walk.
    """
    if end - start > 1:
        tag = data[start]
        if tag == 0x0A:
            size, at = varint(data, start + 1, end)
            if at + size == end:
                return data[at:end].decode("utf-8", "replace")
        elif tag == 0x18:
            number, at = varint(data, start + 1, end)
            if at == end:
                return number - _TWO_64 if number & _SIGN_BIT else number
    return _walked_value(data, start, end, depth)


def _walked_value(data: bytes, start: int, end: int, depth: int) -> Any:
    value: Any = None
    for number, wire_type, at, to in fields(data, start, end):
        if wire_type == LENGTH:
            if number == 1:
                value = text(data, at, to)
            elif number == 5:
                value = _array(data, at, to, depth + 1)
            elif number == 6:
                value = _map(data, at, to, depth + 1)
            elif number == 7:
                value = data[at:to]
        elif wire_type == VARINT:
            if number == 3:
                value = int64(at)
            elif number == 2:
                value = at != 0
        elif wire_type == FIXED64 and number == 4:
            value = unpack_from("<d", data, at)[0]
    return value


def _array(data: bytes, start: int, end: int, depth: int) -> list[Any] | None:
    if depth > MAX_DEPTH:
        return None
    return [
        any_value(data, at, to, depth)
        for number, wire_type, at, to in fields(data, start, end)
        if number == 1 and wire_type == LENGTH
    ]


def _map(data: bytes, start: int, end: int, depth: int) -> dict[str, Any] | None:
    if depth > MAX_DEPTH:
        return None
    found: dict[str, Any] = {}
    for number, wire_type, at, to in fields(data, start, end):
        if number == 1 and wire_type == LENGTH:
            key, value = key_value(data, at, to, depth)
            found[key] = value
    return found
