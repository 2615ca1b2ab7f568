"""`agentcost config`: check a configuration, or print the JSON Schema that editors check it with."""

from __future__ import annotations

import argparse
import os
import sys

from otel_agentcost.cli.exit_codes import OK
from otel_agentcost.cli.subparsers import Subparsers

_DESCRIPTION = """\
Check a configuration, or print its JSON Schema.

exit codes: 0 fine; 2 something is wrong, one line each on standard error.
"""

_EPILOG = """\
examples:
  agentcost config check                      the configuration that a program started here would use
  agentcost config check deploy/prod.yaml     a file, with the environment's variables on top
  agentcost config schema > agentcost.schema.json
  # yaml-language-server: $schema=agentcost.schema.json     as agentcost.yaml's first line, for editors
"""


def add_parser(subparsers: Subparsers) -> None:
    """Declare the command's arguments."""
    parser = subparsers.add_parser(
        "config",
        help="check the configuration, or print its JSON Schema",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    actions = parser.add_subparsers(title="actions", metavar="ACTION", dest="action", required=True)
    actions.add_parser("schema", help="print the JSON Schema (draft 2020-12) of the file")
    check = actions.add_parser("check", help="check a configuration and the environment's variables")
    check.add_argument(
        "file", nargs="?", metavar="FILE", help="default: AGENTCOST_CONFIG, or agentcost.yaml where you are"
    )


def run(args: argparse.Namespace) -> int:
    """Carry out the action; a wrong configuration raises `ConfigError`, which `main` prints."""
    if args.action == "schema":
        from otel_agentcost.config.json_schema import json_schema_text  # noqa: PLC0415 - the other action needs none

        sys.stdout.write(json_schema_text())
        return OK
    return _check(args.file)


def _check(path: str | None) -> int:
    from otel_agentcost.cli.composition import price_table  # noqa: PLC0415 - `schema` needs no prices
    from otel_agentcost.config.environment import set_by_environment  # noqa: PLC0415
    from otel_agentcost.config.load import load_config  # noqa: PLC0415

    config = load_config(path)
    price_table(config)
    set_there = set_by_environment(os.environ)
    if config.source is None and not set_there:
        sys.stdout.write("no configuration file and no variable: the defaults hold\n")
        return OK
    parts = [config.source or "no file", *([f"with {', '.join(set_there)}"] if set_there else [])]
    sys.stdout.write(f"{' '.join(parts)}: fine\n")
    return OK
