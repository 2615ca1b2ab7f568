"""Score what the engine says about a recording against what the provider of that recording billed.

A recording is a folder with `spans.json.gz` (OTLP/JSON requests) and `truth.jsonl` (a row for each call that the
provider billed; its input includes cache reads and writes, its output includes reasoning). Each truth row ends in
exactly one column:

- exact: a priced or free call has the same input, cache read, cache write and output tokens, in the same trace or,
  failing that, in any;
- flagged: none has, but an estimated or unpriced call stands for it, which stands for no other row;
- silent: neither.

A phantom is a priced call that no truth row explains.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypeAlias

from otel_agentcost.engine.engine import Engine
from otel_agentcost.engine.ports import EndedSpan
from otel_agentcost.model.call import Call
from otel_agentcost.model.outcome import ESTIMATED, FREE, PRICED, UNPRICED
from otel_agentcost.otlp.files import iter_spans
from otel_agentcost.pricing.load import load_price_table
from otel_agentcost.pricing.table import PriceTable

CORPUS = Path(__file__).with_name("corpus")

Column: TypeAlias = Literal["exact", "flagged", "silent"]
Row: TypeAlias = "dict[str, Any]"
Tokens: TypeAlias = "tuple[int, int, int, int]"
"""Input, cache read, cache write and output tokens."""


class Scored(NamedTuple):
    """One truth row, its column, and the call that stands for it (None where silent)."""

    truth: Row
    column: Column
    call: Call | None


class Score(NamedTuple):
    """A recording's result."""

    rows: tuple[Scored, ...]
    phantoms: tuple[Call, ...]

    def count(self, column: Column) -> int:
        return sum(1 for row in self.rows if row.column == column)


def recordings() -> list[Path]:
    """Return the folders of the corpus, by name."""
    return sorted(path.parent for path in CORPUS.glob("*/truth.jsonl"))


@cache
def price_table() -> PriceTable:
    return load_price_table()


def truth_of(recording: Path) -> list[Row]:
    lines = (recording / "truth.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines if line.strip()]


def spans_of(recording: Path) -> list[EndedSpan]:
    return list(iter_spans([str(recording / "spans.json.gz")]))


def calls_of(spans: Iterable[EndedSpan]) -> list[Call]:
    """Return every judged call of these spans, as `agentcost replay` prints them."""
    engine = Engine(price_table())
    for span in spans:
        engine.end(span)
    return [call for execution in engine.settle_all() for call in execution.calls_list]


def truth_trace(row: Row) -> int:
    """Return the trace in which a billed request was sent, 0 where the provider was not told."""
    if row.get("trace_id"):
        return int(row["trace_id"], 16)
    parent = row.get("traceparent")
    return int(parent.split("-")[1], 16) if parent else 0


def sent_unix_nano(row: Row) -> int:
    """Return when the provider got the request."""
    return int((row.get("ts") or row.get("t") or 0) * 1e9)


def truth_tokens(row: Row) -> Tokens:
    return row["input_tokens"], row.get("cache_read") or 0, row.get("cache_write") or 0, row["output_tokens"]


def call_tokens(call: Call) -> Tokens:
    usage = call.usage
    return usage.input_tokens, usage.cache_read_tokens, usage.cache_write_tokens, usage.output_tokens


def score(truth: Sequence[Row], calls: Sequence[Call]) -> Score:
    """Return each truth row's column and the priced calls that no row explains."""
    priced = [call for call in calls if call.status in (PRICED, FREE)]
    flagged = [call for call in calls if call.status in (ESTIMATED, UNPRICED)]
    exact = _pair(truth, priced, _EXACTLY)
    rest = [index for index in range(len(truth)) if index not in exact]
    told = _pair([truth[index] for index in rest], flagged, _BY_CLOSENESS)
    rows: list[Scored] = []
    for index, row in enumerate(truth):
        if index in exact:
            rows.append(Scored(row, "exact", priced[exact[index]]))
        elif (position := rest.index(index)) in told:
            rows.append(Scored(row, "flagged", flagged[told[position]]))
        else:
            rows.append(Scored(row, "silent", None))
    explained = set(exact.values())
    return Score(tuple(rows), tuple(call for n, call in enumerate(priced) if n not in explained))


def score_recording(recording: Path) -> Score:
    return score(truth_of(recording), calls_of(spans_of(recording)))


_Fits: TypeAlias = "Callable[[Row, Call], bool]"


def _same_trace(row: Row, call: Call) -> bool:
    return truth_trace(row) == call.trace_id


def _same_tokens(row: Row, call: Call) -> bool:
    return truth_tokens(row) == call_tokens(call)


def _same_model(row: Row, call: Call) -> bool:
    return row["request_model"] in (call.model, call.request_model)


def _same_time(row: Row, call: Call) -> bool:
    """Return whether the request left while the call's span was open, or shortly before a stream's end was told."""
    return call.start_unix_nano - NEARBY_NANO <= sent_unix_nano(row) <= call.end_unix_nano + NEARBY_NANO


def stands_for(row: Scored) -> bool:
    """Return whether the flagged call is of the row's trace or time and may have been billed.

    By the columns' definition any flagged call counts for any row, also one that merely happens to be there.
    """
    call = row.call
    return call is not None and call.reason != FAILED and (_same_trace(row.truth, call) or _same_time(row.truth, call))


_EXACTLY: tuple[_Fits, ...] = (
    lambda row, call: _same_tokens(row, call) and _same_trace(row, call) and _same_time(row, call),
    lambda row, call: _same_tokens(row, call) and _same_trace(row, call),
    lambda row, call: _same_tokens(row, call) and _same_time(row, call),
    _same_tokens,
)

# Any pairing gives the same counts; the closest call tells why a row is not exact.
_BY_CLOSENESS: tuple[_Fits, ...] = (
    lambda row, call: bool(row.get("response_id")) and row["response_id"] == call.response_id,
    lambda row, call: _same_trace(row, call) and _same_tokens(row, call),
    lambda row, call: _same_time(row, call) and _same_model(row, call),
    lambda row, call: (
        _same_trace(row, call)
        and (row["input_tokens"], row["output_tokens"]) == (call.usage.input_tokens, call.usage.output_tokens)
    ),
    lambda row, call: _same_trace(row, call) and _same_model(row, call) and call.reason != FAILED,
    lambda row, call: _same_trace(row, call) and call.reason != FAILED,
    _same_trace,
    lambda row, call: call.reason != FAILED,
    lambda row, call: True,
)

FAILED = "call_failed"
NEARBY_NANO = 50_000_000


def _pair(truth: Sequence[Row], calls: Sequence[Call], passes: Sequence[_Fits]) -> dict[int, int]:
    """Pair rows with calls one to one, the closest kinds of match first; return row index to call index."""
    paired: dict[int, int] = {}
    free = dict(enumerate(calls))
    for fits in passes:
        for index, row in enumerate(truth):
            if index in paired:
                continue
            found = next((n for n, call in free.items() if fits(row, call)), None)
            if found is not None:
                paired[index] = found
                del free[found]
    return paired
