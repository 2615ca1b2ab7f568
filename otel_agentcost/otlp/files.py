"""Read recorded OTLP from files and standard input: any encoding, any framing, told by content."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from otel_agentcost.engine.ports import EndedSpan
from otel_agentcost.otlp import json_spans, json_stream, wire, wire_stream
from otel_agentcost.otlp.compression import (
    ZSTD_MAGIC,
    Prefixed,
    Readable,
    decompress_frame,
    decompressing,
    read_up_to,
)
from otel_agentcost.otlp.errors import MalformedOtlp

STDIN = "-"
_HEAD_BYTES = 64

Progress = Callable[[int], None]
"""Called with how many more bytes of a file (as it lies on the disk) have been read."""


@dataclass
class Tally:
    """What came of reading: counted while the spans are being drawn."""

    files: int = 0
    """Files that were read to their end."""
    spans: int = 0
    skipped_spans: int = 0
    """Spans without usable ids or whose own bytes are malformed."""
    skipped_requests: int = 0
    """Whole requests (lines, frames, list elements) that do not parse; how many spans they held is not known."""
    first_skipped: str | None = None
    """Where and why the first of either was skipped."""
    unreadable: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    """Files that could not be read, or not to their end, and why."""

    def skip_request(self, why: str) -> None:
        self.skipped_requests += 1
        self.first_skipped = self.first_skipped or why

    def skip_span(self, why: str) -> None:
        self.skipped_spans += 1
        self.first_skipped = self.first_skipped or why


def iter_spans(
    paths: Iterable[str], tally: Tally | None = None, progress: Progress | None = None
) -> Iterator[EndedSpan]:
    """Yield the spans of every file in turn; `-` is standard input.

    Never raises for what a file holds: a file that cannot be read, or not to its end, is noted in `tally.unreadable`
    and the next one is read. Spans read before a file broke off were yielded and stay.
    """
    tally = Tally() if tally is None else tally
    for path in paths:
        try:
            for span in _spans_of_file(path, tally, progress):
                tally.spans += 1
                yield span
            tally.files += 1
        except MalformedOtlp as error:  # noqa: PERF203 - the next file is still to be read
            tally.unreadable.append((path, str(error)))
        except OSError as error:
            tally.unreadable.append((path, (error.strerror or str(error)).lower()))


def _spans_of_file(path: str, tally: Tally, progress: Progress | None) -> Iterator[EndedSpan]:
    if path == STDIN:
        stdin = getattr(sys.stdin, "buffer", None)
        if stdin is None:  # a process may be started with it closed
            raise MalformedOtlp("is closed")
        yield from _spans(_Counted(stdin, progress), path, tally)
        return
    with Path(path).open("rb") as file:
        yield from _spans(_Counted(file, progress), path, tally)


class _Counted:
    """A file that reports what is read from it."""

    def __init__(self, file: Readable, progress: Progress | None) -> None:
        self._file = file
        self._progress = progress

    def read(self, size: int = -1, /) -> bytes:
        data = self._file.read(size)
        if self._progress:
            self._progress(len(data))
        return data


def _spans(file: Readable, path: str, tally: Tally) -> Iterator[EndedSpan]:
    stream = decompressing(file)
    head = read_up_to(stream, _HEAD_BYTES)
    if not head:
        raise MalformedOtlp("is empty")
    whole = Prefixed(head, stream)
    if wire_stream.looks_framed(head):
        return _framed(whole, path, tally)
    if wire_stream.looks_like_request(head):
        return _protobuf(whole, path, tally)
    if head.lstrip(b" \t\r\n\xef\xbb\xbf")[:1] in (b"{", b"["):
        return _json(json_stream.json_documents(whole), path, tally)
    raise MalformedOtlp(f"is no OTLP: neither JSON nor protobuf (it starts with {head[:8]!r})")


def _json(documents: Iterable[tuple[int, bytes]], path: str, tally: Tally) -> Iterator[EndedSpan]:
    """Read requests; one that is none costs only itself, unless the file holds nothing else."""
    good = 0
    fault: MalformedOtlp | None = None
    for offset, document in documents:
        try:
            for span in json_spans.spans_of_request(json_stream.decode_json(document)):
                if span is None:
                    tally.skip_span(f"{path}: a span without usable ids in the request at byte {offset}")
                else:
                    yield span
            good += 1
        except json_spans.OtherSignal as error:  # noqa: PERF203 - a file may mix signals; nothing is lost
            fault = fault or error
        except MalformedOtlp as error:
            fault = fault or error
            tally.skip_request(f"{path}: the request at byte {offset}: {error}")
    if fault and not good:
        raise fault


def _protobuf(stream: Readable, path: str, tally: Tally) -> Iterator[EndedSpan]:
    for offset, message in wire_stream.resource_spans(stream):
        yield from wire.spans_of_resource(message, 0, len(message), _skipper(path, offset, tally))


def _framed(stream: Readable, path: str, tally: Tally) -> Iterator[EndedSpan]:
    for offset, frame in wire_stream.frames(stream):
        try:
            message = decompress_frame(frame, wire_stream.LARGEST_MESSAGE_BYTES) if frame[:4] == ZSTD_MAGIC else frame
            if message[:1] == b"{":
                yield from _json([(offset, message)], path, tally)
            else:
                yield from wire.spans_of_request(message, _skipper(path, offset, tally))
        except MalformedOtlp as error:  # noqa: PERF203 - the next frame is still whole
            tally.skip_request(f"{path}: the frame at byte {offset}: {error}")


def _skipper(path: str, offset: int, tally: Tally) -> wire.Skipped:
    def skipped(error: MalformedOtlp | None) -> None:
        tally.skip_span(f"{path}: a span in the message at byte {offset}: {error or 'no usable ids'}")

    return skipped
