"""The tree of one execution's spans, safe against cycles, missing parents and absurd depth."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from otel_agentcost.model.fact import Fact
from otel_agentcost.model.reading import AGENT, TOOL

MAX_DEPTH = 256


class Tree:
    """Parent links of one execution: `parents` for every span, `facts` for those that are about AI."""

    __slots__ = ("_depths", "facts", "parents")

    def __init__(self, facts: Mapping[int, Fact], parents: Mapping[int, int]) -> None:
        self.facts = facts
        self.parents = parents
        self._depths: dict[int, int] = {0: -1}

    def ancestor_ids(self, span_id: int) -> Iterator[int]:
        """Yield the ids of the span's ancestors, nearest first; a cycle or the depth limit ends it."""
        parents = self.parents
        seen = {span_id}
        current = parents.get(span_id, 0)
        while current and current not in seen and len(seen) < MAX_DEPTH:
            yield current
            seen.add(current)
            current = parents.get(current, 0)

    def ancestors(self, span_id: int) -> Iterator[Fact]:
        """Yield the ancestors that are about AI, nearest first."""
        facts = self.facts
        for ancestor_id in self.ancestor_ids(span_id):
            fact = facts.get(ancestor_id)
            if fact is not None:
                yield fact

    def own_ancestor_ids(self, span_id: int) -> Iterator[int]:
        """Yield the ids of the ancestors up to the agent that made the call, the agent included."""
        for ancestor_id in self.ancestor_ids(span_id):
            yield ancestor_id
            fact = self.facts.get(ancestor_id)
            if fact is not None and fact.reading is not None and fact.reading.kind == AGENT:
                return

    def depth(self, span_id: int) -> int:
        """Return how many spans stand above this one, however many they are; a cycle counts as a root."""
        parents, depths = self.parents, self._depths
        path: list[int] = []
        on_path: set[int] = set()
        current = span_id
        while current not in depths and current not in on_path:
            path.append(current)
            on_path.add(current)
            current = parents.get(current, 0)
        depth = depths.get(current, -1)
        for above in reversed(path):
            depth = depths[above] = depth + 1
        return depths[span_id]

    def mark_above(self, span_id: int, marked: set[int]) -> None:
        """Add every ancestor of the span. Stops at a marked one, so that marking for all spans takes linear time."""
        parents = self.parents
        current = parents.get(span_id, 0)
        while current and current not in marked:
            marked.add(current)
            current = parents.get(current, 0)

    def enclosing_call(self, span_id: int) -> Fact | None:
        """Return the nearest inference span around this one with no agent or tool between: it may be the same call."""
        for ancestor in self.ancestors(span_id):
            reading = ancestor.reading
            if reading is None:
                continue
            if reading.is_billable and reading.covers == "call":
                return ancestor
            if reading.kind in (AGENT, TOOL):
                return None
        return None

    def agent_of(self, fact: Fact) -> str | None:
        """Return the name of the agent that made a call: the span's own, else the nearest ancestor's."""
        if fact.reading is not None and fact.reading.agent:
            return fact.reading.agent
        for ancestor in self.ancestors(fact.span_id):
            if ancestor.reading is not None and ancestor.reading.agent:
                return ancestor.reading.agent
        return None

    def tool_of(self, fact: Fact) -> str | None:
        """Return the tool inside which a call was made, if any."""
        for ancestor in self.ancestors(fact.span_id):
            if ancestor.reading is not None and ancestor.reading.kind == TOOL:
                return ancestor.reading.tool
        return None
