"""The machine's view of a replay: one JSON object, schema 1 of docs/cli.md."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TextIO

import msgspec

from otel_agentcost.model.call import MODEL_CALL, TOOL_CALL, CallKind
from otel_agentcost.model.execution import ExecutionSummary
from otel_agentcost.otlp.files import Tally

SCHEMA = 1


def totals(executions: Iterable[ExecutionSummary]) -> dict[str, int]:
    """Return the sums over executions. `calls` leaves duplicates out, as every total does."""
    cost = calls = unpriced = estimated = count = 0
    statuses: Counter[str] = Counter()
    for execution in executions:
        count += 1
        cost += execution.cost_nano_usd
        calls += execution.calls
        unpriced += execution.unpriced_calls
        estimated += execution.estimated_calls
        statuses.update(call.status for call in execution.calls_list if call.kind == MODEL_CALL)
    return {
        "cost_nano_usd": cost,
        "calls": calls,
        "unpriced_calls": unpriced,
        "estimated_calls": estimated,
        "executions": count,
        "duplicate_calls": statuses["duplicate"],
    }


def write_json(out: TextIO, executions: Sequence[ExecutionSummary], tally: Tally) -> None:
    """Write the object, a row a line, without building it whole: a recording may hold millions of calls."""
    out.write(f'{{"schema":{SCHEMA},\n"calls":[')
    _write_rows(out, _rows(executions, MODEL_CALL))
    out.write('],\n"tool_calls":[')
    _write_rows(out, _rows(executions, TOOL_CALL))
    out.write('],\n"executions":[')
    _write_rows(out, (execution.as_row() for execution in executions))
    out.write('],\n"events":[],\n"totals":')  # no budgets or anomalies yet that could raise one
    # Beside the sums they would raise: a consumer that reads the totals alone sees that they may be too low.
    skipped = {"skipped_spans": tally.skipped_spans, "skipped_requests": tally.skipped_requests}
    out.write(_encode({**totals(executions), **skipped}))
    out.write(',\n"input":')
    out.write(
        _encode(
            {
                "files": tally.files,
                "unreadable_files": len(tally.unreadable),
                "spans": tally.spans,
                **skipped,
            }
        )
    )
    out.write("}\n")


def _rows(executions: Iterable[ExecutionSummary], kind: CallKind) -> Iterator[dict[str, Any]]:
    for execution in executions:
        for call in execution.calls_list:
            if call.kind == kind:
                yield call.as_row()


def _write_rows(out: TextIO, rows: Iterable[dict[str, Any]]) -> None:
    separator = "\n"
    for row in rows:
        out.write(separator)
        out.write(_encode(row))
        separator = ",\n"


def _encode(row: dict[str, Any]) -> str:
    """Return a row in ASCII, which any terminal, pipe or locale carries."""
    text = msgspec.json.encode(row)
    return text.decode() if text.isascii() else json.dumps(row, separators=(",", ":"))
