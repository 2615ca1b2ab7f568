"""One live execution: its spans as they end, who pays so far, and the totals below each span that is still open.

What it says while spans come in is written onto them as they end; `settle` judges the whole again, which is the last
word (a later span may prove an earlier decision wrong).
"""

from __future__ import annotations

from collections.abc import Container

from msgspec import Struct, field
from msgspec.structs import replace

from otel_agentcost.ledger.beyond import Beyond, without_conclusions
from otel_agentcost.ledger.judge import judge
from otel_agentcost.ledger.relations import Relations
from otel_agentcost.ledger.snapshot import Snapshot
from otel_agentcost.ledger.standing import Verdict, standing
from otel_agentcost.ledger.summary import call_of
from otel_agentcost.ledger.total import NOTHING, Total, minus, share
from otel_agentcost.ledger.tree import MAX_DEPTH, Tree
from otel_agentcost.model.fact import Fact
from otel_agentcost.model.outcome import COUNTED, DUPLICATE, ESTIMATED, UNPRICED, Reason
from otel_agentcost.model.reading import AGENT, BILLABLE, OTHER

_NO_RELATIONS = Relations({}, {})


class Execution(Struct, eq=False, gc=False):
    """The spans of one trace that have ended. Not thread-safe: the engine holds the lock.

    The garbage collector does not visit it, nor anything in it, since thousands may be live: it is in no cycle.
    """

    trace_id: int
    max_spans: int
    facts: dict[int, Fact] = {}
    parents: dict[int, int] = {}
    verdicts: dict[int, Verdict] = {}
    _below: dict[int, Total] = {}
    _relations: Relations = field(default_factory=lambda: _NO_RELATIONS)
    _judged_extent: tuple[int, int] = (0, 0)
    root_name: str | None = None
    root_span_id: int = 0
    is_complete: bool = False
    beyond: Beyond | None = None
    charged_nano_usd: int = 0
    """What tools have cost by themselves so far."""
    corrections: int = 0
    superseded: bool = False
    """Whether the span recorded last took over the payment from one that was told its cost before."""
    start_unix_nano: int = 0
    end_unix_nano: int = 0
    seen_unix_nano: int = 0

    def __post_init__(self) -> None:
        if self._relations is _NO_RELATIONS:
            self._relations = Relations(self.facts, self.parents)

    def close(self, span_id: int, parent_span_id: int) -> Total:
        """Note that a span ended, hand what lies below it to its nearest open ancestor, and return that total."""
        parents = self.parents
        if span_id in parents:
            return NOTHING  # told again, perhaps with another parent: what it held has gone the first one's way
        if len(parents) < self.max_spans:
            parents[span_id] = parent_span_id
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

    def charge(self, span_id: int, amount: Total) -> None:
        """Add what a tool's span costs by itself to the totals of itself and what is above it."""
        if amount != NOTHING:
            self.charged_nano_usd += amount.cost_nano_usd
            self._give(span_id, amount)

    def total(self) -> Total:
        """Return what all calls cost so far."""
        total = NOTHING
        for below in self._below.values():
            total = total.plus(below)
        return total

    def tokens(self) -> int:
        """Return the input and output tokens of the calls so far."""
        readings = (self.facts[span_id].reading for span_id, verdict in self.verdicts.items()
                    if verdict.status != DUPLICATE and span_id in self.facts)  # fmt: skip
        return sum(each.usage.total_tokens for each in readings if each is not None and each.usage is not None)

    def record(self, fact: Fact) -> Verdict | None:
        """Add an ended AI span and return its verdict so far, None where it stands for no call.

        A span that is recorded again changes nothing.
        """
        span_id = fact.span_id
        self.superseded = False
        if span_id in self.facts:
            return self.verdicts.get(span_id)
        if len(self.facts) >= self.max_spans:
            return self._record_beyond(fact)
        self.facts[span_id] = fact
        reading = fact.reading
        if reading is None:
            return None
        if reading.covers == "call" and reading.kind in BILLABLE:
            related = self._relations.meet(fact, reading, span_id in self._below)
            if related:
                self._judge_again(fact, related)
            else:
                self._enter_first(span_id, standing(fact))
        elif reading.is_billable:
            self._judge_again(fact, self._under(span_id))
        else:
            self._record_sum(fact)
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
        extent = (len(self.facts) + (0 if self.beyond is None else self.beyond.spans), len(self.parents))
        if extent == self._judged_extent:
            return self.verdicts
        self._judged_extent = extent
        final = judge(self.facts, self.parents)
        if max(extent) >= self.max_spans:
            final = without_conclusions(final, self.facts, self.parents, self.beyond)
        for span_id, verdict in self.verdicts.items():
            if verdict.reason == Reason.SAME_CALL_IN_ANOTHER_TRACE and verdict.payer_span_id not in judged_with:
                now = final.get(span_id, verdict)
                final[now.payer_span_id if now.reason == Reason.SAME_CALL else span_id] = verdict
        for span_id in final.keys() | self.verdicts.keys():
            if final.get(span_id) != self.verdicts.get(span_id):
                self.corrections += 1
        self.verdicts = final
        self._relations.forget_pairs()
        for span_id, verdict in final.items():
            if verdict.status == DUPLICATE:
                self._relations.pair(self.facts.get(verdict.payer_span_id), self.facts[span_id])
        return final

    def judge_later(self) -> None:
        """Have `settle` judge the whole execution although no span is new: other things that spans of it say may be."""
        self._judged_extent = (0, 0)

    def judge_again(self, judged_with: Container[int] = ()) -> dict[int, Verdict]:
        """Judge the whole execution now, for the same reason."""
        self.judge_later()
        return self.settle(judged_with)

    def told_by(self, fact: Fact) -> frozenset[str]:
        """Return the scopes of all spans that stand for the call that this one pays."""
        return self._relations.told_by(fact)

    def tree(self) -> Tree:
        return Tree(self.facts, self.parents)

    def snapshot(self) -> Snapshot:
        """Return the execution as it stands, apart from what comes later."""
        return Snapshot(
            self.trace_id, dict(self.facts), dict(self.parents), dict(self.verdicts), self.root_name,
            self.is_complete, self.start_unix_nano, self.end_unix_nano, self.root_span_id,
        )  # fmt: skip

    def _enter_first(self, span_id: int, verdict: Verdict) -> None:
        """Set the verdict of a span that had none and is no duplicate, and book it: `_enter` for the usual case."""
        self.verdicts[span_id] = verdict
        below = self._below
        before = below.get(span_id)
        own = share(verdict)
        below[span_id] = own if before is None else before.plus(own)

    def _enter(self, span_id: int, verdict: Verdict | None) -> None:
        """Set a verdict and book the difference with the nearest ancestor that is still open."""
        old = self.verdicts.get(span_id)
        if verdict is None:
            self.verdicts.pop(span_id, None)
        else:
            self.verdicts[span_id] = verdict
        change = minus(share(verdict), share(old))
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

    def _record_beyond(self, fact: Fact) -> Verdict | None:
        """Count a call of an execution that has more spans than are kept: a sum must not stop where the memory does."""
        beyond = self.beyond = self.beyond or Beyond(self.facts.values())
        reading, is_new = fact.reading, beyond.meet(fact)
        if reading is None or not reading.is_billable:
            return None
        if is_new and self._below.get(fact.span_id, NOTHING).calls:
            beyond.told.add(fact.span_id)  # something inside it has been counted
        if fact.span_id in beyond.told:
            return Verdict(DUPLICATE, Reason.SAME_CALL)
        verdict = standing(fact)
        if is_new:
            self._give(fact.span_id, share(verdict))
            beyond.add(call_of(fact, verdict, Tree({}, {}), fact.identity))
        return verdict

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
            if verdict is not None and verdict.status == DUPLICATE:
                self._relations.pair(self.facts.get(verdict.payer_span_id), member)

    def _record_sum(self, fact: Fact) -> None:
        """Take an agent's own sum only where nothing below it has a cost; flag an agent that told of no call at all."""
        reading, below = fact.reading, self._below.get(fact.span_id, NOTHING)
        if reading is None:
            return
        if reading.usage is not None and any(reading.usage.counts):
            if reading.covers == "last" and below.calls:
                # Calls of agents inside it are not its own; the judge tells them apart.
                judged = judge({f.span_id: f for f in (*self._under(fact.span_id), fact)}, self.parents)
                self._enter(fact.span_id, judged.get(fact.span_id))
                return
            if below.cost_nano_usd or below.calls > below.unpriced_calls:
                return
            own = standing(fact)
            if own.status in COUNTED and reading.covers == "last":
                self._enter(fact.span_id, own)
            elif own.status in COUNTED:
                self._enter(fact.span_id, replace(own, status=ESTIMATED, reason=own.reason or Reason.SUM_OF_CALLS))
            elif not below.calls:
                self._enter(fact.span_id, own)
        elif reading.kind == AGENT and not below.calls:
            self._enter(fact.span_id, Verdict(UNPRICED, Reason.NO_INFERENCE_SPANS))
