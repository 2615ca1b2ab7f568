"""Join inference spans of one execution that stand side by side for one call."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeAlias

from otel_agentcost.ledger.clusters import Clusters
from otel_agentcost.ledger.same_call import (
    CLOCK_TOLERANCE_NANO,
    beside_is_same_call,
    counts_are_sure,
    models_agree,
    nested_is_same_call,
)
from otel_agentcost.ledger.tree import Tree
from otel_agentcost.model.fact import Fact

MAX_COMPARED = 128
"""Of so many spans under way at once, with the same counts, the earliest are compared; a judgement must end."""

Claims: TypeAlias = "dict[str, set[int]]"
"""By instrumentation scope: the spans of that scope which stand for the same call as this span, or around or in it."""


def join_siblings(calls: list[Fact], clusters: Clusters, tree: Tree) -> None:
    """Join spans by response id, stream halves of one scope, and spans of different scopes over the same time."""
    if len(calls) < 2:
        return
    ordered = sorted(calls, key=lambda f: (f.start_unix_nano, f.span_id))
    _join_by_response_id(ordered, clusters)
    _join_stream_ends(ordered, clusters)
    if len({f.scope for f in ordered}) > 1:
        _join_by_time(ordered, clusters, tree)


def _join_by_response_id(ordered: list[Fact], clusters: Clusters) -> None:
    by_id: dict[str, list[Fact]] = {}
    for fact in ordered:
        if fact.reading is not None and fact.reading.response_id:
            by_id.setdefault(fact.reading.response_id, []).append(fact)
    for facts in by_id.values():
        for index, fact in enumerate(facts[1:], 1):
            for earlier in facts[max(0, index - MAX_COMPARED) : index]:
                if beside_is_same_call(earlier, fact):
                    clusters.join(earlier.span_id, fact.span_id)
                    break


def _join_stream_ends(ordered: list[Fact], clusters: Clusters) -> None:
    """Join the span that ends a stream with the latest one before it that began one and is still without usage."""
    open_streams: dict[tuple[str, int], list[Fact]] = {}
    for fact in ordered:
        reading = fact.reading
        if reading is None:
            continue
        begun = open_streams.setdefault((fact.scope, fact.parent_span_id), [])
        if not reading.ends_stream:
            if reading.usage is None and not reading.is_failed:
                begun.append(fact)
            continue
        for index in range(len(begun) - 1, max(-1, len(begun) - 1 - MAX_COMPARED), -1):
            other = begun[index].reading
            if other is not None and models_agree(other, reading):
                clusters.join(begun[index].span_id, fact.span_id)
                del begun[index]
                break


def _join_by_time(ordered: list[Fact], clusters: Clusters, tree: Tree) -> None:
    """Pair spans of different scopes one to one, those first whose times fit best.

    Each instrumentation saw a call once. So spans of one scope that are not nested are different calls, however alike
    and concurrent, and a span that already has a partner of a scope, beside, around or inside it, takes no other.
    """
    scopes = {fact.scope for fact in ordered}
    claims = _claims(ordered, clusters, tree)
    waiting: dict[tuple[object, ...], dict[int, Fact]] = {}
    for fact in ordered:
        for key in _sought(fact):
            candidates = waiting.get((*key, fact.scope))
            while candidates and (other := _best_fit(fact, candidates, claims, clusters)) is not None:
                del candidates[other.span_id]
                together = (claims[clusters.leader(fact.span_id)], claims[clusters.leader(other.span_id)])
                clusters.join(other.span_id, fact.span_id)
                claims[clusters.leader(fact.span_id)] = _merged(*together)
        for key in _offered(fact):
            for scope in scopes:
                if scope != fact.scope:
                    waiting.setdefault((*key, scope), {})[fact.span_id] = fact


def _best_fit(fact: Fact, candidates: dict[int, Fact], claims: Mapping[int, Claims], clusters: Clusters) -> Fact | None:
    """Return the candidate that can be the same call and whose times are nearest; forget those out of question."""
    best: tuple[int, int] | None = None
    gone: list[int] = []
    own = claims[clusters.leader(fact.span_id)]
    for other in list(candidates.values())[:MAX_COMPARED]:
        if other.end_unix_nano + CLOCK_TOLERANCE_NANO < fact.start_unix_nano:
            gone.append(other.span_id)
            continue
        theirs = claims[clusters.leader(other.span_id)]
        if fact.scope in theirs and fact.span_id not in theirs[fact.scope]:
            gone.append(other.span_id)
        elif not _contradict(own, theirs) and beside_is_same_call(other, fact):
            apart = abs(other.start_unix_nano - fact.start_unix_nano) + abs(other.end_unix_nano - fact.end_unix_nano)
            best = min(best or (apart, other.span_id), (apart, other.span_id))
    for span_id in gone:
        del candidates[span_id]
    return None if best is None else candidates[best[1]]


def _claims(ordered: list[Fact], clusters: Clusters, tree: Tree) -> dict[int, Claims]:
    """Return by cluster which span of each scope stands for its call, as ids, streams and nesting tell."""
    claims: dict[int, Claims] = {}
    for fact in ordered:
        claims.setdefault(clusters.leader(fact.span_id), {}).setdefault(fact.scope, set()).add(fact.span_id)
    for fact in ordered:
        for outer in _around(fact, tree):
            claims[clusters.leader(fact.span_id)].setdefault(outer.scope, set()).add(outer.span_id)
            claims[clusters.leader(outer.span_id)].setdefault(fact.scope, set()).add(fact.span_id)
    return claims


def _around(fact: Fact, tree: Tree) -> Iterator[Fact]:
    """Yield the calls around this one that it may be the inside of."""
    reading, outer = fact.reading, tree.enclosing_call(fact.span_id)
    seen = {fact.span_id}
    while outer is not None and outer.span_id not in seen and outer.reading is not None and reading is not None:
        if nested_is_same_call(outer.reading, reading):
            yield outer
        seen.add(outer.span_id)
        outer = tree.enclosing_call(outer.span_id)


def _contradict(a: Claims, b: Claims) -> bool:
    """Return whether two clusters hold different spans of one scope, and so different calls."""
    return any(scope in b and b[scope].isdisjoint(spans) for scope, spans in a.items())


def _merged(a: Claims, b: Claims) -> Claims:
    return {scope: a.get(scope, set()) | b.get(scope, set()) for scope in a.keys() | b.keys()}


def _sought(fact: Fact) -> list[tuple[object, ...]]:
    """Return where the spans wait that may be the same call: with the same output, or without counts beside it."""
    reading, parent = fact.reading, fact.parent_span_id
    if reading is None:
        return []
    if reading.usage is None or not counts_are_sure(reading):
        return [("counted", reading.kind, parent), ("uncounted", reading.kind, parent)]
    return [("output", reading.kind, reading.usage.output_tokens), ("uncounted", reading.kind, parent)]


def _offered(fact: Fact) -> list[tuple[object, ...]]:
    """Return where this span waits for others."""
    reading, parent = fact.reading, fact.parent_span_id
    if reading is None:
        return []
    if reading.usage is None or not counts_are_sure(reading):
        return [("uncounted", reading.kind, parent)]
    return [("counted", reading.kind, parent), ("output", reading.kind, reading.usage.output_tokens)]
