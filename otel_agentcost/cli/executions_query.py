"""Which executions a command is about: its arguments, and the question to the store that they make."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, get_args

from otel_agentcost.cli.books import Books, QuestionError
from otel_agentcost.cli.hashed import hashed
from otel_agentcost.cli.periods import PeriodError, add_period_arguments, read_period
from otel_agentcost.engine.store import Reader
from otel_agentcost.model.execution import ExecutionSummary, State
from otel_agentcost.model.money import NanoUsd, parse_usd
from otel_agentcost.model.query import ExecutionOrder, ExecutionQuery

_TEXTS = {
    "user": "of this user",
    "team": "of this team",
    "organization": "of this organisation",
    "feature": "of this feature",
    "environment": "of this deployment environment",
    "agent": "in which this agent had a part",
    "model": "in which this model had a part",
    "conversation": "of this conversation",
}
_SORT: ExecutionOrder = "start"
_PAGE = 2_000


def add_query_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the filters."""
    add_period_arguments(parser, "all that is kept, by when an execution started")
    group = parser.add_argument_group("which executions", 'An empty name asks for those without one: --team "".')
    for name, text in _TEXTS.items():
        group.add_argument(f"--{name}", metavar="NAME", help=text)
    group.add_argument("--state", choices=get_args(State), help="how it stands or ended")
    group.add_argument("--min-cost", metavar="USD", type=_amount, help="that cost at least so much, such as 0.50")
    group.add_argument("--max-cost", metavar="USD", type=_amount, help="that cost at most so much")
    order = parser.add_argument_group("order")
    order.add_argument("--sort", choices=get_args(ExecutionOrder), default=_SORT, help="default: start")
    order.add_argument("--reverse", action="store_true", help="the smallest, or the oldest, first")


def read_query(args: argparse.Namespace, books: Books, limit: int | None) -> ExecutionQuery:
    """Return the question that the arguments make.

    Raises:
        QuestionError: they contradict each other.
    """
    try:
        period = read_period(args, books.now_unix_nano, books.calendar, None)
    except PeriodError as error:
        raise QuestionError(str(error)) from None
    low, high = args.min_cost, args.max_cost
    if low is not None and high is not None and low > high:
        raise QuestionError("--max-cost: is below --min-cost")
    filters: dict[str, Any] = hashed(args, {name: getattr(args, name) for name in _TEXTS})
    return ExecutionQuery(
        since_unix_nano=None if period is None else period.since_unix_nano or None,
        until_unix_nano=None if period is None else period.until_unix_nano,
        state=args.state,
        min_cost_nano_usd=low,
        max_cost_nano_usd=high,
        order=args.sort,
        descending=not args.reverse,
        limit=limit,
        **filters,
    )


def refuse_filters(args: argparse.Namespace) -> None:
    """Refuse what chooses executions where they are named by their ids.

    Raises:
        QuestionError: there is such an argument.
    """
    names = ("since", "until", "period", *_TEXTS, "state", "min_cost", "max_cost")
    given = [f"--{name.replace('_', '-')}" for name in names if getattr(args, name) is not None]
    given += ["--sort"] if args.sort != _SORT else []
    given += ["--reverse"] if args.reverse else []
    if given:
        raise QuestionError(f"an id needs no filter and no order: {', '.join(given)}")


def is_filtered(query: ExecutionQuery) -> bool:
    """Return whether a question leaves any execution out."""
    return replace(query, order="start", descending=True, limit=50, offset=0) != ExecutionQuery()


def pages(reader: Reader, query: ExecutionQuery) -> Iterator[ExecutionSummary]:
    """Yield what matches, up to the limit, without holding it all: a store may hold millions."""
    left = query.limit
    offset = query.offset
    while left is None or left > 0:
        size = _PAGE if left is None else min(_PAGE, left)
        found = reader.executions(replace(query, limit=size, offset=offset))
        yield from found
        if len(found) < size:
            return
        offset += size
        left = None if left is None else left - size


def conversation_of(summary: ExecutionSummary, reader: Reader, limit: int | None) -> list[ExecutionSummary]:
    """Return the other executions of the same conversation, the earliest first."""
    if not summary.conversation:
        return []
    at_most = None if limit is None else limit + 1  # it may be among them itself
    query = ExecutionQuery(conversation=summary.conversation, descending=False, limit=at_most)
    return [each for each in reader.executions(query) if each.execution_id != summary.execution_id][:limit]


def _amount(text: str) -> NanoUsd:
    amount = parse_usd(text.strip().removeprefix("$"))
    if amount is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no amount: US dollars such as 0.50")
    return amount
