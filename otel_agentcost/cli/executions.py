"""`agentcost executions`: search, rank and open what the books hold."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from otel_agentcost.cli.books import Books, QuestionError, add_store_arguments, with_books
from otel_agentcost.cli.executions_query import add_query_arguments, is_filtered, pages, read_query, refuse_filters
from otel_agentcost.cli.exit_codes import OK
from otel_agentcost.cli.row_limit import add_limit_argument, limit_of
from otel_agentcost.cli.subparsers import Subparsers
from otel_agentcost.cli.waiting import waiting

_DESCRIPTION = """\
List executions from the store: what each cost, for whom, through how many calls. One execution is one trace: one
request to an agent, whatever it set off. With an ID, or the beginning of one, show that execution step by step.

exit codes: 0 answered, also where nothing matches; 2 no such execution, no store, or wrong arguments.
"""

_EPILOG = """\
examples:
  agentcost executions                                      the latest
  agentcost executions --sort cost --period yesterday       yesterday's most expensive
  agentcost executions --team support --min-cost 0.50 --since 7d
  agentcost executions --state abandoned --since this-month
  agentcost executions 0af765                               one execution as a tree, with the cost of each step
  agentcost executions --since 2h --format json | jq '.executions[] | select(.unpriced_calls > 0).execution_id'
"""

_ROWS = 20
_STEPS = 200
_ID_DIGITS = 32


def add_parser(subparsers: Subparsers) -> argparse.ArgumentParser:
    """Declare the command's arguments."""
    parser = subparsers.add_parser(
        "executions",
        help="search and rank executions, or show one step by step",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("ids", nargs="*", metavar="ID", help="an execution's id (its trace id), or how it begins")
    add_query_arguments(parser)
    add_limit_argument(
        parser, f"rows, or steps of one execution, or all; default {_ROWS} and {_STEPS}; JSON holds all by default"
    )
    parser.add_argument("--wide", action="store_true", help="every column and whole ids, however narrow the terminal")
    parser.add_argument("--format", choices=("table", "json"), default="table", help="default: table")
    add_store_arguments(parser)
    return parser


def run(args: argparse.Namespace) -> int:
    """List executions, or show those that were named; return the exit code."""
    return with_books(args, _show if args.ids else _list)


def _list(args: argparse.Namespace, books: Books) -> int:
    query = read_query(args, books, _limit_of(args, _ROWS))
    if args.format == "json":
        from otel_agentcost.cli.executions_json import write_list  # noqa: PLC0415

        total = books.reader.executions_total(query)
        write_list(sys.stdout, pages(books.reader, query), total)
        return OK
    from otel_agentcost.cli.executions_table import print_list  # noqa: PLC0415 - rich is for people only

    with waiting("searching the books") as progress:
        total = books.reader.executions_total(query)
        found = list(progress.count(pages(books.reader, query)))
    print_list(found, total, books, is_filtered=is_filtered(query), is_wide=args.wide)
    return OK


def _show(args: argparse.Namespace, books: Books) -> int:
    refuse_filters(args)
    ids = list(dict.fromkeys(_resolve(text, books) for text in args.ids))
    if args.format == "json":
        from otel_agentcost.cli.executions_json import write_details  # noqa: PLC0415

        write_details(sys.stdout, ids, books)
    else:
        from otel_agentcost.cli.executions_detail import print_detail  # noqa: PLC0415 - rich is for people only

        for place, execution_id in enumerate(ids):
            sys.stdout.write("\n" if place else "")
            print_detail(execution_id, books, _limit_of(args, _STEPS), is_wide=args.wide)
    return OK


def _resolve(text: str, books: Books) -> int:
    """Return the one execution whose id begins so.

    Raises:
        QuestionError: there is none, or more than one, or this is no id.
    """
    prefix = text.strip().lower().removeprefix("0x")
    if not prefix or len(prefix) > _ID_DIGITS or prefix.strip("0123456789abcdef"):
        raise QuestionError(f"{text!r} is no id: 1 to {_ID_DIGITS} hexadecimal digits")
    found = books.reader.find(prefix, limit=6)
    if not found:
        raise QuestionError(f"no execution begins with {prefix!r} (`agentcost executions` lists the latest)")
    if len(found) > 1:
        raise QuestionError(f"{prefix!r} begins {_several(found)}: give more digits")
    return found[0]


def _several(found: Sequence[int]) -> str:
    shown = ", ".join(f"{each:032x}" for each in found[:5])
    return f"more than one execution: {shown}{' …' if len(found) > 5 else ''}"


def _limit_of(args: argparse.Namespace, default: int) -> int | None:
    return limit_of(args, None if args.format == "json" else default)
