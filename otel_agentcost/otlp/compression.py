"""Open gzip and zstd transparently, told by their first bytes and never by a file's name."""

from __future__ import annotations

import gzip
import importlib
import io
import sys
import zlib
from typing import Any, Protocol, cast

from otel_agentcost.otlp.errors import MalformedOtlp

GZIP_MAGIC = b"\x1f\x8b"
ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"

_PIECE_BYTES = 1 << 20
"""Read in pieces, so that a length that lies costs no memory before the data ends."""

_COMPRESSED_BYTES = 1 << 14
"""Handed to the decompressor at once: little, since it may grow a thousandfold."""

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
        return gzip.GzipFile(fileobj=cast("Any", whole), mode="rb")
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
    except (zlib.error, gzip.BadGzipFile) as error:
        raise MalformedOtlp(f"the gzip data is corrupt: {error}") from None
    except Exception as error:
        if type(error).__name__ != "ZstdError":  # whichever library is around
            raise
        raise MalformedOtlp(f"the zstd data is corrupt: {error}") from None


def _open_zstd(stream: Any) -> Readable:
    if STANDARD_LIBRARY_HAS_ZSTD:
        return cast("Readable", importlib.import_module("compression.zstd").ZstdFile(stream, "rb"))
    try:
        zstandard: Any = importlib.import_module("zstandard")
    except ImportError:
        raise MalformedOtlp(ZSTD_MISSING) from None
    return _ZstdFrames(stream, zstandard.ZstdDecompressor())


class _ZstdFrames:
    """Read frames one after another with the zstandard package, whose own reader takes a cut frame for its end."""

    def __init__(self, stream: Readable, decompressor: Any) -> None:
        self._stream = stream
        self._decompressor = decompressor
        self._frame: Any = None
        self._compressed = b""
        self._ready = b""

    def read(self, size: int = -1, /) -> bytes:
        while not self._ready:
            if not self._compressed:
                self._compressed = self._stream.read(_COMPRESSED_BYTES)
                if not self._compressed:
                    if self._frame is not None:
                        raise EOFError
                    return b""
            if self._frame is None:
                self._frame = self._decompressor.decompressobj()
            self._ready = self._frame.decompress(self._compressed)
            self._compressed = b""
            if self._frame.eof:
                self._compressed, self._frame = self._frame.unused_data, None
        size = len(self._ready) if size < 0 else size
        part, self._ready = self._ready[:size], self._ready[size:]
        return part
