"""Cut a stream of JSON text into the OTLP requests it holds, without ever holding more than one of them.

Accepted: one request, requests one a line, requests one after another however they are laid out, and arrays of
requests.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import msgspec

from otel_agentcost.otlp.compression import Prefixed, Readable, read_some
from otel_agentcost.otlp.errors import MalformedOtlp
from otel_agentcost.otlp.json_cutter import LARGEST_REQUEST_BYTES, Cutter

_CHUNK_BYTES = 1 << 19

_BLANK = b" \t\r\n\xef\xbb\xbf"
_MORE_FOLLOWS = (b"{", b"[", b",", b"}")
"""How a line ends that a pretty-printer broke, or that holds several requests."""


def json_documents(stream: Readable) -> Iterator[tuple[int, bytes]]:
    """Yield each request, still as text, with the offset where it starts.

    Where the first line is a request, or looks like one that broke off, each line is one: a line that broke off (a
    Collector was killed) then costs only itself. Otherwise brackets are matched, which needs no lines at all.

    Raises:
        MalformedOtlp: the text breaks off within a value, or holds a bracket that closes nothing.
    """
    head = b""
    while not head.strip(_BLANK) and (chunk := read_some(stream, _CHUNK_BYTES)):
        head += chunk
    whole = Prefixed(head, stream)
    if head.lstrip(_BLANK)[:1] == b"[":  # before any line is looked for: a list of requests often is one line
        yield from _cut(Cutter(), whole)
        return
    lines = _Lines(whole)
    offset, first = next(lines, (0, b""))
    if _is_json(first) or first[-1:] not in _MORE_FOLLOWS:
        yield offset, first
        yield from lines
        return
    cutter = Cutter(offset)
    yield from cutter.feed(first + b"\n")
    yield from _cut(cutter, Prefixed(lines.rest(), whole))


def _cut(cutter: Cutter, stream: Readable) -> Iterator[tuple[int, bytes]]:
    while chunk := read_some(stream, _CHUNK_BYTES):
        yield from cutter.feed(chunk)
    yield from cutter.finish()


def _is_json(document: bytes) -> bool:
    try:
        decode_json(document)
    except MalformedOtlp:
        return False
    return True


class _Lines:
    """Yield a stream's lines that hold anything, stripped, each with its offset."""

    def __init__(self, stream: Readable) -> None:
        self._stream = stream
        self._buffer = bytearray()
        self._offset = 0  # of the buffer's first byte
        self._searched = 0

    def __iter__(self) -> Iterator[tuple[int, bytes]]:
        return self

    def __next__(self) -> tuple[int, bytes]:
        while True:
            end = self._buffer.find(b"\n", self._searched)
            if end < 0:
                self._searched = len(self._buffer)
                if self._searched > LARGEST_REQUEST_BYTES:
                    raise MalformedOtlp(f"a line longer than {LARGEST_REQUEST_BYTES >> 20} MiB", self._offset)
                if chunk := self._read():
                    self._buffer += chunk
                    continue
                if not self._buffer:
                    raise StopIteration
                end = self._searched
            at, line = self._offset, bytes(self._buffer[:end])
            del self._buffer[: end + 1]
            self._offset += end + 1
            self._searched = 0
            if text := line.strip(_BLANK):
                return at + line.index(text[:1]), text

    def _read(self) -> bytes:
        """Read on; a compressed stream may break off behind a last request that is whole, which then counts."""
        try:
            return read_some(self._stream, _CHUNK_BYTES)
        except MalformedOtlp:
            if not _is_json(bytes(self._buffer)):
                raise
            return b""  # the next read breaks off again, with nothing left to lose

    def rest(self) -> bytes:
        """Return what was read beyond the last line."""
        return bytes(self._buffer)


def decode_json(document: bytes) -> Any:
    """Return the Python value of JSON text.

    What msgspec refuses (lone surrogates, bytes that are not UTF-8, NaN, endless integers) is read again by the more
    forgiving standard library: one odd attribute must not lose a request's spans.

    Raises:
        MalformedOtlp: neither can read it.
    """
    try:
        return msgspec.json.decode(document)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass
    try:
        return json.loads(document.decode("utf-8", "replace"), parse_int=_lenient_int)
    except json.JSONDecodeError as error:
        raise MalformedOtlp(f"not JSON: {error.msg}", error.pos) from None
    except RecursionError:
        raise MalformedOtlp("JSON nested too deep") from None
    except ValueError as error:
        raise MalformedOtlp(f"not JSON: {error}") from None


def _lenient_int(digits: str) -> int | None:
    return int(digits) if len(digits) <= 400 else None
