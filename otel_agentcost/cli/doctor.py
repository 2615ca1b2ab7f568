"""`agentcost doctor`: is this environment set up to see what its agents cost?"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TextIO

from otel_agentcost.cli.exit_codes import OK, PROBLEMS
from otel_agentcost.cli.finding import Finding, problem
from otel_agentcost.cli.subparsers import Subparsers

_DESCRIPTION = """\
Check the configuration, the OpenTelemetry SDK found, whether costs reach its exporters, sampling, limits, the endpoint
and the age of the prices, in the environment that this command runs in: run it where and as your program runs.

exit codes: 0 nothing keeps costs from being seen; 1 something does; 2 wrong arguments.
"""

_EPILOG = """\
examples:
  agentcost doctor
  docker exec my-agent agentcost doctor
  agentcost doctor --format json | jq '.findings[] | select(.state != "ok")'
"""

_MARKS = {"ok": "✓", "warning": "!", "problem": "✗"}
_PLAIN_MARKS = {"ok": "ok", "warning": "!", "problem": "x"}
_COLOURS = {"ok": "\x1b[32m", "warning": "\x1b[33m", "problem": "\x1b[31m"}
_NO_COLOUR = "\x1b[0m"

Check = Callable[[], Iterable[Finding]]


def add_parser(subparsers: Subparsers) -> None:
    """Declare the command's arguments."""
    parser = subparsers.add_parser(
        "doctor",
        help="check the configuration, the SDK and the environment",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--config", metavar="FILE", help="default: AGENTCOST_CONFIG, or agentcost.yaml where you are")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="default: text")


def run(args: argparse.Namespace) -> int:
    """Run every check, print what was found, and return 1 where something keeps costs from being seen."""
    findings = list(run_checks(all_checks(args.config)))
    if args.format == "json":
        from otel_agentcost.cli.doctor_json import write_json  # noqa: PLC0415

        write_json(sys.stdout, findings)
    else:
        write_text(sys.stdout, findings)
    return PROBLEMS if any(each.state == "problem" for each in findings) else OK


def all_checks(config_path: str | None) -> Sequence[tuple[str, Check]]:
    """Return the checks in the order in which they are told: what everything else stands on comes first."""
    from otel_agentcost.cli import (  # noqa: PLC0415
        doctor_environment,
        doctor_installation,
        doctor_store,
        doctor_trial,
        doctor_zero_code,
    )

    environ = dict(os.environ)
    return (
        ("python", doctor_installation.check_python),
        ("sdk", doctor_installation.check_sdk),
        ("configuration", lambda: doctor_environment.check_configuration(config_path, environ)),
        ("prices", lambda: doctor_environment.check_prices(config_path, environ)),
        ("store", lambda: doctor_store.check_store(config_path, environ)),
        ("export", lambda: doctor_store.check_export(config_path, environ)),
        ("enrichment", doctor_trial.check_enrichment),
        ("entry points", doctor_installation.check_entry_points),
        ("zero code", lambda: doctor_zero_code.check_enabled(environ)),
        ("exporter", lambda: doctor_zero_code.check_exporter(environ)),
        ("endpoint", lambda: doctor_environment.check_endpoint(environ)),
        ("sampling", lambda: doctor_environment.check_sampling(environ)),
        ("limits", lambda: doctor_environment.check_limits(environ)),
        ("instrumentations", doctor_installation.check_instrumentations),
    )


def run_checks(checks: Iterable[tuple[str, Check]]) -> Iterator[Finding]:
    """Yield what each check finds; one that itself fails is a problem of its own and does not stop the others."""
    for name, check in checks:
        try:
            yield from check()
        except Exception as error:  # noqa: BLE001, PERF203 - a broken installation is what a doctor is called for
            yield problem(name, f"could not be checked: {type(error).__name__}: {error}", "reinstall otel-agentcost")


def write_text(out: TextIO, findings: Sequence[Finding]) -> None:
    """Print a line for each finding, with what to do below it, and a last line that sums up."""
    marks = _MARKS if _can_print(out, "✓✗") else _PLAIN_MARKS
    colours = _COLOURS if out.isatty() and not os.environ.get("NO_COLOR") else {}
    for each in findings:
        colour = colours.get(each.state, "")
        out.write(f"{colour}{marks[each.state]}{_NO_COLOUR if colour else ''} {each.check}: {each.found}\n")
        if each.advice:
            out.write(f"    {each.advice}\n")
    problems = sum(each.state == "problem" for each in findings)
    warnings = sum(each.state == "warning" for each in findings)
    out.write(f"\n{_count(problems, 'problem')}, {_count(warnings, 'warning')}\n")


def _count(number: int, what: str) -> str:
    return f"{number or 'no'} {what}{'' if number == 1 else 's'}"


def _can_print(out: TextIO, text: str) -> bool:
    try:
        text.encode(out.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True
