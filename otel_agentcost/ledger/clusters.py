"""Disjoint sets of spans that stand for one call."""

from __future__ import annotations


class Clusters:
    """Union-find over span ids; the smallest id leads a set, so that the order of joining does not matter."""

    __slots__ = ("_leader",)

    def __init__(self) -> None:
        self._leader: dict[int, int] = {}

    def add(self, span_id: int) -> None:
        self._leader.setdefault(span_id, span_id)

    def leader(self, span_id: int) -> int:
        leaders = self._leader
        root = span_id
        while (above := leaders.setdefault(root, root)) != root:
            root = above
        while leaders[span_id] != root:
            leaders[span_id], span_id = root, leaders[span_id]
        return root

    def join(self, a: int, b: int) -> None:
        a, b = self.leader(a), self.leader(b)
        if a != b:
            self._leader[max(a, b)] = min(a, b)

    def together(self, a: int, b: int) -> bool:
        return self.leader(a) == self.leader(b)

    def sets(self) -> list[list[int]]:
        """Return the sets, each sorted, in the order of their leaders."""
        members: dict[int, list[int]] = {}
        for span_id in sorted(self._leader):
            members.setdefault(self.leader(span_id), []).append(span_id)
        return [members[leader] for leader in sorted(members)]
