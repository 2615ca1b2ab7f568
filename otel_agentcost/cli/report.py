"""`agentcost report`: what a period cost, by whom or what, beside the period before."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from typing import TextIO, cast

from otel_agentcost.cli.books import Books, QuestionError, add_store_arguments, with_books
from otel_agentcost.cli.exit_codes import OK
from otel_agentcost.cli.only import DIMENSIONS, add_only_argument, read_only
from otel_agentcost.cli.periods import Period, PeriodError, add_period_arguments, period_before, read_period
from otel_agentcost.cli.report_rows import ORDERS, By, Question, Spend, in_order, read_spend
from otel_agentcost.cli.report_trend import read_trend
from otel_agentcost.cli.report_value import Report
from otel_agentcost.cli.row_limit import add_limit_argument, limit_of
from otel_agentcost.cli.subparsers import Subparsers
from otel_agentcost.cli.waiting import waiting
from otel_agentcost.engine.store import TooOldError

_DESCRIPTION = """\
Add up what was spent in a period, by user, team, model or what else calls are known by, beside the period before.
A call counts in the period in which it started. An empty key stands for calls of which it is not known.

exit codes: 0 answered, also where nothing was spent; 2 no store, or wrong arguments.
"""

_EPILOG = """\
examples:
  agentcost report                                              this month so far, by model
  agentcost report --by team --period last-month
  agentcost report --by user --only team=support --since 7d
  agentcost report --by day --period 2026-10 --format csv > october.csv
  agentcost report --period last-month --format focus > focus.csv      for FinOps tools; docs/focus.md
  agentcost report --by agent --sort change --format json | jq '.rows[:5]'

formats:
  table   for people; what is beyond --limit is one row, so that the rows add up to the total
  json    an object, money in nano-USD: a billionth of a US dollar
  csv     a header and a row a key (RFC 4180), whose column is named after --by; a key that a spreadsheet would run as a
          formula is led by an apostrophe
  focus   CSV in the FinOps Open Cost and Usage Specification 1.2: a row a day (--by hour: an hour), provider, model,
          team, user, feature, agent and so on
"""

_BY = (*DIMENSIONS, "day", "hour")
_ROWS = 20


def add_parser(subparsers: Subparsers) -> argparse.ArgumentParser:
    """Declare the command's arguments."""
    parser = subparsers.add_parser(
        "report",
        help="a period's spend by any dimension, beside the period before",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--by", choices=_BY, metavar="DIMENSION", help=f"{', '.join(_BY)}; default: model")
    add_only_argument(parser)
    add_period_arguments(parser, "this-month, so far")
    parser.add_argument(
        "--compare",
        choices=("previous", "none"),
        default="previous",
        help="with the window before, up to the same day and time while it runs (default), or with nothing",
    )
    parser.add_argument("--sort", choices=tuple(ORDERS), help="default: cost, and by day and hour: key")
    parser.add_argument("--reverse", action="store_true", help="the other way round")
    add_limit_argument(parser, f"rows at most, or all; default {_ROWS} in tables by a name, else all")
    parser.add_argument("--format", choices=("table", "json", "csv", "focus"), default="table", help="default: table")
    add_store_arguments(parser)
    return parser


def run(args: argparse.Namespace) -> int:
    """Print the report; return the exit code."""
    return with_books(args, _focus if args.format == "focus" else _report)


def _report(args: argparse.Namespace, books: Books) -> int:
    period = _period(args, books)
    question = Question(cast("By", args.by or "model"), books.zone, read_only(args))
    before = None if args.compare == "none" else period_before(period, books.calendar)
    no_comparison: str | None = None
    with waiting("reading the books"):
        try:
            spend = read_spend(books.reader, question, period, before, books.calendar)
        except TooOldError as error:
            if before is None:
                raise
            spend = read_spend(books.reader, question, period, None, books.calendar)
            before, no_comparison = None, str(error)
        trend = read_trend(books.reader, question, period, spend, books.calendar, compares=args.compare != "none")
    by_time = question.by in ("day", "hour")
    order = args.sort or ("key" if by_time else "cost")
    rows = in_order(spend.rows, order, is_reversed=args.reverse, is_by_time=by_time)
    spend = Spend(rows, spend.total, spend.previous)
    limit = limit_of(args, None if by_time or args.format != "table" else _ROWS)
    report = Report(question, period, before, no_comparison, spend, trend, limit, books.calendar)
    _writer(args.format)(sys.stdout, report)
    return OK


def _writer(output_format: str) -> Callable[[TextIO, Report], None]:
    if output_format == "json":
        from otel_agentcost.cli.report_json import write_json  # noqa: PLC0415

        return write_json
    if output_format == "csv":
        from otel_agentcost.cli.report_csv import write_csv  # noqa: PLC0415

        return write_csv
    from otel_agentcost.cli.report_table import print_report  # noqa: PLC0415 - rich is for people only

    return print_report


def _focus(args: argparse.Namespace, books: Books) -> int:
    from otel_agentcost.cli.focus import write_focus  # noqa: PLC0415

    if args.by not in (None, "day", "hour"):
        raise QuestionError(
            f"--by: {args.by!r} is not allowed with --format focus, whose rows tell every dimension; allowed: day, hour"
        )
    period = _period(args, books)
    only = read_only(args)
    with waiting("reading the calls") as progress:
        calls = progress.count(books.reader.calls(period.since_unix_nano, period.until_unix_nano))
        write_focus(sys.stdout, calls, period, only, is_hourly=args.by == "hour")
    return OK


def _period(args: argparse.Namespace, books: Books) -> Period:
    try:
        period = read_period(args, books.now_unix_nano, books.calendar, "this-month")
    except PeriodError as error:
        raise QuestionError(str(error)) from None
    if period is None:
        raise QuestionError("--since: a report needs a period")
    return period
