"""Tell which spans of an execution stand for one call of a tool.

A framework's span, the MCP client's request inside it and the server's answer to that, or the spans of two
instrumentations side by side, are one call. Each instrumentation sees a call once: two spans of one scope that are not
nested are two calls, however alike and concurrent.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import NamedTuple

from otel_agentcost.ledger.clusters import Clusters
from otel_agentcost.ledger.same_call import CLOCK_TOLERANCE_NANO, contains, overlap
from otel_agentcost.ledger.tree import Tree
from otel_agentcost.model.fact import Fact
from otel_agentcost.model.reading import AGENT, MCP_TOOL_CALL, TOOL, Reading

MAX_COMPARED = 128
"""Of so many spans of one tool under way at once, the earliest are compared; a judgement must end."""

_DIVIDERS = "_-./: "
"""What may stand between the prefix that a framework gives the tools of a server and a tool's own name."""


class ToolCall(NamedTuple):
    """One call of a tool."""

    spans: tuple[Fact, ...]
    """All that stand for it, by start."""
    holds: tuple[int, ...]
    """Spans of the several calls of the same tool that lie directly inside it, by start: attempts, which it repeats."""


class _Groups:
    """Spans joined so far, with the scopes that have told each call."""

    __slots__ = ("clusters", "scopes")

    def __init__(self, facts: Sequence[Fact]) -> None:
        self.clusters = Clusters()
        self.scopes: dict[int, set[str]] = {}
        for fact in facts:
            self.clusters.add(fact.span_id)
            self.scopes[fact.span_id] = {fact.scope}

    def leader(self, fact: Fact) -> int:
        return self.clusters.leader(fact.span_id)

    def join(self, a: int, b: int) -> None:
        first, second = self.clusters.leader(a), self.clusters.leader(b)
        self.clusters.join(a, b)
        self.scopes[self.clusters.leader(a)] = self.scopes[first] | self.scopes[second]


def tool_calls(tools: Sequence[Fact], tree: Tree) -> list[ToolCall]:
    """Return the calls that these spans of tools stand for, each span in exactly one. Their order does not matter."""
    ordered = sorted(tools, key=lambda f: (f.start_unix_nano, f.span_id))
    groups = _Groups(ordered)
    inside: dict[int, list[Fact]] = {}
    tops: list[Fact] = []
    for fact in ordered:
        outer = _tool_around(fact, tree)
        if outer is not None and nested_is_same_tool_call(outer, fact):
            inside.setdefault(outer.span_id, []).append(fact)
        else:
            tops.append(fact)
    holds: dict[int, tuple[int, ...]] = {}
    for outer_id in sorted(inside, key=lambda span_id: (-tree.depth(span_id), span_id)):
        within = inside[outer_id]
        _join_beside(within, groups, tree)
        if len({groups.leader(fact) for fact in within}) == 1:
            groups.join(outer_id, within[0].span_id)
        else:
            holds[outer_id] = tuple(fact.span_id for fact in within)
    _join_beside(tops, groups, tree)
    by_leader: dict[int, list[Fact]] = {}
    for fact in ordered:
        by_leader.setdefault(groups.leader(fact), []).append(fact)
    return [
        ToolCall(tuple(spans), next((holds[f.span_id] for f in spans if f.span_id in holds), ()))
        for spans in by_leader.values()
    ]


def nested_is_same_tool_call(outer: Fact, inner: Fact) -> bool:
    """Return whether a tool's span directly inside another is the same call, seen further down.

    A tool of an MCP server may have a prefix in the framework's span that it has not in the request.
    """
    one, other = outer.reading, inner.reading
    if one is None or other is None or _ids_differ(one, other):
        return False
    name, plain = _name(one), _name(other)
    if name is not None and name == plain:
        return True
    if other.operation != MCP_TOOL_CALL:
        return False
    if not name or not plain:
        return True
    return name.endswith(plain) and name[-len(plain) - 1] in _DIVIDERS


