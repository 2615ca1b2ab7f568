"""How many of the billed calls any pricer could get exact: those whose four numbers stand on some span at all.

This looks at raw attributes and knows no convention: a row counts as carried where one span, of the request's trace or
open when the request left, holds its output tokens, its input tokens (with or without the cached ones) and its cached
tokens, among numbers that anything calls tokens. Each span is given to one row only. So the count is too high rather
than too low.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from otel_agentcost.engine.ports import EndedSpan
from otel_agentcost.model.outcome import ESTIMATED, UNPRICED
from otel_agentcost.model.usage import Usage
from tests.golden.scoring import (
    NEARBY_NANO,
    Row,
    Score,
    Scored,
    call_tokens,
    price_table,
    sent_unix_nano,
    truth_tokens,
    truth_trace,
)

# `"prompt_tokens": 12`, `prompt_tokens=12`, escaped or not, inside any text.
_TOKENS = re.compile(r"""[tT]oken\w*['"\\]*\s*[:=]\s*['"\\]*(\d{1,9})(?![\d.])""")


class Bound(NamedTuple):
    """The rows of one recording that are not exact, by what stands in the way."""

    not_carried: tuple[Scored, ...]
    no_price: tuple[Scored, ...]
    """The model has no price: such a call is `unpriced` by rule."""
    usage_left_out: tuple[Scored, ...]
    """The instrumentation is known to leave out part of the usage: such a call is `estimated` by rule."""
    missed: tuple[Scored, ...]
    """None of these: a better reader would have them."""


def bound(score: Score, spans: Sequence[EndedSpan]) -> Bound:
    """Sort the rows that are not exact by what stands in the way."""
    carried = _carried(score.rows, spans)
    groups: dict[str, list[Scored]] = {name: [] for name in Bound._fields}
    for row in score.rows:
        if row.column == "exact":
            continue
        if id(row) not in carried:
            groups["not_carried"].append(row)
        elif not _has_price(row.truth):
            groups["no_price"].append(row)
        elif row.call is not None and row.call.status == ESTIMATED:
            groups["usage_left_out"].append(row)
        else:
            groups["missed"].append(row)
    return Bound(*(tuple(groups[name]) for name in Bound._fields))


def _has_price(row: Row) -> bool:
    usage = Usage(input_tokens=row["input_tokens"], output_tokens=row["output_tokens"])
    quote = price_table().quote(
        row["provider"], row["response_model"], row["request_model"], None, usage, sent_unix_nano(row)
    )
    return quote.status != UNPRICED


def _carried(rows: Sequence[Scored], spans: Sequence[EndedSpan]) -> set[int]:
    """Return the ids of the rows that a largest one-to-one matching with spans holds.

    Of rows with the same numbers, those come first for which a call with these numbers stands.
    """
    numbers = [_numbers(span) for span in spans]
    ordered = sorted(rows, key=lambda row: row.call is None or call_tokens(row.call) != truth_tokens(row.truth))
    fitting = [
        [n for n, span in enumerate(spans) if _holds(numbers[n], row.truth) and _is_near(span, row.truth)]
        for row in ordered
    ]
    row_of: dict[int, int] = {}

    def place(row: int, tried: set[int]) -> bool:
        for span in fitting[row]:
            if span not in tried:
                tried.add(span)
                if span not in row_of or place(row_of[span], tried):
                    row_of[span] = row
                    return True
        return False

    return {id(ordered[n]) for n in range(len(ordered)) if place(n, set())}


def _numbers(span: EndedSpan) -> set[int]:
    found: set[int] = set()
    for key, value in span.attributes.items():
        if ("token" in key or "usage" in key) and re.fullmatch(r"\d{1,9}(\.0)?", str(value)):
            found.add(int(float(value)))
        if isinstance(value, str):
            found.update(int(count) for count in _TOKENS.findall(value))
    return found


def _holds(numbers: set[int], row: Row) -> bool:
    input_tokens, cache_read, cache_write, output_tokens = truth_tokens(row)
    inputs = {input_tokens, input_tokens - cache_read - cache_write}
    parts = {count for count in (cache_read, cache_write, output_tokens) if count}
    return bool(inputs & numbers) and parts <= numbers


def _is_near(span: EndedSpan, row: Row) -> bool:
    sent = sent_unix_nano(row)
    is_open = span.start_unix_nano - NEARBY_NANO <= sent <= span.end_unix_nano + NEARBY_NANO
    return span.trace_id == truth_trace(row) or is_open
