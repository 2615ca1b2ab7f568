"""Every encoding, framing and compression, told by content; and what becomes of bad input."""

from __future__ import annotations

import gzip
import importlib
import io
import json
import re
import sys
import tracemalloc
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from otlp_requests import as_json, as_protobuf, framed, request, span

from otel_agentcost.otlp import compression
from otel_agentcost.otlp.files import Tally, iter_spans

ONE, TWO, THREE = (span(name=name, spanId=f"{number:016x}") for number, name in enumerate(("one", "two", "three"), 1))
LINES = json.dumps(request(ONE)).encode() + b"\n" + json.dumps(request(TWO, THREE)).encode() + b"\n"


def read(tmp_path: Path, *contents: bytes) -> tuple[list[str], Tally]:
    paths: list[str] = []
    for number, content in enumerate(contents):
        path = tmp_path / f"{number}.dat"
        path.write_bytes(content)
        paths.append(str(path))
    tally = Tally()
    return [found.name for found in iter_spans(paths, tally)], tally


def zstd_compress(data: bytes) -> bytes:
    if sys.version_info >= (3, 14):
        return importlib.import_module("compression.zstd").compress(data)
    return importlib.import_module("zstandard").ZstdCompressor().compress(data)


ENCODINGS = {
    "one request": json.dumps(request(ONE, TWO, THREE)).encode(),
    "one request, laid out": b"\n\n" + json.dumps(request(ONE, TWO, THREE), indent=2).encode(),
    "a list": as_json(request(ONE), request(TWO, THREE)),
    "a list, laid out": as_json(request(ONE), request(TWO, THREE), indent=4),
    "a list on a line each": as_json(request(ONE)) + b"\n" + as_json(request(TWO, THREE)),
    "lines": LINES,
    "lines without a last line feed": LINES.rstrip(),
    "lines of Windows": b"\xef\xbb\xbf" + LINES.replace(b"\n", b"\r\n\r\n"),
    "requests one after another": LINES.replace(b"\n", b" "),
    "laid out requests one after another": b"\n".join(
        json.dumps(each, indent=1).encode() for each in (request(ONE), request(TWO, THREE))
    ),
    "protobuf": as_protobuf("one", "two", "three"),
    "protobuf, two requests": as_protobuf("one") + as_protobuf("two", "three"),
    "frames": framed(as_protobuf("one"), b"", as_protobuf("two", "three")),
    "frames of JSON": framed(json.dumps(request(ONE)).encode(), json.dumps(request(TWO, THREE)).encode()),
}


@pytest.mark.parametrize("content", ENCODINGS.values(), ids=ENCODINGS)
@pytest.mark.parametrize("gzipped", [False, True], ids=["plain", "gzip"])
def test_the_same_spans_come_out_of_every_encoding(tmp_path: Path, content: bytes, gzipped: bool) -> None:
    names, tally = read(tmp_path, gzip.compress(content) if gzipped else content)
    assert names == ["one", "two", "three"]
    assert (tally.files, tally.spans, tally.unreadable, tally.first_skipped) == (1, 3, [], None)


@pytest.mark.parametrize("content", ENCODINGS.values(), ids=ENCODINGS)
def test_a_chunk_may_end_anywhere(tmp_path: Path, content: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("otel_agentcost.otlp.json_stream._CHUNK_BYTES", 7)
    assert read(tmp_path, content)[0] == ["one", "two", "three"]


def test_gzip_members_one_after_another_are_one_file(tmp_path: Path) -> None:
    first, second = LINES.splitlines(keepends=True)
    assert read(tmp_path, gzip.compress(first) + gzip.compress(second))[0] == ["one", "two", "three"]


def test_zstd_is_read_as_a_file_and_as_frames(tmp_path: Path) -> None:
    assert read(tmp_path, zstd_compress(LINES))[0] == ["one", "two", "three"]
    frames = framed(zstd_compress(json.dumps(request(ONE)).encode()), zstd_compress(as_protobuf("two", "three")))
    assert read(tmp_path, frames)[0] == ["one", "two", "three"]


def test_zstd_that_is_corrupt_is_said_to_be(tmp_path: Path) -> None:
    packed = zstd_compress(LINES)
    _, tally = read(
        tmp_path, packed[:12] + bytes(byte ^ 0xFF for byte in packed[12:]), packed[:-5], packed + b"garbage"
    )
    assert len(tally.unreadable) == 3
    for _, why in tally.unreadable:
        assert re.search("zstd data is corrupt|compressed data breaks off", why), why


def test_zstd_frames_one_after_another_are_one_file(tmp_path: Path) -> None:
    first, second = LINES.splitlines(keepends=True)
    assert read(tmp_path, zstd_compress(first) + zstd_compress(second))[0] == ["one", "two", "three"]


def test_without_a_zstd_library_the_message_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compression, "STANDARD_LIBRARY_HAS_ZSTD", False)
    monkeypatch.setitem(sys.modules, "zstandard", None)
    _, tally = read(tmp_path, compression.ZSTD_MAGIC + b"rest")
    assert "pip install otel-agentcost[zstd]" in tally.unreadable[0][1]


