"""Changes as rows to write, and rows as the values that were written.

A commit passes here once for each call, so calls and summaries are taken apart by position; that also fails loudly
where a field was added and has no column yet. A text that is not known is written empty: NULL would mean the same, and
`sqlite3` needs eight times as long to bind None as to bind a text.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias

from msgspec.structs import astuple

from otel_agentcost.model.books import Change, DayChange, Stored
from otel_agentcost.model.call import Call
from otel_agentcost.model.execution import ExecutionSummary
from otel_agentcost.model.identity import NOBODY, Identity
from otel_agentcost.model.sums import Sums
from otel_agentcost.model.usage import Usage
from otel_agentcost.stores.sql.ages import last_of
from otel_agentcost.stores.sql.ids import id_of, map_of, map_text, signed, unsigned
from otel_agentcost.stores.sql.schema import OPEN

Row: TypeAlias = tuple[Any, ...]


def execution_row(change: Change, trace_id: Any) -> Row:
    """Return the row of an execution, in the order of its columns. `trace_id` is what the driver takes for the id.

    `born_unix_nano` is what it is if the execution is new; where it is not, what is stored stands.
    """
    (
        _, cost, calls, unpriced, estimated, duplicates, tool_calls, agents, models, user, team, root_name, complete,
        start, end, _, organization, feature, environment, session, conversation, state,
        input_tokens, cache_read, cache_write, output_tokens, reasoning, tool_cost, tools, providers, features, root,
    ) = change.summary  # fmt: skip
    return (
        trace_id, change.base_version + 1, 1 if change.is_settled else 0, OPEN, start, last_of(change),
        change.seen_unix_nano,
        cost, calls, unpriced, estimated, duplicates, tool_calls, map_text(agents), map_text(models),
        user or "", team or "", root_name or "", 1 if complete else 0, start, end,
        organization or "", feature or "", environment or "", session or "", conversation or "", state,
        input_tokens, cache_read, cache_write, output_tokens, reasoning, tool_cost,
        map_text(tools), map_text(providers), map_text(features), signed(root),
    )  # fmt: skip


def call_rows(calls: Iterable[Call], born_unix_nano: int, trace_id: Any) -> list[Row]:
    """Return the rows of an execution's calls, in the order of their columns."""
    return [
        (
            born_unix_nano, trace_id, signed(span), signed(parent), status, reason or "", provider or "", model or "",
            request_model or "", operation or "", *usage.counts, cost, agent or "", tool or "", response or "", start,
            end, convention, price or "", who[0] or "", who[1] or "", who[2] or "", who[3] or "", who[4] or "",
            who[5] or "", who[6] or "", kind, signed(payer), source,
        )
        for _, span, parent, status, reason, provider, model, request_model, operation, usage, cost, agent, tool,
            response, start, end, convention, price, who, kind, payer, source in map(astuple, calls)
    ]  # fmt: skip


def day_rows(changes: Iterable[Sequence[DayChange]]) -> list[Row]:
    """Return what all the changes add to each day, dimension and key: one row for each, in their order.

    The order is the same for everybody, so that two commits never wait for each other's rows.
    """
    amounts: defaultdict[Row, list[Sums]] = defaultdict(list)
    for days in changes:
        for day, dimension, key, sums in days:
            amounts[day, dimension, key].append(sums)
    return [
        (*place, *(each[0] if len(each) == 1 else map(sum, zip(*each, strict=True))))
        for place, each in sorted(amounts.items())
    ]


def call_of(row: Sequence[Any]) -> Call:
    """Return the call that a row of `calls` holds."""
    who = [part or None for part in row[30:37]]
    return Call(
        id_of(row[1]), unsigned(row[2]), unsigned(row[3]), row[4], row[5] or None, row[6] or None, row[7] or None,
        row[8] or None, row[9] or None, Usage(*row[10:22]), row[22], row[23] or None, row[24] or None,
        row[25] or None, row[26], row[27], row[28], row[29] or None,
        Identity._make(who) if any(who) else NOBODY,
        row[37], unsigned(row[38]), row[39],
    )  # fmt: skip


def summary_of(row: Sequence[Any]) -> ExecutionSummary:
    """Return the summary that a row of `executions` holds."""
    return ExecutionSummary._make((
        id_of(row[0]), *row[7:13], map_of(row[13]), map_of(row[14]), row[15] or None, row[16] or None,
        row[17] or None, bool(row[18]), row[19], row[20], (), row[21] or None, row[22] or None, row[23] or None,
        row[24] or None, row[25] or None, row[26], *row[27:33],
        map_of(row[33]), map_of(row[34]), map_of(row[35]), unsigned(row[36]),
    ))  # fmt: skip


def stored_of(row: Sequence[Any], segments: Iterable[bytes], calls: Iterable[Call]) -> Stored:
    """Return the execution that a row of `executions` and what belongs to it hold."""
    return Stored(
        id_of(row[0]), row[1], bool(row[2]), tuple(segments), tuple(calls), summary_of(row), row[3] != OPEN
    )  # fmt: skip
