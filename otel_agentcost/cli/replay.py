"""`agentcost replay`: price recorded OTLP."""

from __future__ import annotations

import argparse
import gc
import sys
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from pathlib import Path

from otel_agentcost.cli.exit_codes import OK, PROBLEMS, USAGE
from otel_agentcost.cli.subparsers import Subparsers
from otel_agentcost.otlp.files import STDIN, Progress, Tally, iter_spans

_WORTH_A_BAR_BYTES = 4 << 20
"""Less than this is read before anybody could look."""

_DESCRIPTION = """\
Price recorded OTLP traces. Each FILE holds OTLP as JSON (a request, a list of requests, or one a line) or protobuf
(a request, or length-delimited frames), plain or compressed with gzip or zstd; which of these it is, is seen from its
content. `-` is standard input. Several files are one recording: their spans are priced together.

exit codes: 0 all was read; 1 a file could not be read, or not to its end, and the rest is printed;
2 no file could be read, or the configuration is wrong.
"""

_EPILOG = """\
examples:
  agentcost replay traces.jsonl.gz
  agentcost replay day1.json day2.pb.gz --top 50
  curl -s http://localhost:3200/api/traces/ID | agentcost replay -
  agentcost replay traces.jsonl --format json | jq '.calls[] | select(.status == "unpriced") | .reason'
"""


def add_parser(subparsers: Subparsers) -> None:
    """Declare the command's arguments."""
    parser = subparsers.add_parser(
        "replay",
        help="price recorded OTLP: what it cost, which calls, which agents",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("files", nargs="+", metavar="FILE", help="recorded OTLP; - for standard input")
    parser.add_argument("--format", choices=("table", "json"), default="table", help="default: table")
    parser.add_argument("--config", metavar="FILE", help="default: AGENTCOST_CONFIG, or agentcost.yaml where you are")
    parser.add_argument("--top", type=_count, default=10, metavar="N", help="rows in each ranking (default: 10)")


def run(args: argparse.Namespace) -> int:
    """Price the files and print the result; return the exit code."""
    from otel_agentcost.cli.composition import build_recording_engine  # noqa: PLC0415 - after the arguments are known good

    engine, prices = build_recording_engine(args.config)
    tally = Tally()
    with _rare_collections(), _progress(args.files) as progress:
        for span in iter_spans(args.files, tally, progress):
            engine.end(span)
        executions = sorted(engine.settle_all(), key=lambda e: (e.start_unix_nano, e.execution_id))
    _report(tally)
    if not tally.files and not tally.spans:
        return USAGE
    if args.format == "json":
        from otel_agentcost.cli.replay_json import write_json  # noqa: PLC0415

        write_json(sys.stdout, executions, tally)
    else:
        from otel_agentcost.cli.replay_table import print_tables  # noqa: PLC0415

        print_tables(executions, args.top, prices.version)
    return PROBLEMS if tally.unreadable else OK


@contextmanager
def _rare_collections() -> Generator[None]:
    """Look for garbage cycles rarely: a recording fills memory with values that all stay, and each look visits them."""
    before = gc.get_threshold()
    gc.set_threshold(100_000, 50, 1_000)
    try:
        yield
    finally:
        gc.set_threshold(*before)


def _report(tally: Tally) -> None:
    """Say on standard error what could not be read: a total must not look complete when it is not."""
    for path, why in tally.unreadable:
        sys.stderr.write(f"agentcost: {'standard input' if path == STDIN else path}: {why}\n")
    skipped = [
        f"{count} {what}{'' if count == 1 else 's'}"
        for count, what in ((tally.skipped_spans, "span"), (tally.skipped_requests, "request"))
        if count
    ]
    if skipped:
        sys.stderr.write(f"agentcost: {' and '.join(skipped)} skipped as malformed; first: {tally.first_skipped}\n")


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of rows: 1 or more")
    return int(text)


@contextmanager
def _progress(paths: Iterable[str]) -> Generator[Progress | None]:
    """Show on a terminal how far the reading is; elsewhere nothing, so that logs stay clean."""
    size = _size(paths)
    if not sys.stderr.isatty() or (size is not None and size < _WORTH_A_BAR_BYTES):
        yield None
        return
    from rich.console import Console  # noqa: PLC0415 - a terminal only
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn  # noqa: PLC0415

    bar = Progress(
        TextColumn("reading"),
        BarColumn(),
        DownloadColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )
    with bar:
        task = bar.add_task("reading", total=size)
        yield lambda count: bar.advance(task, count)


def _size(paths: Iterable[str]) -> int | None:
    """Return the bytes to read; None where they cannot be known beforehand."""
    files = [Path(path) for path in paths]
    if any(str(file) == STDIN for file in files):
        return None
    return sum(file.stat().st_size for file in files if file.is_file())
