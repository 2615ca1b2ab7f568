"""Find where one JSON value ends and the next begins, in text that comes in chunks.

Only brackets and strings are looked at, so a value that does not parse is handed out too and costs nobody but itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from otel_agentcost.otlp.errors import MalformedOtlp

LARGEST_REQUEST_BYTES = 1 << 30
"""One request above this is refused: memory is bounded by the largest request, not by the file."""

# Whole strings are jumped over with what surrounds them: one step of Python a bracket, not one a string.
_TO_BRACKET_OR_OPEN_STRING = re.compile(rb'[^"\[\]{}]*(?:"[^"\\]*(?:\\.[^"\\]*)*"[^"\[\]{}]*)*', re.DOTALL)
_TO_END_OF_STRING = re.compile(rb'[^"\\]*(?:\\.[^"\\]*)*', re.DOTALL)
_NEXT_REQUEST = re.compile(rb'\}(?=[ \t\r\n]*,[ \t\r\n]*\{[ \t\r\n]*"resource_?[sS]pans")')

_SEPARATORS = re.compile(rb"[ \t\r\n,\xef\xbb\xbf]*")
"""What may stand between two requests; commas within an array, and a byte order mark that Windows tools write."""

_QUOTE, _OPEN_OBJECT, _OPEN_ARRAY = b'"'[0], b"{"[0], b"["[0]
_OPENING, _CLOSING = b"[{", b"]}"


class Cutter:
    """Takes chunks of JSON text and hands out whole values; keeps its place between two chunks."""

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
            end = self._end_at_next_request() or self._end_of_value()
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

    def _end_at_next_request(self) -> int:
        """Return the value's end where the next request seems to start, if that is true; 0 where it is not.

        What is a whole JSON value up to there can end nowhere else. msgspec reads it many times faster than brackets
        are matched here, so this finds nearly every end in a list of requests.
        """
        if self._scanned or not self._in_array:
            return 0
        found = _NEXT_REQUEST.search(self._buffer)
        if not found:
            return 0
        try:
            msgspec.json.decode(bytes(self._buffer[: found.start() + 1]), type=msgspec.Raw)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return 0
        return found.start() + 1

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
            else:
                if self._depth:
                    position = _end(_TO_BRACKET_OR_OPEN_STRING, buffer, position)
                    if position >= size:
                        break
                elif buffer[position] not in b'"[{':
                    return self._end_of_word(position)
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