def test_standard_input_is_a_file_like_any_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(gzip.compress(LINES))))
    assert [found.name for found in iter_spans(["-"])] == ["one", "two", "three"]


def test_a_pipe_that_trickles_is_read_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    class Trickle(io.RawIOBase):
        left = as_protobuf("one", "two", "three")

        def readable(self) -> bool:
            return True

        def readinto(self, buffer: Any) -> int:
            buffer[:1] = part = self.left[:1]
            self.left = self.left[1:]
            return len(part)

    monkeypatch.setattr("sys.stdin", type("Stdin", (), {"buffer": Trickle()})())
    assert [found.name for found in iter_spans(["-"])] == ["one", "two", "three"]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "is empty"),
        (b"   \n ", "neither JSON nor protobuf"),
        (b"hello", "neither JSON nor protobuf"),
        (b"\x89PNG\r\n\x1a\n", "neither JSON nor protobuf"),
        (b"{}x", "resourceSpans|not JSON"),
        (b'{"data": [{"traceID": "1"}]}', "without resourceSpans"),
        (b'{"resourceLogs": []}', "OTLP logs, no traces"),
        (b"[1, 2]", "a JSON number where"),
        (b'["a", null]', "a JSON string where"),
        (b"[[1]]", "a JSON array where"),
        (b"{", "breaks off|not JSON"),
        (b'[{"resourceSpans": [', "breaks off"),
        (b"[", "breaks off"),
        (b"]", "neither"),
        (b"[}", "unexpected"),
        (b"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f", "neither"),
        (gzip.compress(LINES)[:-20], "breaks off"),
        (gzip.compress(LINES)[:30] + b"\0" * 50, "corrupt|breaks off"),
        (b"\x1f\x8bnot gzip", "corrupt|breaks off"),
        (b"\x00\x00\x00\x05\x0a", "a frame of 5 bytes of which 1 are left"),
        (as_protobuf("one")[:-3], "are left"),
    ],
)
def test_bad_content_is_one_precise_line(tmp_path: Path, content: bytes, why: str) -> None:
    _, tally = read(tmp_path, content)
    assert len(tally.unreadable) == 1
    path, said = tally.unreadable[0]
    assert path.endswith("0.dat")
    assert re.search(why, said), said
    assert "\n" not in said


def test_a_missing_file_and_a_directory_do_not_stop_the_others(tmp_path: Path) -> None:
    good = tmp_path / "good.json"
    good.write_bytes(LINES)
    tally = Tally()
    names = [found.name for found in iter_spans([str(tmp_path / "gone"), str(tmp_path), str(good)], tally)]
    assert names == ["one", "two", "three"]
    assert [why for _, why in tally.unreadable] == ["no such file or directory", "is a directory"]


