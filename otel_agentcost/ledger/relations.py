"""Find, while spans come in, the earlier ones that may stand for the same call: usually none, and quickly so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice

from msgspec import Struct

from otel_agentcost.ledger.same_call import CLOCK_TOLERANCE_NANO, beside_is_same_call
from otel_agentcost.ledger.tree import Tree
from otel_agentcost.model.fact import Fact
from otel_agentcost.model.reading import Reading

_MAX_NEARBY = 512
_MAX_RELATED = 64
"""Of the spans under way meanwhile, so many of the latest are looked at, and so many that may be the same call are
judged at once; `Execution.settle` compares all."""

_PAST_BEFORE_STOPPING = 32
"""Concurrent calls are recorded out of order by a few; so many that ended before the question end the search."""


class RelationsAtRest(Struct, array_like=True, gc=False):
    """What `Relations` knows beside the spans themselves, which are named by their ids."""

    calls: list[int]
    latest: int
    open_streams: list[tuple[str, int, list[int]]]
    payers: dict[int, int]
    scopes: list[str]
    told: dict[int, list[str]]


class Relations(Struct, eq=False, gc=False):
    """The calls of one execution, by what ties spans of one call together.

    All that every execution has is in dictionaries, which the garbage collector does not visit where nothing in them
    refers to other objects.
    """

    _facts: Mapping[int, Fact]
    _parents: Mapping[int, int]
    _by_response: dict[str, Fact] = {}
    _calls: dict[int, Fact] = {}
    """In the order in which they were recorded."""
    _latest: int = 0
    _open_streams: dict[tuple[str, int], list[Fact]] = {}
    _payers: dict[int, int] = {}
    """By duplicate: the span that pays in its place."""
    _scopes: dict[str, None] = {}
    _told: dict[int, set[str]] = {}
    """By payer: the instrumentations that have told its call."""

    @classmethod
    def woken(cls, rest: RelationsAtRest, facts: Mapping[int, Fact], parents: Mapping[int, int]) -> Relations:
        """Return what `at_rest` was told of, over the same spans."""
        calls = {span_id: facts[span_id] for span_id in rest.calls}
        by_response: dict[str, Fact] = {}
        for fact in calls.values():
            if fact.reading is not None and fact.reading.response_id is not None:
                by_response.setdefault(fact.reading.response_id, fact)
        return cls(
            facts,
            parents,
            by_response,
            calls,
            rest.latest,
            {(scope, parent): [facts[each] for each in ids] for scope, parent, ids in rest.open_streams},
            rest.payers,
            dict.fromkeys(rest.scopes),
            {payer: set(scopes) for payer, scopes in rest.told.items()},
        )

    def at_rest(self) -> RelationsAtRest:
        """Return it as what can be packed."""
        return RelationsAtRest(
            list(self._calls),
            self._latest,
            [(*place, [fact.span_id for fact in begun]) for place, begun in self._open_streams.items() if begun],
            self._payers,
            list(self._scopes),
            {payer: list(scopes) for payer, scopes in self._told.items()},
        )

    def meet(self, fact: Fact, reading: Reading, holds_calls: bool) -> list[Fact]:
        """Return the earlier spans that may stand for the same call as this one, and remember it.

        Inside it: something below it has been counted (`holds_calls`). Around it: its parent has ended before it.
        Beside it: another instrumentation was at work meanwhile, the response is known, or it ends a stream.
        """
        facts = self._facts
        self._scopes[fact.scope] = None
        related: list[Fact] = []
        since = fact.start_unix_nano - CLOCK_TOLERANCE_NANO
        if (holds_calls or len(self._scopes) > 1) and self._latest >= since:
            nearby = islice(self._latest_first(since), _MAX_NEARBY)
            related = [near for near in nearby if self._may_be_one(fact, near, holds_calls)]
            del related[_MAX_RELATED:]
        if holds_calls or fact.parent_span_id in facts:
            tree = Tree(facts, self._parents)
            # What stands between two calls (an agent, a tool) tells whether they can be one.
            related.extend([between for near in related for between in tree.ancestors(near.span_id)])
            related.extend(tree.ancestors(fact.span_id))
        if reading.response_id is not None:
            earlier = self._by_response.setdefault(reading.response_id, fact)
            if earlier is not fact:
                related.append(earlier)
        if reading.ends_stream:
            related.extend(self._streams_beside(fact))
        elif reading.usage is None:
            self._open_streams.setdefault((fact.scope, fact.parent_span_id), []).append(fact)
        self._calls[fact.span_id] = fact
        self._latest = max(self._latest, fact.end_unix_nano)
        return related

    def pair(self, payer: Fact | None, duplicate: Fact) -> None:
        """Note that one span pays for a call that another tells too."""
        if payer is not None:
            self._payers[duplicate.span_id] = payer.span_id
            self._told.setdefault(payer.span_id, {payer.scope}).add(duplicate.scope)

    def forget_pairs(self) -> None:
        """Begin again with the pairs: the execution has been judged as a whole."""
        self._payers.clear()
        self._told.clear()

    def told_by(self, fact: Fact) -> frozenset[str]:
        """Return the scopes of all spans that stand for the call that this one pays."""
        return frozenset(self._told.get(fact.span_id, (fact.scope,)))

    def _may_be_one(self, fact: Fact, near: Fact, holds_calls: bool) -> bool:
        """Return whether the earlier span may be of the same call: inside it, or beside it and not yet paired."""
        if holds_calls and fact.span_id in Tree(self._facts, self._parents).ancestor_ids(near.span_id):
            return True
        if near.scope == fact.scope:
            return False
        payer = self._payers.get(near.span_id, near.span_id)
        return fact.scope not in self._told.get(payer, ()) and beside_is_same_call(near, fact)

    def _streams_beside(self, fact: Fact) -> list[Fact]:
        """Return the streams of the same scope and parent whose end has not been told yet."""
        begun = self._open_streams.get((fact.scope, fact.parent_span_id), [])
        begun[:] = [stream for stream in begun if stream.span_id not in self._payers]
        return begun[-_MAX_RELATED:]

    def _latest_first(self, since_unix_nano: int) -> Iterator[Fact]:
        """Yield calls that ended since, the last recorded first, and stop where they are long past.

        Spans come nearly in the order of their ends; `settle` sees those that do not.
        """
        past = 0
        for fact in reversed(self._calls.values()):
            if fact.end_unix_nano >= since_unix_nano:
                yield fact
            elif (past := past + 1) > _PAST_BEFORE_STOPPING:
                return