def beside_is_same_tool_call(a: Fact, b: Fact, tree: Tree) -> bool:
    """Return whether two spans of one tool that are not nested are one call, seen by two instrumentations.

    The call's id decides where both have one and they are under way together: models reuse ids such as `call_0`. Else
    they start and end together, or stand in one place with the time of one inside the other's.
    """
    one, other = a.reading, b.reading
    if one is None or other is None or a.scope == b.scope or _ids_differ(one, other):
        return False
    if one.tool_call_id and other.tool_call_id:
        return overlap(a, b)
    return (contains(a, b) and contains(b, a)) or (
        (contains(a, b) or contains(b, a))
        and (_stands_under(a, b.parent_span_id, tree) or _stands_under(b, a.parent_span_id, tree))
    )


def _join_beside(facts: Sequence[Fact], groups: _Groups, tree: Tree) -> None:
    """Join spans of one tool and different scopes whose times fit best. The facts are in the order of their starts."""
    scopes = {fact.scope for fact in facts}
    if len(scopes) < 2:
        return
    waiting: dict[tuple[str, str], dict[int, Fact]] = {}
    for fact in facts:
        name = None if fact.reading is None else _name(fact.reading)
        if name is None:
            continue
        candidates = waiting.get((name, fact.scope))
        other = None if candidates is None else _best_fit(fact, candidates, groups, tree)
        if other is not None:
            groups.join(other.span_id, fact.span_id)
        for scope in scopes:
            if scope != fact.scope:
                waiting.setdefault((name, scope), {})[fact.span_id] = fact


def _best_fit(fact: Fact, candidates: dict[int, Fact], groups: _Groups, tree: Tree) -> Fact | None:
    """Return the candidate that can be the same call and whose times are nearest; forget those out of question."""
    best: tuple[int, int] | None = None
    gone: list[int] = []
    own = groups.scopes[groups.leader(fact)]
    for other in islice(candidates.values(), MAX_COMPARED):
        theirs = groups.scopes[groups.leader(other)]
        if other.end_unix_nano + CLOCK_TOLERANCE_NANO < fact.start_unix_nano or fact.scope in theirs:
            gone.append(other.span_id)
        elif own.isdisjoint(theirs) and beside_is_same_tool_call(other, fact, tree):
            fit = (_apart(other, fact), other.span_id)
            best = fit if best is None else min(best, fit)
    found = None if best is None else candidates[best[1]]
    for span_id in gone:
        del candidates[span_id]
    return found


def _tool_around(fact: Fact, tree: Tree) -> Fact | None:
    """Return the nearest tool around a span, with no agent and no model call between: it may be the same call."""
    for ancestor in tree.ancestors(fact.span_id):
        reading = ancestor.reading
        if reading is None:
            continue
        if reading.kind == TOOL:
            return ancestor
        if reading.kind == AGENT or reading.is_billable:
            return None
    return None


def _stands_under(fact: Fact, parent_span_id: int, tree: Tree) -> bool:
    """Return whether a span is below that one (0: below none) with no agent, tool or model call between."""
    for ancestor_id in tree.ancestor_ids(fact.span_id):
        if ancestor_id == parent_span_id:
            return True
        ancestor = tree.facts.get(ancestor_id)
        reading = None if ancestor is None else ancestor.reading
        if reading is not None and (reading.kind in (AGENT, TOOL) or reading.is_billable):
            return False
    return not parent_span_id


def _ids_differ(one: Reading, other: Reading) -> bool:
    return bool(one.tool_call_id and other.tool_call_id) and one.tool_call_id != other.tool_call_id


def _name(reading: Reading) -> str | None:
    return None if reading.tool is None else reading.tool.strip().lower()


def _apart(a: Fact, b: Fact) -> int:
    return abs(a.start_unix_nano - b.start_unix_nano) + abs(a.end_unix_nano - b.end_unix_nano)
