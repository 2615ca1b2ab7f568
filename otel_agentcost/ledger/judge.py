"""Decide who pays: of all spans of an execution, which stand for a call that was billed, each call once.

The verdicts depend on the set of spans only, never on the order in which they came (docs/architecture.md).
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from otel_agentcost.ledger.clusters import Clusters
from otel_agentcost.ledger.doubts import proven_uncached
from otel_agentcost.ledger.same_call import holds_a_call_of_its_own, nested_is_same_call
from otel_agentcost.ledger.siblings import join_siblings
from otel_agentcost.ledger.standing import Verdict, standing, worth
from otel_agentcost.ledger.tree import Tree
from otel_agentcost.ledger.unrecorded import unrecorded
from otel_agentcost.model.fact import Fact
from otel_agentcost.model.outcome import COUNTED, DUPLICATE, ESTIMATED, Reason


def judge(facts: Mapping[int, Fact], parents: Mapping[int, int]) -> dict[int, Verdict]:
    """Return the verdict of each span that stands for a call, or was taken for one.

    Args:
        facts: the AI spans of one execution by span id, each with its reading and quote.
        parents: the parent's id of every span of the execution, AI or not.
    """
    tree = Tree(facts, parents)
    calls: list[Fact] = []
    lasts: list[Fact] = []
    sums: list[Fact] = []
    for span_id in sorted(facts):
        fact = facts[span_id]
        reading = fact.reading
        if reading is None:
            continue
        if reading.is_billable:
            (calls if reading.covers == "call" else lasts).append(fact)
        elif reading.usage is not None:
            sums.append(fact)
    lifted = proven_uncached(calls)
    verdicts = {fact.span_id: standing(fact, without_doubt=fact.span_id in lifted) for fact in calls}
    clusters = Clusters()
    for fact in calls:
        clusters.add(fact.span_id)
    join_siblings(calls, clusters, tree)
    demoted = _join_nested(calls, verdicts, clusters, tree)
    _settle_clusters(clusters, facts, verdicts, demoted, tree)
    _judge_last_calls(lasts, facts, verdicts, tree)
    _judge_sums(sums, verdicts, tree)
    verdicts.update(unrecorded(facts, verdicts, tree))
    return verdicts


def _join_nested(
    calls: list[Fact], verdicts: Mapping[int, Verdict], clusters: Clusters, tree: Tree
) -> dict[int, Verdict]:
    """Join each inference span with the one call directly inside it; demote one that holds several calls."""
    inside: dict[int, list[Fact]] = {}
    for fact in calls:
        outer = tree.enclosing_call(fact.span_id)
        if outer is not None and outer.span_id != fact.span_id:
            inside.setdefault(outer.span_id, []).append(fact)
    demoted: dict[int, Verdict] = {}
    for outer_id in sorted(inside, key=lambda span_id: (-tree.depth(span_id), span_id)):
        outer = tree.facts[outer_id]
        same = [f for f in inside[outer_id] if _is_nested_same(outer, f)]
        answered = [f for f in same if not _failed_unbilled(f, verdicts)] or same[-1:]
        told = [f.reading for f in answered if f.reading is not None]
        if outer.reading is not None and told and holds_a_call_of_its_own(outer.reading, told):
            continue
        distinct = {clusters.leader(f.span_id) for f in answered}
        if len(distinct) == 1:
            clusters.join(outer_id, answered[0].span_id)
        elif distinct and any(verdicts[f.span_id].status in COUNTED for f in answered):
            demoted[outer_id] = Verdict(DUPLICATE, Reason.REPEATS_ITS_CHILDREN, 0, answered[-1].span_id)
        elif distinct and verdicts[outer_id].status in COUNTED:
            demoted[outer_id] = replace(verdicts[outer_id], status=ESTIMATED, reason=Reason.SUM_OF_CALLS)
    return demoted


def _is_nested_same(outer: Fact, inner: Fact) -> bool:
    return outer.reading is not None and inner.reading is not None and nested_is_same_call(outer.reading, inner.reading)


def _failed_unbilled(fact: Fact, verdicts: Mapping[int, Verdict]) -> bool:
    return verdicts[fact.span_id].reason == Reason.CALL_FAILED


def _settle_clusters(
    clusters: Clusters,
    facts: Mapping[int, Fact],
    verdicts: dict[int, Verdict],
    demoted: Mapping[int, Verdict],
    tree: Tree,
) -> None:
    """Let the span with the best numbers pay, the innermost among equals; the others of its call are duplicates."""
    for members in clusters.sets():
        standing_members = [m for m in members if m not in demoted]
        for member in members:
            if member in demoted:
                verdicts[member] = demoted[member]
        if len(standing_members) < 2:
            continue
        payer = max(
            standing_members,
            key=lambda m: (
                worth(facts[m], verdicts[m]),
                tree.depth(m),
                -facts[m].start_unix_nano,
                -m,
            ),
        )
        for member in standing_members:
            if member != payer:
                verdicts[member] = Verdict(DUPLICATE, Reason.SAME_CALL, 0, payer)


def _judge_last_calls(lasts: list[Fact], facts: Mapping[int, Fact], verdicts: dict[int, Verdict], tree: Tree) -> None:
    """Judge spans onto which a library wrote each call over the last: they never add to calls that are told below."""
    if not lasts:
        return
    below: dict[int, list[int]] = {}
    for span_id in sorted(verdicts):
        _note_above(below, span_id, tree)
    for fact in sorted(lasts, key=lambda f: (-tree.depth(f.span_id), f.span_id)):
        own = standing(fact)
        inner = [span_id for span_id in below.get(fact.span_id, ()) if verdicts[span_id].status != DUPLICATE]
        if not inner:
            only = own if own.status not in COUNTED else replace(own, status=ESTIMATED, reason=Reason.LAST_CALL_ONLY)
            verdicts[fact.span_id] = own if _is_alone(fact, facts) else only
        elif len(inner) == 1 and _knows_more(fact, own, facts[inner[0]], verdicts[inner[0]]):
            verdicts[fact.span_id] = own
            verdicts[inner[0]] = Verdict(DUPLICATE, Reason.SAME_CALL, 0, fact.span_id)
        else:
            verdicts[fact.span_id] = Verdict(DUPLICATE, Reason.REPEATS_ITS_CHILDREN, 0, inner[-1])
        _note_above(below, fact.span_id, tree)


def _knows_more(fact: Fact, own: Verdict, inner: Fact, verdict: Verdict) -> bool:
    is_call = inner.reading is not None and inner.reading.covers == "call"
    return is_call and worth(fact, own) > worth(inner, verdict)


def _note_above(below: dict[int, list[int]], span_id: int, tree: Tree) -> None:
    for ancestor_id in tree.ancestor_ids(span_id):
        below.setdefault(ancestor_id, []).append(span_id)


def _is_alone(fact: Fact, facts: Mapping[int, Fact]) -> bool:
    """Return whether nothing else of the execution is about AI: the last call was the only one, as far as we see."""
    return len(facts) == 1 and fact.reading is not None and fact.reading.doubt is None


def _judge_sums(sums: list[Fact], verdicts: dict[int, Verdict], tree: Tree) -> None:
    """Count an agent's or workflow's own sum only where nothing below it has a cost: then it is all there is.

    An agent onto which each call was written over the last is no sum: it counts unless a call of its own is told, and
    those of the agents inside it are not its own.
    """
    if not sums:
        return
    told: set[int] = set()
    counted: set[int] = set()
    counted_own: set[int] = set()
    for span_id, verdict in verdicts.items():
        tree.mark_above(span_id, told)
        if verdict.status in COUNTED:
            tree.mark_above(span_id, counted)
            counted_own.update(tree.own_ancestor_ids(span_id))
    for fact in sorted(sums, key=lambda f: (-tree.depth(f.span_id), f.span_id)):
        reading, span_id = fact.reading, fact.span_id
        if reading is None or reading.usage is None or not any(reading.usage.counts):
            continue
        if span_id in (counted_own if reading.covers == "last" else counted):
            continue
        own = standing(fact)
        if own.status in COUNTED:
            # Exact where it is the last call's; `unrecorded` flags those before it.
            verdicts[span_id] = (
                own
                if reading.covers == "last"
                else replace(own, status=ESTIMATED, reason=own.reason or Reason.SUM_OF_CALLS)
            )
            tree.mark_above(span_id, counted)
        elif span_id not in told:
            verdicts[span_id] = own
        tree.mark_above(span_id, told)
