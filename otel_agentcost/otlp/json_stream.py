"""Cut a stream of JSON text into the OTLP requests it holds, without ever holding more than one of them.

Accepted: one request, requests one a line, requests one after another however they are laid out, and arrays of
requests. Only brackets and strings are looked at, so a request that does not parse is handed out too and costs
nobody but itself.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import msgspec

from otel_agentcost.otlp.compression import Readable, read_some
from otel_agentcost.otlp.errors import MalformedOtlp

LARGEST_REQUEST_BYTES = 1 << 30
"""One request above this is refused: memory is bounded by the largest request, not by the file."""

_CHUNK_BYTES = 1 << 18

_TO_BRACKET_OR_QUOTE = re.compile(rb'[^"\[\]{}]*')
_TO_END_OF_STRING = re.compile(rb'[^"\\]*(?:\\.[^"\\]*)*', re.DOTALL)
_SEPARATORS = re.compile(rb"[ \t\r\n,\xef\xbb\xbf]*")
"""What may stand between two requests; commas within an array, and a byte order mark that Windows tools write."""
_BLANK = b" \t\r\n\xef\xbb\xbf"
_MORE_FOLLOWS = (b"{", b"[", b",", b"}")
"""How a line ends that a pretty-printer broke, or that holds several requests."""

_QUOTE, _OPEN_OBJECT, _OPEN_ARRAY = b'"'[0], b"{"[0], b"["[0]
_OPENING, _CLOSING = b"[{", b"]}"


def json_documents(stream: Readable) -> Iterator[tuple[int, bytes]]:
    """Yield each request, still as text, with the offset where it starts.

    Where the first line is a request, or looks like one that broke off, each line is one: a line that broke off (a
    Collector was killed) then costs only itself. Otherwise brackets are matched, which needs no lines at all.

    Raises:
        MalformedOtlp: the text breaks off within a value, or holds a bracket that closes nothing.
    """
    lines = _Lines(stream)
    offset, first = next(lines, (0, b""))
    if first[:1] == b"{" and (_is_json(first) or first[-1:] not in _MORE_FOLLOWS):
        yield offset, first
        yield from lines
        return
    cutter = _Cutter(offset)
    yield from cutter.feed(first + b"\n")
    yield from cutter.feed(lines.rest())
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
                if chunk := read_some(self._stream, _CHUNK_BYTES):
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


class _Cutter:
    """The scanner's state between two chunks."""

    def __init__(self, offset: int = 0) -> None:
        self._buffer = bytearray()
        self._offset = offset  # of the buffer's first byte
        self._scanned = 0  # in the buffer; everything before it is understood
        self._depth = 0  # of brackets, within the value
        self._in_string = False
        self._in_array = False  # a top-level array whose elements are handed out

    def feed(self, chunk: bytes) -> Iterator[tuple[int, bytes]]:
        self._buffer += chunk
        while True:
            if not self._depth and not self._in_string and not self._start_value():
                return
            end = self._end_of_value()
            if end < 0:
                if len(self._buffer) > LARGEST_REQUEST_BYTES:
                    raise MalformedOtlp(f"a request larger than {LARGEST_REQUEST_BYTES >> 20} MiB", self._offset)
                return
            yield self._offset, bytes(self._buffer[:end])
            self._drop(end)

    def finish(self) -> Iterator[tuple[int, bytes]]:
        """Hand out a bare last word, which nothing but the end terminates, for its reader to refuse."""
        if self._depth or self._in_string:
            raise MalformedOtlp("the JSON breaks off in the middle of a request that starts", self._offset)
        if self._in_array:
            raise MalformedOtlp("the JSON breaks off: its list is not closed", self._offset + len(self._buffer))
        if self._buffer:
            yield self._offset, bytes(self._buffer)

    def _start_value(self) -> bool:
        """Move to the next value's first byte; False where more input is needed first."""
        while True:
            self._drop(_end(_SEPARATORS, self._buffer, 0))
            if not self._buffer:
                return False
            first = self._buffer[0]
            if first == _OPEN_ARRAY and not self._in_array:
                self._in_array = True
                self._drop(1)
            elif first in _CLOSING:
                if not self._in_array or first != b"]"[0]:
                    raise MalformedOtlp(f"not JSON: an unexpected {chr(first)!r}", self._offset)
                self._in_array = False
                self._drop(1)
            else:
                return True

    def _end_of_value(self) -> int:
        """Return where the current value ends in the buffer, or -1 where it is not complete yet."""
        buffer, position = self._buffer, self._scanned
        size = len(buffer)
        while position < size:
            if self._in_string:
                position = _end(_TO_END_OF_STRING, buffer, position)
                if position >= size or buffer[position] != _QUOTE:
                    break  # the end of the chunk, or a backslash whose character is yet to come
                self._in_string = False
                position += 1
            elif not self._depth and buffer[position] not in b'"[{':
                return self._end_of_word(position)
            else:
                position = _end(_TO_BRACKET_OR_QUOTE, buffer, position)
                if position >= size:
                    break
                byte = buffer[position]
                position += 1
                if byte == _QUOTE:
                    self._in_string = True
                    continue
                self._depth += 1 if byte in _OPENING else -1
            if not self._depth and not self._in_string:
                self._scanned = position
                return position
        self._scanned = position
        return -1

    def _end_of_word(self, position: int) -> int:
        """Return the end of a number or a bare word where a request belongs; its reader says what it is."""
        for at in range(position, len(self._buffer)):
            if self._buffer[at] in b' \t\r\n,[]{}"':
                return max(at, position + 1)
        return -1

    def _drop(self, count: int) -> None:
        if count:
            del self._buffer[:count]
            self._offset += count
        self._scanned = 0


def _end(pattern: re.Pattern[bytes], buffer: bytearray, position: int) -> int:
    found = pattern.match(buffer, position)
    return found.end() if found else position
