"""The machine's view of executions: one JSON object, schema 1 of docs/cli.md."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, TextIO

from otel_agentcost.cli.books import Books
from otel_agentcost.cli.executions_query import conversation_of
from otel_agentcost.cli.executions_steps import steps_of
from otel_agentcost.cli.json_rows import SCHEMA, encode, write_rows
from otel_agentcost.model.books import Stored
from otel_agentcost.model.execution import ExecutionSummary
from otel_agentcost.model.sums import Sums


def write_list(out: TextIO, executions: Iterable[ExecutionSummary], total: Sums) -> None:
    """Write the executions and the totals over all that match, whatever the limit."""
    out.write(f'{{"schema":{SCHEMA},\n"executions":[')
    write_rows(out, (execution.as_row() for execution in executions))
    out.write(f'],\n"totals":{encode(totals(total))}}}\n')


def write_details(out: TextIO, ids: Sequence[int], books: Books) -> None:
    """Write the executions; of one alone also its steps, its calls and the other traces of its conversation."""
    found = books.reader.load(ids)
    summaries = [found[each].summary for each in ids if each in found]
    out.write(f'{{"schema":{SCHEMA},\n"executions":[')
    write_rows(out, (summary.as_row() for summary in summaries))
    out.write("]")
    if len(summaries) == 1:
        _write_inside(out, found[summaries[0].execution_id], books)
    out.write(f',\n"totals":{encode(totals(_sum(summaries)))}}}\n')


def totals(total: Sums) -> dict[str, Any]:
    """Return sums as a JSON row."""
    return dict(total._asdict())


def _write_inside(out: TextIO, stored: Stored, books: Books) -> None:
    steps, is_whole = steps_of(stored)
    calls = sorted(stored.calls, key=lambda call: (call.start_unix_nano, call.span_id))
    out.write(',\n"steps":[')
    write_rows(out, (step.as_row() for step in steps))
    out.write(f'],\n"steps_complete":{encode(is_whole)},\n"calls":[')
    write_rows(out, (call.as_row() for call in calls))
    out.write('],\n"conversation":[')
    write_rows(out, (each.as_row() for each in conversation_of(stored.summary, books.reader, None)))
    out.write("]")


def _sum(summaries: Sequence[ExecutionSummary]) -> Sums:
    return Sums(
        cost_nano_usd=sum(each.cost_nano_usd for each in summaries),
        calls=sum(each.calls for each in summaries),
        unpriced_calls=sum(each.unpriced_calls for each in summaries),
        estimated_calls=sum(each.estimated_calls for each in summaries),
        input_tokens=sum(each.input_tokens for each in summaries),
        cache_read_tokens=sum(each.cache_read_tokens for each in summaries),
        cache_write_tokens=sum(each.cache_write_tokens for each in summaries),
        output_tokens=sum(each.output_tokens for each in summaries),
        reasoning_tokens=sum(each.reasoning_tokens for each in summaries),
        tool_calls=sum(each.tool_calls for each in summaries),
        tool_cost_nano_usd=sum(each.tool_cost_nano_usd for each in summaries),
        executions=len(summaries),
    )
