"""One live execution: its spans as they end, who pays so far, and the totals below each span that is still open.

What it says while spans come in is written onto them as they end; `settle` judges the whole again, which is the last
word (a later span may prove an earlier decision wrong).
"""

from __future__ import annotations

from collections.abc import Container, Iterator
from itertools import islice
from typing import NamedTuple

from otel_agentcost.ledger.judge import judge
from otel_agentcost.ledger.same_call import CLOCK_TOLERANCE_NANO, beside_is_same_call
from otel_agentcost.ledger.standing import Verdict, standing
from otel_agentcost.ledger.tree import MAX_DEPTH, Tree
from otel_agentcost.model.fact import Fact
from otel_agentcost.model.money import NanoUsd
from otel_agentcost.model.outcome import COUNTED, DUPLICATE, ESTIMATED, UNPRICED, Reason
from otel_agentcost.model.reading import AGENT, BILLABLE, OTHER, Reading


class Total(NamedTuple):
    """What lies below a span, itself included. `calls` counts the unpriced ones too."""

    cost_nano_usd: NanoUsd = 0
    calls: int = 0
    unpriced_calls: int = 0

    def plus(self, other: Total) -> Total:
        return Total(
            self.cost_nano_usd + other.cost_nano_usd,
            self.calls + other.calls,
            self.unpriced_calls + other.unpriced_calls,
        )


NOTHING = Total()

_OPEN = Verdict(UNPRICED)

_MAX_NEARBY = 512
_MAX_RELATED = 64
"""Of the spans under way meanwhile, so many of the latest are looked at, and so many that may be the same call are
judged at once; `settle` compares all."""

_PAST_BEFORE_STOPPING = 32
"""Concurrent calls are recorded out of order by a few; so many that ended before the question end the search."""