def test_a_broken_line_costs_only_itself(tmp_path: Path) -> None:
    first, second = LINES.splitlines()
    names, tally = read(tmp_path, b"\n".join([first, first[: len(first) // 2], b"garbage", b"5", second]))
    assert names == ["one", "two", "three"]
    assert (tally.skipped_requests, tally.unreadable) == (3, [])
    assert tally.first_skipped is not None
    assert f"at byte {len(first) + 1}" in tally.first_skipped


def test_a_first_line_that_broke_off_costs_only_itself(tmp_path: Path) -> None:
    first, second = LINES.splitlines()
    names, tally = read(tmp_path, first[:40] + b"\n" + second)
    assert names == ["two", "three"]
    assert tally.skipped_requests == 1


def test_a_broken_list_element_costs_only_itself(tmp_path: Path) -> None:
    first, second = LINES.splitlines()
    names, tally = read(tmp_path, b"[" + first + b', {"a": tru}, 17, ' + second + b"]")
    assert names == ["one", "two", "three"]
    assert tally.skipped_requests == 2


def test_spans_before_the_break_stay(tmp_path: Path) -> None:
    first, second = LINES.splitlines()
    names, tally = read(tmp_path, b"[" + first + b"," + second[:-9])
    assert names == ["one"]
    assert "breaks off" in tally.unreadable[0][1]


def test_other_signals_between_the_traces_are_no_fault(tmp_path: Path) -> None:
    names, tally = read(tmp_path, b'{"resourceMetrics":[]}\n' + LINES + b'{"resourceLogs":[]}\n')
    assert names == ["one", "two", "three"]
    assert (tally.skipped_requests, tally.unreadable) == (0, [])


def test_skipped_spans_are_counted(tmp_path: Path) -> None:
    bad = span(traceId=None)
    names, tally = read(tmp_path, json.dumps(request(bad, ONE, bad)).encode())
    assert (names, tally.skipped_spans) == (["one"], 2)


def test_a_malformed_protobuf_span_costs_only_itself(tmp_path: Path) -> None:
    whole = bytearray(as_protobuf("one", "two", "three"))
    at = whole.index(b"\x2a\x03two")  # field 5, three bytes; now it claims more than its span has
    whole[at + 1] = 0x7F
    names, tally = read(tmp_path, bytes(whole))
    assert names == ["one", "three"]
    assert tally.skipped_spans == 1
    assert tally.first_skipped is not None
    assert "127 bytes" in tally.first_skipped


def test_a_malformed_frame_costs_only_itself(tmp_path: Path) -> None:
    names, tally = read(tmp_path, framed(as_protobuf("one"), b"\x0a\x7f", as_protobuf("two")))
    assert (names, tally.skipped_requests) == (["one", "two"], 1)


@pytest.mark.parametrize("width", [10, 32, 34, 123, 200])
def test_a_protobuf_whose_length_looks_like_json_is_protobuf(tmp_path: Path, width: int) -> None:
    for name in ("n" * size for size in range(width, width + 140)):
        if as_protobuf(name)[1:2] in (b"{", b"[", b"\n", b" ", b"\t", b"\r"):
            assert read(tmp_path, as_protobuf(name))[0] == [name]


def test_progress_counts_the_bytes_on_the_disk(tmp_path: Path) -> None:
    path = tmp_path / "x.gz"
    path.write_bytes(gzip.compress(LINES * 50))
    counts: list[int] = []
    list(iter_spans([str(path)], progress=counts.append))
    assert sum(counts) == path.stat().st_size


class Endless(io.RawIOBase):
    """Standard input that makes its content as it is read."""

    def __init__(self, parts: Iterator[bytes]) -> None:
        self._parts = parts
        self._rest = b""

    def read(self, size: int = -1) -> bytes:
        while len(self._rest) < size and (part := next(self._parts, b"")):
            self._rest += part
        part, self._rest = self._rest[:size], self._rest[size:]
        return part


LARGE = json.dumps(request(*(span(spanId=f"{number:016x}", name="x" * 500) for number in range(1, 20)))).encode()
STREAMS = {
    "lines": lambda: (LARGE + b"\n" for _ in range(600)),
    "a list": lambda: chain([b"["], (LARGE + b"," for _ in range(599)), [LARGE + b"]"]),
    "protobuf": lambda: (as_protobuf("x" * 15_000) for _ in range(600)),
    "frames": lambda: (framed(as_protobuf("x" * 15_000)) for _ in range(600)),
}


@pytest.mark.parametrize("stream", STREAMS.values(), ids=STREAMS)
def test_a_large_recording_is_never_held_whole(
    stream: Callable[[], Iterator[bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    size = sum(map(len, stream()))
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=Endless(stream())))
    tracemalloc.start()
    try:
        count = sum(1 for _ in iter_spans(["-"]))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert count >= 600
    assert size > 8_000_000
    assert peak < size / 4
