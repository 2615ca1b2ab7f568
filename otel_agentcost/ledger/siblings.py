"""Join inference spans of one execution that stand side by side for one call."""

from __future__ import annotations

from otel_agentcost.ledger.clusters import Clusters
from otel_agentcost.ledger.same_call import CLOCK_TOLERANCE_NANO, beside_is_same_call, models_agree
from otel_agentcost.model.fact import Fact


def join_siblings(calls: list[Fact], clusters: Clusters) -> None:
    """Join spans by response id, stream halves of one scope, and spans of different scopes over the same time."""
    if len(calls) < 2:
        return
    ordered = sorted(calls, key=lambda f: (f.start_unix_nano, f.span_id))
    _join_by_response_id(ordered, clusters)
    _join_stream_ends(ordered, clusters)
    if len({f.scope for f in ordered}) > 1:
        _join_by_time(ordered, clusters)


def _join_by_response_id(ordered: list[Fact], clusters: Clusters) -> None:
    by_id: dict[str, list[Fact]] = {}
    for fact in ordered:
        if fact.reading is not None and fact.reading.response_id:
            by_id.setdefault(fact.reading.response_id, []).append(fact)
    for facts in by_id.values():
        for fact in facts[1:]:
            for earlier in facts:
                if earlier is fact:
                    break
                if beside_is_same_call(earlier, fact):
                    clusters.join(earlier.span_id, fact.span_id)
                    break


def _join_stream_ends(ordered: list[Fact], clusters: Clusters) -> None:
    """Join the span that ends a stream with the latest one before it that began one and is still without usage."""
    open_streams: list[Fact] = []
    for fact in ordered:
        reading = fact.reading
        if reading is None:
            continue
        if not reading.ends_stream:
            if reading.usage is None and not reading.is_failed:
                open_streams.append(fact)
            continue
        for index in range(len(open_streams) - 1, -1, -1):
            begun = open_streams[index]
            if (
                begun.scope == fact.scope
                and begun.parent_span_id == fact.parent_span_id
                and begun.reading is not None
                and models_agree(begun.reading, reading)
            ):
                clusters.join(begun.span_id, fact.span_id)
                del open_streams[index]
                break


def _join_by_time(ordered: list[Fact], clusters: Clusters) -> None:
    """Pair spans of different scopes one to one: of two instrumentations each saw a call once."""
    active: list[Fact] = []
    taken: set[tuple[int, str]] = set()
    for fact in ordered:
        active = [f for f in active if f.end_unix_nano + CLOCK_TOLERANCE_NANO >= fact.start_unix_nano]
        for other in active:
            if (other.span_id, fact.scope) in taken or (fact.span_id, other.scope) in taken:
                continue
            if clusters.together(other.span_id, fact.span_id):
                taken.update(((other.span_id, fact.scope), (fact.span_id, other.scope)))
                continue
            if beside_is_same_call(other, fact):
                clusters.join(other.span_id, fact.span_id)
                taken.update(((other.span_id, fact.scope), (fact.span_id, other.scope)))
        active.append(fact)
