"""A stream of spans as a busy service ends them: many executions at once, told once, twice, late, or never to the end.

It is the same for the same seed, so that a process that was killed can be sent it again from anywhere.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import NamedTuple

from otel_agentcost.engine.engine import Engine
from otel_agentcost.engine.ports import EndedSpan
from otel_agentcost.ledger.tool_charges import ToolPrices
from otel_agentcost.model.execution import ExecutionSummary
from otel_agentcost.model.tool_price import ToolPrice
from tests.golden.scoring import price_table
from tests.property.trees import EPOCH_NANO, Forest

AT_ONCE = 40
"""So many executions are under way at any moment."""
_SECOND = 1_000_000_000
_BETWEEN_NANO = 20 * _SECOND
"""From the start of one execution to the next: 12,000 of them take some three days."""
_PLAIN = "http"
_CENT = 10_000_000


class Chance:
    """A source of decisions, as `tests.integration.fuzz_mutations.Choices` describes it."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def below(self, limit: int) -> int:
        return self._random.randrange(limit)


class SearchCosts:
    """A cent for each call of the tool that executions of `trees.py` use."""

    def price(self, tool: str | None, mcp_server: str | None = None, /) -> ToolPrice | None:
        return ToolPrice("tools/search", _CENT) if tool == "search" else None


TOOLS: ToolPrices = SearchCosts()


class Stream(NamedTuple):
    """Spans in the order in which they come, some of them twice, and how many calls a provider would have billed."""

    spans: list[EndedSpan]
    billed: int


def stream(seed: int, calls: int) -> Stream:
    """Return spans of at least so many calls that were billed."""
    choices = random.Random(seed)
    executions: list[list[EndedSpan]] = []
    billed = 0
    while billed < calls:
        grown, count = _execution(seed, len(executions) + 1)
        billed += count
        executions.append(_as_they_come(grown, choices))
    return Stream(list(_known(_interleaved(executions, choices))), billed)


def truth(spans: list[EndedSpan]) -> dict[int, ExecutionSummary]:
    """Return what the spans come to, told to one engine that nothing happens to."""
    engine = Engine(price_table(), tools=TOOLS)
    for span in spans:
        engine.end(span)
    return {summary.execution_id: summary for summary in engine.settle_all()}


def _execution(seed: int, number: int) -> tuple[list[EndedSpan], int]:
    choices = random.Random(seed * 1_000_003 + number)
    trace_id = choices.getrandbits(127) + 1
    grown = Forest(Chance(seed * 1_000_003 + number), alike=number % 5 == 0)
    grown._ids = choices.getrandbits(62)
    grown._now = EPOCH_NANO + number * _BETWEEN_NANO
    grown.grow(trace_id)
    who = {"user.id": f"user-{number % 97}", "agentcost.team": f"team-{number % 7}"}
    # Some frameworks say on every span who it is for, some only on the root, which comes last.
    told = [
        span._replace(attributes={**span.attributes, **who}) if span.is_local_root or number % 3 == 0 else span
        for span in grown.spans
    ]
    return told, len(grown.billed)


def _as_they_come(spans: list[EndedSpan], choices: random.Random) -> list[EndedSpan]:
    """Return the spans as batches bring them: nearly in their order; a root that never ends; some told twice."""
    come = list(spans)
    if choices.random() < 0.03:
        come.pop()
    for at in range(len(come) - 1):
        if choices.random() < 0.1:
            come[at], come[at + 1] = come[at + 1], come[at]
    for span in list(come):
        if choices.random() < 0.02:
            come.insert(choices.randrange(len(come) + 1), span)
    return come


def _interleaved(executions: list[list[EndedSpan]], choices: random.Random) -> list[EndedSpan]:
    """Return the spans of all, some forty executions at a time; one span in a thousand comes long after its own."""
    waiting = [iter(spans) for spans in executions]
    waiting.reverse()
    under_way = [waiting.pop() for _ in range(min(AT_ONCE, len(waiting)))]
    mixed: list[EndedSpan] = []
    late: list[tuple[int, EndedSpan]] = []
    while under_way:
        if late and late[0][0] <= len(mixed):
            mixed.append(late.pop(0)[1])
        place = choices.randrange(len(under_way))
        span = next(under_way[place], None)
        if span is None:
            if waiting:
                under_way[place] = waiting.pop()
            else:
                del under_way[place]
        elif choices.random() < 0.001 and span.scope_name != _PLAIN:
            late.append((len(mixed) + 4_000, span))
        else:
            mixed.append(span)
    return [*mixed, *(span for _, span in late)]


def _known(spans: list[EndedSpan]) -> Iterator[EndedSpan]:
    """Yield the spans, the plain ones of a trace behind its first that is about AI (and none of them is late).

    Else they would be in the memory of their process only, as docs/stores.md says: one that is killed then, and is
    told of them by nobody again, has lost them.
    """
    about_ai: set[int] = set()
    held: dict[int, list[EndedSpan]] = {}
    for span in spans:
        if span.scope_name == _PLAIN and span.trace_id not in about_ai:
            held.setdefault(span.trace_id, []).append(span)
            continue
        yield span
        about_ai.add(span.trace_id)
        yield from held.pop(span.trace_id, ())
