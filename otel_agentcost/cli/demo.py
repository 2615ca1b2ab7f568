"""`agentcost demo`: real agents against a fake provider on this machine, priced and held against its bill."""

from __future__ import annotations

import argparse
import importlib
import sys
from typing import Protocol, cast

from otel_agentcost.cli.exit_codes import USAGE
from otel_agentcost.cli.subparsers import Subparsers

_DESCRIPTION = """\
Start a fake provider on a loopback port and run a fleet of real, instrumented agents against it; then put two days of
a made-up company's traffic through the library, as spans of the OpenTelemetry SDK. All of it is kept in one store, held
against what was billed, and asked by `agentcost report` and `agentcost executions`. Nothing leaves this machine, no key
is needed, nothing is left running; the store stays, for you to ask. Needs the extra `demo`:
pip install "otel-agentcost[demo]".

exit codes: 0 the books are what was billed, or say themselves why not; 1 they are not, or an agent failed; 2 the extra
is missing, or the store cannot be used.
"""
_MOST_DAYS = 31


class _Requirements(Protocol):
    def what_is_missing(self) -> str | None: ...


class _Demo(Protocol):
    def run_demo(
        self, output_format: str, store: str | None = None, days: int = 2, *, all_trees: bool = False
    ) -> int: ...


def add_parser(subparsers: Subparsers) -> argparse.ArgumentParser:
    """Declare the command's arguments."""
    parser = subparsers.add_parser(
        "demo",
        help="run real agents against a fake provider and price them",
        description=_DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--once", action="store_true", help="one round, then end (so far the only way; the default)")
    parser.add_argument(
        "--traffic",
        type=_days,
        default=2,
        metavar="DAYS",
        help=f"days of traffic, 1 to {_MOST_DAYS}, or none; default: 2, which is some 3,500 executions",
    )
    parser.add_argument(
        "--store",
        metavar="URL",
        help="sqlite:///FILE or postgresql://USER@HOST/DATABASE; default: a new SQLite file, which is named at the end",
    )
    parser.add_argument("--trees", action="store_true", help="the tree of every live execution, not of two only")
    parser.add_argument("--format", choices=("table", "json"), default="table", help="default: table")
    return parser


def run(args: argparse.Namespace) -> int:
    """Run the demo; return the exit code.

    The demo is loaded by name, since the command line must not depend on what only an extra brings.
    """
    requirements = cast("_Requirements", importlib.import_module("otel_agentcost.demo.requirements"))
    problem = requirements.what_is_missing()
    if problem is not None:
        sys.stderr.write(f"agentcost: {problem}\n")
        return USAGE
    demo = cast("_Demo", importlib.import_module("otel_agentcost.demo.command"))
    return demo.run_demo(args.format, args.store, args.traffic, all_trees=args.trees)


def _days(text: str) -> int:
    """Read a number of days; none is 0."""
    if text.strip().lower() == "none":
        return 0
    if text.isascii() and text.isdigit() and 1 <= int(text) <= _MOST_DAYS:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is no number of days: 1 to {_MOST_DAYS}, or none")
