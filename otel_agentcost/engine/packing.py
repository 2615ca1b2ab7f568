"""Pack the spans of an execution into bytes, for a store, and back.

A segment holds what the judge needs and no content: a tool's arguments are kept as a digest, which still tells equal
ones. Fields have numbers, so that a reader of any later version finds them; `FIELDS` may only grow at its end.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import Any, NamedTuple, cast

import msgspec
from msgspec import NODEFAULT
from msgspec.structs import astuple

from otel_agentcost.model.fact import Fact
from otel_agentcost.model.identity import NOBODY, Identity
from otel_agentcost.model.quote import Quote
from otel_agentcost.model.reading import Reading
from otel_agentcost.model.usage import Usage

VERSION = 1

FIELDS: tuple[str, ...] = (
    "kind", "convention", "provider", "request_model", "response_model", "host", "operation", "usage", "covers",
    "doubt", "service_tier", "region", "response_id", "reported_cost_nano_usd", "is_stream", "ends_stream",
    "is_failed", "agent", "tool", "tool_call_id", "tool_arguments", "mcp_server", "conversation", "user", "session",
    "team", "organization", "feature",
)  # fmt: skip
"""The fields of a `Reading` by their numbers."""

_NUMBERS = {name: number for number, name in enumerate(FIELDS)}
_ARGUMENTS = _NUMBERS["tool_arguments"]
_USAGE = _NUMBERS["usage"]
_VALUES_OF = attrgetter(*FIELDS)
_DEFAULTS = (NODEFAULT, NODEFAULT, *Reading.__struct_defaults__)
_DIGEST = "blake2b:"

_WORTH_COMPRESSING = 300
"""Bytes. Fewer hold one span at most, which repeats little."""
_COMPRESSED = b"8"
"""How what is compressed begins, since it looks 2 KB back; what is not begins with the length of an array."""


class Link(NamedTuple):
    """A span that is not about AI: it only ties others together."""

    span_id: int
    parent_span_id: int


class Unpacked(NamedTuple):
    """The spans of one segment."""

    facts: list[Fact]
    links: list[Link]


class UnreadableSegmentError(ValueError):
    """The bytes are no segment, or one of a later version."""


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder()


def pack_fact(fact: Fact) -> bytes:
    """Return one AI span as bytes. What no bytes can hold is made to fit: one odd span must not stop the others."""
    reading, quote = fact.reading, fact.quote
    row = (
        fact.span_id, fact.parent_span_id, fact.name, fact.scope, fact.start_unix_nano, fact.end_unix_nano,
        fact.process, None if fact.identity is NOBODY else fact.identity,
        None if reading is None else _numbered(reading), quote,
    )  # fmt: skip
    try:
        return _encoder.encode(row)
    except (UnicodeEncodeError, OverflowError):
        return _encoder.encode(_fitting(row))


def _fitting(value: Any) -> Any:
    """Return a value with texts that are UTF-8 and integers of 64 bits."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        return max(-(2**63), min(2**63 - 1, value)) if not 0 <= value < 2**64 else value
    if isinstance(value, dict):
        return {key: _fitting(each) for key, each in cast("dict[int, Any]", value).items()}
    if isinstance(value, (Usage, Quote)):
        return _fitting(astuple(value))
    if isinstance(value, tuple):
        return tuple(_fitting(each) for each in cast("tuple[Any, ...]", value))
    return value


def pack(
    facts: Iterable[bytes], links: Sequence[tuple[int, int]], mark: int = 0, *, is_compressed: bool = False
) -> bytes:
    """Return a segment of spans that `pack_fact` has packed, and of links; `mark` tells it from all others.

    The spans of an execution say the same of whom they ran for and how. Compressed they take less than half, for some
    10 µs: worth it where they are kept for months.
    """
    flat = [each for link in links for each in link]
    raw = [msgspec.Raw(each) for each in facts]
    segment = _encoder.encode((VERSION, raw, flat, mark))
    return _compressed(segment) if is_compressed and len(segment) >= _WORTH_COMPRESSING else segment


def unpack(trace_id: int, segment: bytes) -> Unpacked:
    """Return the spans of a segment.

    Raises:
        UnreadableSegmentError: the bytes are no segment, or were written by a later version.
    """
    try:
        version, rows, flat, *_ = _decoder.decode(zlib.decompress(segment) if segment[:1] == _COMPRESSED else segment)
        if version != VERSION:
            raise UnreadableSegmentError(f"a segment of version {version}; this program reads version {VERSION}")
        people: dict[Sequence[Any], Identity] = {}
        facts = [_fact(trace_id, row, people) for row in rows]
        pairs = iter(flat)
        return Unpacked(facts, [Link(*pair) for pair in zip(pairs, pairs, strict=True)])
    except UnreadableSegmentError:
        raise
    except (msgspec.MsgspecError, zlib.error, ValueError, TypeError, KeyError, IndexError) as error:
        raise UnreadableSegmentError(f"these bytes are no segment: {error}") from error


def unpack_all(trace_id: int, segments: Iterable[bytes]) -> Unpacked:
    """Return the spans of all segments, in their order.

    Raises:
        UnreadableSegmentError: as `unpack`.
    """
    found = Unpacked([], [])
    for segment in segments:
        facts, links = unpack(trace_id, segment)
        found.facts.extend(facts)
        found.links.extend(links)
    return found


def _compressed(segment: bytes) -> bytes:
    """Compress at the fastest level, with little memory: to lay out the usual amount takes longer than the work."""
    compressor = zlib.compressobj(level=1, wbits=11, memLevel=4)
    return compressor.compress(segment) + compressor.flush()


def _numbered(reading: Reading) -> dict[int, Any]:
    told = zip(_VALUES_OF(reading), _DEFAULTS, strict=True)
    found = {number: value for number, (value, default) in enumerate(told) if value is not default}
    arguments = found.get(_ARGUMENTS)
    if arguments is not None and not arguments.startswith(_DIGEST):
        found[_ARGUMENTS] = _DIGEST + hashlib.blake2b(arguments.encode("utf-8", "replace"), digest_size=8).hexdigest()
    return found


def _fact(trace_id: int, row: Sequence[Any], people: dict[Sequence[Any], Identity]) -> Fact:
    span_id, parent, name, scope, start, end, process, identity, numbered, quote = row
    return Fact(
        trace_id, span_id, parent, name, scope, start, end,
        None if numbered is None else _reading(numbered),
        None if quote is None else Quote(*quote),
        NOBODY if identity is None else people.setdefault(tuple(identity), Identity(*identity)),
        process,
    )  # fmt: skip


def _reading(numbered: dict[int, Any]) -> Reading:
    reading = Reading(numbered[0], numbered[1])
    for number, value in numbered.items():
        if number == _USAGE:
            reading.usage = Usage(*value)
        elif number > 1 and number < len(FIELDS):
            setattr(reading, FIELDS[number], value)
    return reading
