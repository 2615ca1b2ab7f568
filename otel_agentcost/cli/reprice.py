"""`agentcost reprice`: the same calls under another price table or contract, and the difference."""

from __future__ import annotations

import argparse
import sys

from otel_agentcost.cli.books import Books, QuestionError, add_store_arguments, with_books
from otel_agentcost.cli.exit_codes import OK
from otel_agentcost.cli.only import DIMENSIONS, add_only_argument, read_only
from otel_agentcost.cli.periods import Period, PeriodError, add_period_arguments, read_period
from otel_agentcost.cli.row_limit import add_limit_argument, limit_of
from otel_agentcost.cli.subparsers import Subparsers
from otel_agentcost.cli.waiting import waiting

_DESCRIPTION = """\
Price the calls of a period again, under other prices, and tell the difference: what a contract, a new price or today's
price table would have made of them. Nothing in the store changes.

exit codes: 0 answered, also where nothing was spent; 2 no store, a wrong price, or wrong arguments.
"""

_EPILOG = """\
examples:
  agentcost reprice --period last-month                               under the prices in use now
  agentcost reprice --since 30d --prices contract-2027.yaml --by team
  agentcost reprice --period last-month \\
    --override provider=openai,model=gpt-4o*,input_usd_per_mtok=2.0,output_usd_per_mtok=8
  agentcost reprice --period 2026-10 --prices contract-2027.yaml --format json | jq .totals.difference_nano_usd

An override has the keys of `prices.overrides` in the configuration; docs/configuration.md lists them. It replaces one
of the configuration with the same provider, model and start; among all others the most specific name wins.
"""

_BY = (*DIMENSIONS, "day")
_ROWS = 20


def add_parser(subparsers: Subparsers) -> argparse.ArgumentParser:
    """Declare the command's arguments."""
    parser = subparsers.add_parser(
        "reprice",
        help="the same calls under other prices, and the difference",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    prices = parser.add_argument_group("prices", "Default: those that the configuration makes of the price table now.")
    prices.add_argument("--prices", metavar="FILE", help="a configuration whose prices are taken")
    prices.add_argument(
        "--override",
        action="append",
        default=[],
        metavar="KEY=VALUE,…",
        help="a price on top, such as model=gpt-4o*,input_usd_per_mtok=2,output_usd_per_mtok=8; may be repeated",
    )
    parser.add_argument("--by", choices=_BY, metavar="DIMENSION", default="model", help=f"{', '.join(_BY)}; model")
    add_only_argument(parser)
    add_period_arguments(parser, "this-month, so far")
    add_limit_argument(parser, f"rows at most, or all; default {_ROWS} in a table, else all")
    parser.add_argument("--format", choices=("table", "json"), default="table", help="default: table")
    add_store_arguments(parser)
    return parser


def run(args: argparse.Namespace) -> int:
    """Print the difference; return the exit code."""
    return with_books(args, _reprice)


def _reprice(args: argparse.Namespace, books: Books) -> int:
    from otel_agentcost.cli.reprice_differences import Aim, differences  # noqa: PLC0415 - prices load with them
    from otel_agentcost.cli.reprice_prices import other_prices  # noqa: PLC0415
    from otel_agentcost.engine.repricing import reprice  # noqa: PLC0415

    aim = Aim(args.by, _period(args, books), read_only(args), books.calendar)
    prices = other_prices(args.prices or args.config, args.override)
    with waiting("pricing again") as progress:
        found = differences(books.reader, aim, lambda stored: reprice(stored, prices.table, prices.tools), progress)
    limit = limit_of(args, _ROWS if args.format == "table" else None)
    if args.format == "json":
        from otel_agentcost.cli.reprice_json import write_json  # noqa: PLC0415

        write_json(sys.stdout, found, aim, prices, limit)
    else:
        from otel_agentcost.cli.reprice_table import print_differences  # noqa: PLC0415 - rich is for people only

        print_differences(sys.stdout, found, aim, prices, limit)
    return OK


def _period(args: argparse.Namespace, books: Books) -> Period:
    try:
        period = read_period(args, books.now_unix_nano, books.calendar, "this-month")
    except PeriodError as error:
        raise QuestionError(str(error)) from None
    if period is None:
        raise QuestionError("--since: a comparison needs a period")
    return period
