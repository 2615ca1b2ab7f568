"""Open gzip and zstd transparently, told by their first bytes and never by a file's name."""

from __future__ import annotations

import importlib
import io
import sys
import zlib
from collections.abc import Callable
from typing import Any, Protocol

from otel_agentcost.otlp.errors import MalformedOtlp

GZIP_MAGIC = b"\x1f\x8b"
ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"

_PIECE_BYTES = 1 << 20
"""Read in pieces, so that a length that lies costs no memory before the data ends."""

_COMPRESSED_BYTES = 1 << 14
"""Handed to the decompressor at once: little, since it may grow a thousandfold."""

_GZIP_WINDOW_BITS = 31
"""zlib's largest window, and a gzip header and check sum around it."""

STANDARD_LIBRARY_HAS_ZSTD = sys.version_info >= (3, 14)
ZSTD_MISSING = (
    "is compressed with zstd, which this Python cannot read: use Python 3.14 or newer, "
    "or `pip install otel-agentcost[zstd]`"
)


class Readable(Protocol):
    """The one thing asked of a source of bytes; `b""` at its end."""

    def read(self, size: int, /) -> bytes: ...


class Prefixed:
    """A stream with the bytes that were read ahead put back in front."""

    def __init__(self, head: bytes, stream: Readable) -> None:
        self._head = head
        self._stream = stream

    def read(self, size: int = -1, /) -> bytes:
        if not self._head:
            return self._stream.read(size)
        if size < 0:
            size = len(self._head)
        part, self._head = self._head[:size], self._head[size:]
        return part


def decompressing(stream: Readable) -> Readable:
    """Return a stream of the decompressed content; plain content comes back as it is.

    Raises:
        MalformedOtlp: zstd content and no library for it.
    """
    head = read_up_to(stream, len(ZSTD_MAGIC))
    whole = Prefixed(head, stream)
    if head.startswith(GZIP_MAGIC):
        return _Frames(whole, lambda: zlib.decompressobj(_GZIP_WINDOW_BITS), padding=b"\0")
    if head == ZSTD_MAGIC:
        return _open_zstd(whole)
    return whole


def decompress_frame(data: bytes, limit: int) -> bytes:
    """Return one zstd-compressed message of at most `limit` bytes, as the Collector's file exporter writes them."""
    whole = read_up_to(_open_zstd(io.BytesIO(data)), limit + 1)
    if len(whole) > limit:
        raise MalformedOtlp(f"a compressed message of more than {limit} bytes")
    return whole


def read_up_to(stream: Readable, size: int) -> bytes:
    """Read `size` bytes, fewer only at the end; a decompressor may return less than asked before it."""
    first = read_some(stream, min(size, _PIECE_BYTES))
    if len(first) == size or not first:
        return first
    parts = [first]
    size -= len(first)
    while size > 0 and (part := read_some(stream, min(size, _PIECE_BYTES))):
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def read_some(stream: Readable, size: int) -> bytes:
    """Read at most `size` bytes; b"" at the end.

    Raises:
        MalformedOtlp: the compressed data is corrupt or breaks off.
        OSError: the file cannot be read.
    """
    try:
        return stream.read(size)
    except EOFError:
        raise MalformedOtlp("the compressed data breaks off (is the file still being written?)") from None
    except zlib.error as error:
        raise MalformedOtlp(f"the gzip data is corrupt: {error}") from None
    except Exception as error:
        if type(error).__name__ != "ZstdError":  # whichever library is around
            raise
        raise MalformedOtlp(f"the zstd data is corrupt: {error}") from None


def _open_zstd(stream: Any) -> Readable:
    if STANDARD_LIBRARY_HAS_ZSTD:
        return _Frames(stream, importlib.import_module("compression.zstd").ZstdDecompressor)
    try:
        zstandard: Any = importlib.import_module("zstandard")
    except ImportError:
        raise MalformedOtlp(ZSTD_MISSING) from None
    return _Frames(stream, zstandard.ZstdDecompressor().decompressobj)


class _Frames:
    """Read gzip members or zstd frames one after another, and all that stands before a break before telling of it.

    The libraries' own file readers drop what they hold when the data breaks off, or take the break for the end.
    """

    def __init__(self, stream: Readable, open_frame: Callable[[], Any], padding: bytes = b"") -> None:
        self._stream = stream
        self._open_frame = open_frame
        self._padding = padding
        """May stand after a frame and means nothing, as a tape's last block has it."""
        self._frame: Any = None
        self._ended = False  # a frame did
        self._compressed: bytes = b""
        self._ready: bytes = b""
        self._at = 0  # what of it was read: single bytes are, and must not move the rest
        self._fault: Exception | None = None

    def read(self, size: int = -1, /) -> bytes:
        while self._at == len(self._ready):
            if self._fault is not None:
                raise self._fault
            if not self._compressed:
                self._compressed = self._stream.read(_COMPRESSED_BYTES)
                if not self._compressed:
                    if self._frame is None:
                        return b""
                    self._fault = EOFError()
                    continue
            self._decompress()
        end = len(self._ready) if size < 0 else self._at + size
        part = self._ready[self._at : end]
        self._at += len(part)
        return part

    def _decompress(self) -> None:
        """Make bytes ready of the compressed ones at hand, until those or a frame end."""
        if self._frame is None:
            if self._ended:
                self._compressed = self._compressed.lstrip(self._padding)
                if not self._compressed:
                    return
            self._frame = self._open_frame()
        self._ready, self._at = b"", 0
        before: Any = self._frame.copy() if hasattr(self._frame, "copy") else None
        try:
            self._ready = self._frame.decompress(self._compressed)
        except zlib.error as error:
            self._ready, self._fault = _before_fault(before, self._compressed), error
            return
        self._compressed = b""
        if self._frame.eof:
            self._compressed, self._frame = self._frame.unused_data, None
            self._ended = True


def _before_fault(frame: Any, compressed: bytes) -> bytes:
    """Return what corrupt data holds up to the fault: bytes go singly, since the call that meets it returns nothing."""
    parts: list[bytes] = []
    try:
        for at in range(len(compressed)):
            parts.append(frame.decompress(compressed[at : at + 1]))  # noqa: PERF401 - it ends by raising
    except zlib.error:
        pass
    return b"".join(parts)
