"""`agentcost demo`: real agents against a fake provider on this machine, priced and held against its bill."""

from __future__ import annotations

import argparse
import importlib
import sys
from typing import Protocol, cast

from otel_agentcost.cli.exit_codes import USAGE
from otel_agentcost.cli.subparsers import Subparsers

_DESCRIPTION = """\
Start a fake provider on a loopback port, run a fleet of real, instrumented agents against it, and print what each
execution cost, its tree, cost by agent, user and team, and the total beside what the provider billed. Nothing leaves
this machine, no key is needed, nothing is left running. Needs the extra `demo`: pip install "otel-agentcost[demo]".

exit codes: 0 every difference from the bill is explained; 1 some are not, or an agent failed; 2 the extra is missing.
"""


class _Requirements(Protocol):
    def what_is_missing(self) -> str | None: ...


class _Demo(Protocol):
    def run_demo(self, output_format: str) -> int: ...


def add_parser(subparsers: Subparsers) -> None:
    """Declare the command's arguments."""
    parser = subparsers.add_parser(
        "demo",
        help="run real agents against a fake provider and price them",
        description=_DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--once", action="store_true", help="one round, then end (so far the only way; the default)")
    parser.add_argument("--format", choices=("table", "json"), default="table", help="default: table")


def run(args: argparse.Namespace) -> int:
    """Run the demo; return the exit code.

    The demo is loaded by name, since the command line must not depend on what only an extra brings.
    """
    requirements = cast("_Requirements", importlib.import_module("otel_agentcost.demo.requirements"))
    problem = requirements.what_is_missing()
    if problem is not None:
        sys.stderr.write(f"agentcost: {problem}\n")
        return USAGE
    return cast("_Demo", importlib.import_module("otel_agentcost.demo.command")).run_demo(args.format)
