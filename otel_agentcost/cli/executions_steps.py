"""The steps of one execution: its spans as a tree, each with its own cost and with what lies below it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from otel_agentcost.engine.packing import UnreadableSegmentError, unpack
from otel_agentcost.model.books import Stored
from otel_agentcost.model.call import MODEL_CALL, Call
from otel_agentcost.model.fact import Fact
from otel_agentcost.model.money import NanoUsd
from otel_agentcost.model.outcome import DUPLICATE, UNPRICED


@dataclass
class Step:
    """One span. What is `below_` it is of the calls under it, without its own."""

    span_id: int
    parent_span_id: int
    name: str
    kind: str
    start_unix_nano: int
    end_unix_nano: int
    call: Call | None = None
    is_failed: bool = False
    depth: int = 0
    """How many of the steps shown stand above it."""
    is_last: bool = True
    """Whether no sibling follows it."""
    children: list[Step] = field(default_factory=list["Step"])
    below_nano_usd: NanoUsd = 0
    below_calls: int = 0
    below_unpriced_calls: int = 0

    @property
    def own_nano_usd(self) -> NanoUsd:
        return 0 if self.call is None else self.call.cost_nano_usd

    def as_row(self) -> dict[str, Any]:
        """Return the JSON row; what there is only of a call stands under the span's id in `calls`."""
        return {
            "span_id": f"{self.span_id:016x}",
            "parent_span_id": f"{self.parent_span_id:016x}" if self.parent_span_id else None,
            "depth": self.depth,
            "name": self.name,
            "kind": self.kind,
            "start_unix_nano": self.start_unix_nano,
            "end_unix_nano": self.end_unix_nano,
            "failed": self.is_failed,
            "status": None if self.call is None else self.call.status,
            "reason": None if self.call is None else self.call.reason,
            "model": None if self.call is None else self.call.model or self.call.request_model,
            "cost_nano_usd": self.own_nano_usd,
            "below_cost_nano_usd": self.below_nano_usd,
            "below_calls": self.below_calls,
            "below_unpriced_calls": self.below_unpriced_calls,
        }


def steps_of(stored: Stored) -> tuple[list[Step], bool]:
    """Return the steps in the order of a tree (a step, then what is below it, by start), and whether all are there.

    Spans that are not about AI are passed over: what is below them stands below the nearest step above. Where a segment
    cannot be read, the calls alone are the steps.
    """
    steps: dict[int, Step] = {}
    links: dict[int, int] = {}
    is_whole = True
    for segment in stored.segments:
        try:
            facts, bare = unpack(stored.execution_id, segment)
        except UnreadableSegmentError:
            is_whole = False
            continue
        steps.update((fact.span_id, _step_of(fact)) for fact in facts)
        links.update((link.span_id, link.parent_span_id) for link in bare)
    for call in stored.calls:
        step = steps.setdefault(call.span_id, _step_of_call(call))
        step.call = call
    ordered = list(_walk(steps, _hang(steps, links)))
    _add_up(ordered)
    return ordered, is_whole


def _step_of(fact: Fact) -> Step:
    reading = fact.reading
    return Step(
        fact.span_id,
        fact.parent_span_id,
        fact.name,
        "other" if reading is None else reading.kind,
        fact.start_unix_nano,
        fact.end_unix_nano,
        is_failed=reading is not None and reading.is_failed,
    )


def _step_of_call(call: Call) -> Step:
    name = f"{call.operation or call.kind} {call.tool if call.kind == 'tool' else call.model or ''}".strip()
    return Step(call.span_id, call.parent_span_id, name, call.kind, call.start_unix_nano, call.end_unix_nano, call)


def _hang(steps: Mapping[int, Step], links: Mapping[int, int]) -> list[Step]:
    """Hang each step below the nearest one above it, and return those that have none above."""
    tops: list[Step] = []
    for step in sorted(steps.values(), key=_by_start):
        parent, passed = step.parent_span_id, {step.span_id}
        while parent and parent not in steps and parent not in passed:
            passed.add(parent)
            parent = links.get(parent, 0)
        above = steps.get(parent)
        (tops if above is None or above is step else above.children).append(step)
    return tops


def _walk(steps: Mapping[int, Step], tops: list[Step]) -> Iterator[Step]:
    """Yield every step once: from the tops down, then those that only a cycle of parents holds."""
    walked: set[int] = set()
    left = tops
    while left:
        stack = [(step, 0, step is left[-1]) for step in reversed(left)]
        while stack:
            step, depth, is_last = stack.pop()
            if step.span_id in walked:
                continue
            walked.add(step.span_id)
            step.depth, step.is_last = depth, is_last
            step.children = [child for child in step.children if child.span_id not in walked]
            yield step
            stack += [(child, depth + 1, child is step.children[-1]) for child in reversed(step.children)]
        left = sorted((step for step in steps.values() if step.span_id not in walked), key=_by_start)[:1]


def _by_start(step: Step) -> tuple[int, int]:
    return step.start_unix_nano, step.span_id


def _add_up(ordered: list[Step]) -> None:
    """Add what is below each step, from the leaves up: in the order of a tree a child comes after its parent."""
    for step in reversed(ordered):
        for child in step.children:
            call = child.call
            step.below_nano_usd += child.below_nano_usd + child.own_nano_usd
            step.below_calls += child.below_calls
            step.below_unpriced_calls += child.below_unpriced_calls
            if call is not None and call.status != DUPLICATE and call.kind == MODEL_CALL:
                step.below_calls += 1
                step.below_unpriced_calls += call.status == UNPRICED