class Execution:
    """The spans of one trace that have ended. Not thread-safe: the engine holds the lock."""

    __slots__ = (
        "_below", "_by_response", "_calls", "_judged_extent", "_open_streams", "_scopes", "_scopes_of", "corrections",
        "end_unix_nano", "facts", "is_complete", "is_truncated", "latest", "max_spans", "parents", "root_name",
        "seen_unix_nano", "start_unix_nano", "superseded", "trace_id", "verdicts",
    )  # fmt: skip

    def __init__(self, trace_id: int, max_spans: int) -> None:
        self.trace_id = trace_id
        self.max_spans = max_spans
        self.facts: dict[int, Fact] = {}
        self.parents: dict[int, int] = {}
        self.verdicts: dict[int, Verdict] = {}
        self._below: dict[int, Total] = {}
        self._by_response: dict[str, int] = {}
        self._calls: list[int] = []
        self._scopes: set[str] = set()
        self._scopes_of: dict[int, set[str]] = {}
        """By the span that pays for a call: the instrumentations that have told it too."""
        self._open_streams: dict[tuple[str, int], list[Fact]] = {}
        self._judged_extent = (0, 0)
        self.root_name: str | None = None
        self.is_complete = False
        self.is_truncated = False
        self.corrections = 0
        self.superseded = False
        """Whether the span recorded last took over the payment from one that was told its cost before."""
        self.start_unix_nano = 0
        self.end_unix_nano = 0
        self.seen_unix_nano = 0
        self.latest = 0

    def close(self, span_id: int, parent_span_id: int) -> Total:
        """Note that a span ended, hand what lies below it to its nearest open ancestor, and return that total."""
        parents = self.parents
        if len(parents) < self.max_spans:
            parents[span_id] = parent_span_id
        else:
            self.is_truncated = True
        below = self._below
        if not below:
            return NOTHING
        total = below.pop(span_id, None)
        if total is None:
            return NOTHING
        self._give(parent_span_id, total)
        return total

    def is_about_ai(self) -> bool:
        """Return whether any span of the trace is a call, an agent, a workflow, a tool or a retrieval."""
        return any(fact.reading is not None and fact.reading.kind != OTHER for fact in self.facts.values())

    def holds(self, span_id: int) -> bool:
        """Return whether a counted call lies below a span that has not ended yet."""
        return span_id in self._below

    def record(self, fact: Fact) -> Verdict | None:
        """Add an ended AI span and return its verdict so far, None where it stands for no call.

        A span that is recorded again changes nothing.
        """
        span_id = fact.span_id
        self.superseded = False
        if span_id in self.facts:
            return self.verdicts.get(span_id)
        if len(self.facts) >= self.max_spans:
            self.is_truncated = True
            verdict = standing(fact) if fact.reading is not None and fact.reading.is_billable else None
            if verdict is not None:
                self._give(span_id, _share(verdict))
            return verdict
        self.facts[span_id] = fact
        reading = fact.reading
        if reading is None:
            return None
        if reading.covers == "call" and reading.kind in BILLABLE:
            self._scopes.add(fact.scope)
            related = self._related(fact, reading)
            if related:
                self._judge_again(fact, related)
            else:
                self._enter_first(span_id, standing(fact))
            if reading.response_id is not None:
                self._by_response.setdefault(reading.response_id, span_id)
            self._calls.append(span_id)
            if reading.usage is None and not reading.ends_stream:
                self._open_streams.setdefault((fact.scope, fact.parent_span_id), []).append(fact)
        elif reading.is_billable:
            self._judge_again(fact, self._under(span_id))
        else:
            self._record_sum(fact)
        self.latest = max(self.latest, fact.end_unix_nano)
        return self.verdicts.get(span_id)

    def correct(self, span_id: int, verdict: Verdict) -> None:
        """Replace a verdict, and the amounts it had added above it."""
        old = self.verdicts.get(span_id)
        if old != verdict:
            self.corrections += 1
            self._enter(span_id, verdict)

    def settle(self, judged_with: Container[int] = ()) -> dict[int, Verdict]:
        """Judge the whole execution and return the final verdicts.

        Verdicts given across traces stay, since the payer may be gone; not where it is among `judged_with`, the spans
        of executions that settle together: then those calls are matched again, with all that is known by now.
        """
        extent = (len(self.facts), len(self.parents))
        if extent == self._judged_extent:
            return self.verdicts
        self._judged_extent = extent
        final = judge(self.facts, self.parents)
        for span_id, verdict in self.verdicts.items():
            if verdict.reason == Reason.SAME_CALL_IN_ANOTHER_TRACE and verdict.payer_span_id not in judged_with:
                now = final.get(span_id, verdict)
                final[now.payer_span_id if now.reason == Reason.SAME_CALL else span_id] = verdict
        for span_id in final.keys() | self.verdicts.keys():
            if final.get(span_id) != self.verdicts.get(span_id):
                self.corrections += 1
        self.verdicts = final
        self._scopes_of = {}
        for span_id in final:
            self._note_scope(span_id, final[span_id])
        return final

    def told_by(self, fact: Fact) -> frozenset[str]:
        """Return the scopes of all spans that stand for the call that this one pays."""
        return frozenset(self._scopes_of.get(fact.span_id, (fact.scope,)))

    def tree(self) -> Tree:
        return Tree(self.facts, self.parents)

    def _enter_first(self, span_id: int, verdict: Verdict) -> None:
        """Set the verdict of a span that had none and is no duplicate, and book it: `_enter` for the usual case."""
        self.verdicts[span_id] = verdict
        below = self._below
        before = below.get(span_id)
        share = _share(verdict)
        below[span_id] = share if before is None else before.plus(share)

    def _enter(self, span_id: int, verdict: Verdict | None) -> None:
        """Set a verdict and book the difference with the nearest ancestor that is still open."""
        old = self.verdicts.get(span_id)
        if verdict is None:
            self.verdicts.pop(span_id, None)
        else:
            self.verdicts[span_id] = verdict
        change = _minus(_share(verdict), _share(old))
        if change != NOTHING:
            self._give(span_id, change)

    def _give(self, span_id: int, total: Total) -> None:
        """Add to the first span, from this one upwards, that has not ended (0 above a root)."""
        parents = self.parents
        steps = 0
        while span_id in parents and steps < MAX_DEPTH:
            span_id = parents[span_id]
            steps += 1
        below = self._below
        before = below.get(span_id)
        below[span_id] = total if before is None else before.plus(total)

    def _related(self, fact: Fact, reading: Reading) -> list[Fact]:
        """Return the earlier spans that may stand for the same call; most calls have none, which is found out cheaply.

        Inside it: something below it has been counted. Around it: its parent has ended before it. Beside it: another
        instrumentation was at work meanwhile, the response is known, or it ends a stream.
        """
        facts = self.facts
        related: list[Fact] = []
        holds_calls = fact.span_id in self._below
        if (holds_calls or len(self._scopes) > 1) and self.latest >= fact.start_unix_nano - CLOCK_TOLERANCE_NANO:
            nearby = self._latest_first(fact.start_unix_nano - CLOCK_TOLERANCE_NANO)
            related = [near for near in islice(nearby, _MAX_NEARBY) if self._may_be_one(fact, near, holds_calls)]
            del related[_MAX_RELATED:]
        if holds_calls or fact.parent_span_id in facts:
            tree = Tree(facts, self.parents)
            # What stands between two calls (an agent, a tool) tells whether they can be one.
            related.extend([between for near in related for between in tree.ancestors(near.span_id)])
            related.extend(tree.ancestors(fact.span_id))
        if reading.response_id is not None and (earlier := self._by_response.get(reading.response_id)) is not None:
            related.append(facts[earlier])
        if reading.ends_stream:
            related.extend(self._streams_beside(fact))
        return related

    def _may_be_one(self, fact: Fact, near: Fact, holds_calls: bool) -> bool:
        """Return whether the earlier span may be of the same call: inside it, or beside it and not yet paired."""
        if holds_calls and fact.span_id in Tree(self.facts, self.parents).ancestor_ids(near.span_id):
            return True
        if near.scope == fact.scope:
            return False
        verdict = self.verdicts.get(near.span_id)
        payer = near.span_id if verdict is None else verdict.payer_span_id or near.span_id
        return fact.scope not in self._scopes_of.get(payer, ()) and beside_is_same_call(near, fact)

    def _streams_beside(self, fact: Fact) -> list[Fact]:
        """Return the streams of the same scope and parent whose end has not been told yet."""
        begun = self._open_streams.get((fact.scope, fact.parent_span_id), [])
        begun[:] = [f for f in begun if self.verdicts.get(f.span_id, _OPEN).status != DUPLICATE]
        return begun[-_MAX_RELATED:]

    def _latest_first(self, since_unix_nano: int) -> Iterator[Fact]:
        """Yield calls that ended since, the last recorded first, and stop where they are long past.

        Spans come nearly in the order of their ends; `settle` sees those that do not.
        """
        past = 0
        for span_id in reversed(self._calls):
            fact = self.facts[span_id]
            if fact.end_unix_nano >= since_unix_nano:
                yield fact
            elif (past := past + 1) > _PAST_BEFORE_STOPPING:
                return

    def _under(self, span_id: int) -> list[Fact]:
        tree = Tree(self.facts, self.parents)
        return [f for f in self.facts.values() if span_id in tree.ancestor_ids(f.span_id)]

    def _judge_again(self, fact: Fact, related: list[Fact]) -> None:
        """Judge the span among those it may be related to, and book what that changes."""
        subset = {f.span_id: f for f in related}
        for span_id in list(subset):
            verdict = self.verdicts.get(span_id)
            if verdict is not None and verdict.payer_span_id in self.facts:
                subset[verdict.payer_span_id] = self.facts[verdict.payer_span_id]
        subset[fact.span_id] = fact
        parents = self.parents
        if fact.span_id in parents:
            verdicts = judge(subset, parents)
        else:  # the span counts as open until `close`; the judge needs its link all the same
            parents[fact.span_id] = fact.parent_span_id
            verdicts = judge(subset, parents)
            del parents[fact.span_id]
        for span_id, member in subset.items():
            if member.reading is None or not member.reading.is_billable:
                continue
            verdict = verdicts.get(span_id)
            old = self.verdicts.get(span_id)
            if old is not None and old.reason == Reason.SAME_CALL_IN_ANOTHER_TRACE:
                continue
            if verdict != old:
                if old is not None:
                    self.corrections += 1
                    if old.status in COUNTED and verdict is not None and verdict.payer_span_id == fact.span_id:
                        self.superseded = True
                self._enter(span_id, verdict)
            if verdict is not None:
                self._note_scope(span_id, verdict)

    def _note_scope(self, span_id: int, verdict: Verdict) -> None:
        payer = self.facts.get(verdict.payer_span_id)
        if verdict.status == DUPLICATE and payer is not None:
            self._scopes_of.setdefault(payer.span_id, {payer.scope}).add(self.facts[span_id].scope)

    def _record_sum(self, fact: Fact) -> None:
        """Take an agent's own sum only where nothing below it has a cost; flag an agent that told of no call at all."""
        reading, below = fact.reading, self._below.get(fact.span_id, NOTHING)
        if reading is None:
            return
        if reading.usage is not None and any(reading.usage):
            if below.cost_nano_usd or below.calls > below.unpriced_calls:
                return
            own = standing(fact)
            if own.status in COUNTED and reading.covers == "last":
                self._enter(fact.span_id, own)
            elif own.status in COUNTED:
                self._enter(fact.span_id, own._replace(status=ESTIMATED, reason=own.reason or Reason.SUM_OF_CALLS))
            elif not below.calls:
                self._enter(fact.span_id, own)
        elif reading.kind == AGENT and not below.calls:
            self._enter(fact.span_id, Verdict(UNPRICED, Reason.NO_INFERENCE_SPANS))


def _share(verdict: Verdict | None) -> Total:
    if verdict is None or verdict.status == DUPLICATE:
        return NOTHING
    return Total(verdict.cost_nano_usd, 1, 1 if verdict.status == UNPRICED else 0)


def _minus(a: Total, b: Total) -> Total:
    return Total(a.cost_nano_usd - b.cost_nano_usd, a.calls - b.calls, a.unpriced_calls - b.unpriced_calls)
