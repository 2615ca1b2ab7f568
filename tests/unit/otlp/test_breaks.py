"""What a compressed file held before it breaks off, or before it turns corrupt, counts."""

from __future__ import annotations

import gzip
import importlib
import io
import json
import random
import sys
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from otlp_requests import request, span

from otel_agentcost.otlp.files import Tally, iter_spans

_RANDOM = random.Random(7)
LINES = 3000
CONTENT = b"".join(
    json.dumps(request(span(name=_RANDOM.randbytes(24).hex(), spanId=f"{number:016x}"))).encode() + b"\n"
    for number in range(1, LINES + 1)
)


def read(path: Path, content: bytes) -> tuple[list[str], Tally]:
    path.write_bytes(content)
    tally = Tally()
    return [found.name for found in iter_spans([str(path)], tally)], tally


def zstd_compress(data: bytes) -> bytes:
    if sys.version_info >= (3, 14):
        return importlib.import_module("compression.zstd").compress(data)
    return importlib.import_module("zstandard").ZstdCompressor().compress(data)


def gzip_holds(cut: bytes) -> bytes:
    """Return what `zcat` prints of it."""
    return zlib.decompressobj(31).decompress(cut)


def zstd_holds(cut: bytes) -> bytes:
    """Return what `zstdcat` prints of it."""
    if sys.version_info >= (3, 14):
        return importlib.import_module("compression.zstd").ZstdDecompressor().decompress(cut)
    return importlib.import_module("zstandard").ZstdDecompressor().stream_reader(io.BytesIO(cut)).read()


@pytest.mark.parametrize(
    ("pack", "holds"), [(gzip.compress, gzip_holds), (zstd_compress, zstd_holds)], ids=["gzip", "zstd"]
)
def test_a_file_that_breaks_off_gives_all_that_its_bytes_hold(
    tmp_path: Path, pack: Callable[[bytes], bytes], holds: Callable[[bytes], bytes]
) -> None:
    packed = pack(CONTENT)
    for size in (20_000, 40_001, len(packed) // 2, len(packed) - 1):
        plain, _ = read(tmp_path / "plain", holds(packed[:size]))
        names, tally = read(tmp_path / "packed", packed[:size])
        assert names == plain
        assert names or size < 40_000
        assert "breaks off" in tally.unreadable[0][1]


def test_a_whole_request_before_the_break_counts_without_a_line_feed(tmp_path: Path) -> None:
    names, tally = read(tmp_path / "x", gzip.compress(json.dumps(request(span(name="one"))).encode())[:-4])
    assert names == ["one"]
    assert "breaks off" in tally.unreadable[0][1]


def test_a_half_request_before_the_break_is_the_break_and_no_fault_of_its_own(tmp_path: Path) -> None:
    names, tally = read(tmp_path / "x", gzip.compress(CONTENT[:-9])[:-4])
    assert len(names) == LINES - 1
    assert tally.skipped_requests == 0
    assert "breaks off" in tally.unreadable[0][1]


@pytest.mark.parametrize("at", [-8, -2000], ids=["check sum", "content"])
def test_gzip_that_is_corrupt_gives_what_stands_before_the_fault(tmp_path: Path, at: int) -> None:
    packed = bytearray(gzip.compress(CONTENT))
    packed[at] ^= 0xFF
    names, tally = read(tmp_path / "x", bytes(packed))
    assert len(names) > LINES * 0.9
    assert "corrupt" in tally.unreadable[0][1]


def test_zeros_after_a_gzip_member_mean_nothing(tmp_path: Path) -> None:
    names, tally = read(tmp_path / "x", gzip.compress(CONTENT) + bytes(40_000))
    assert (len(names), tally.unreadable) == (LINES, [])
