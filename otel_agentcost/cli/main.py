"""The `agentcost` command: choose the subcommand, and turn every failure into one line and an exit code.

A subcommand is a module with `add_parser(subparsers)` and `run(args) -> int`. Only the one that was asked for is
imported, so `agentcost --help` and a mistyped name answer at once.
"""

from __future__ import annotations

import argparse
import difflib
import importlib
import io
import os
import sys
from collections.abc import Sequence
from typing import NoReturn, Protocol, cast

from otel_agentcost.cli.exit_codes import BROKEN_PIPE, INTERRUPTED, USAGE
from otel_agentcost.cli.subparsers import Subparsers

COMMANDS = {
    "replay": "price recorded OTLP: what it cost, which calls, which agents",
    "price": "what a usage costs, and why",
    "executions": "search and rank executions, or show one step by step",
    "report": "a period's spend by any dimension, beside the period before",
    "reprice": "the same calls under other prices, and the difference",
    "demo": "run real agents against a fake provider and price them",
    "doctor": "check the configuration, the SDK and the environment",
    "config": "check the configuration, or print its JSON Schema",
}

_EPILOG = """\
examples:
  agentcost replay traces.jsonl.gz                 price what the Collector's file exporter wrote
  kubectl logs job/agent | agentcost replay -      the same from standard input
  agentcost replay *.json --format json | jq .totals
  agentcost price gpt-4o --input 1200 --output 300
  agentcost report --by team --period last-month   what was spent, and how that has changed
  agentcost executions --sort cost --since 7d      the most expensive requests of a week
  agentcost doctor                                 is this environment set up to see its costs?

configuration: agentcost.yaml in the current directory, or the file that AGENTCOST_CONFIG names.
`agentcost COMMAND --help` says more.
"""


class _Command(Protocol):
    def add_parser(self, subparsers: Subparsers) -> object: ...
    def run(self, args: argparse.Namespace) -> int: ...


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code (docs/cli.md lists them); never raises but for `--help`'s exit."""
    out: object = sys.stdout
    if isinstance(out, io.TextIOWrapper):  # names from outside must not fail a terminal that cannot show them
        out.reconfigure(errors="backslashreplace")
    arguments = list(sys.argv[1:] if argv is None else argv)
    try:
        code = _dispatch(arguments)
        sys.stdout.flush()
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        _forget_stdout()
        return BROKEN_PIPE
    return code


def _dispatch(arguments: list[str]) -> int:
    name = next((word for word in arguments if not word.startswith("-")), None)
    if name is not None and name not in COMMANDS:
        close = difflib.get_close_matches(name, COMMANDS, n=1)
        hint = f"did you mean {close[0]!r}?" if close else f"there are {', '.join(COMMANDS)}"
        return fail(f"no command {name!r}: {hint}")
    parser = _Parser(
        prog="agentcost",
        description="Makes the cost of AI agents visible, from OpenTelemetry alone.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action=_Version)
    subparsers = cast("Subparsers", parser.add_subparsers(title="commands", metavar="COMMAND"))
    command: _Command | None = None
    for known, summary in COMMANDS.items():
        if known == name:
            command = cast("_Command", importlib.import_module(f"otel_agentcost.cli.{known}"))
            command.add_parser(subparsers)
        else:
            subparsers.add_parser(known, help=summary, add_help=False)
    args, unknown = parser.parse_known_args(arguments)
    if unknown:
        (subparsers.choices[name] if name else parser).error(f"unrecognized arguments: {' '.join(unknown)}")
    if command is None:
        parser.print_help()
        return USAGE
    from otel_agentcost.config.errors import ConfigError  # noqa: PLC0415 - `--help` needs no configuration

    try:
        return command.run(args)
    except ConfigError as error:
        return fail(str(error))


class _Parser(argparse.ArgumentParser):
    """A parser, as its subcommands' are too, that says in two lines what is wrong: the usage would bury it."""

    def error(self, message: str) -> NoReturn:
        self.exit(USAGE, f"{self.prog}: error: {message}\n`{self.prog} --help` says what is allowed\n")


def fail(message: str) -> int:
    """Say on standard error what is wrong, one line a problem, and return the exit code for wrong usage."""
    for line in message.splitlines():
        sys.stderr.write(f"agentcost: {line}\n")
    return USAGE


def _forget_stdout() -> None:
    """Keep the interpreter from complaining at its end about the reader that went away."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, ValueError, AttributeError):
        return


class _Version(argparse.Action):
    """Print the version; reading a distribution's metadata costs time that other commands need not spend."""

    def __init__(self, option_strings: Sequence[str], dest: str) -> None:
        super().__init__(option_strings, dest, nargs=0, help="print the version and exit")

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from importlib.metadata import version  # noqa: PLC0415

        sys.stdout.write(f"agentcost {version('otel-agentcost')}\n")
        parser.exit()


if __name__ == "__main__":
    sys.exit(main())
