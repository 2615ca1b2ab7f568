"""Strangers: traces of which no span about AI has come here.

Their links matter where such spans are yet to come, or have come to another process that shares the store.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Iterable

from otel_agentcost.ledger.execution import Execution

MAX_STRANGERS = 10_000
"""By far the most traces of a service have nothing to do with AI: the latest are kept, for a while."""


class Strangers:
    """The links of such traces, by trace id, the oldest first."""

    __slots__ = ("_asked", "_links", "_seen")

    def __init__(self) -> None:
        self._links: OrderedDict[int, dict[int, int]] = OrderedDict()
        self._seen: dict[int, int] = {}
        self._asked: dict[int, int] = {}
        """When the store was first asked for each, and did not know it."""

    def add(self, execution: Execution) -> None:
        """Keep what links spans of an execution that leaves."""
        if not execution.parents:
            return
        self._links.setdefault(execution.trace_id, {}).update(execution.parents)
        self._links.move_to_end(execution.trace_id)
        self._seen[execution.trace_id] = execution.seen_unix_nano
        if len(self._links) > MAX_STRANGERS:
            self._forget(next(iter(self._links)))

    def take_links(self, trace_id: int) -> Iterable[tuple[int, int]]:
        """Take the links of a trace out: (span id, parent's span id) each."""
        links = self._links.get(trace_id)
        if links is None:
            return ()
        self._forget(trace_id)
        return links.items()

    def ids(self) -> Collection[int]:
        return list(self._links)

    def asked(self, trace_ids: Iterable[int], now_unix_nano: int, quiet_nano: int, again_nano: int) -> None:
        """Note that the store does not know these, and forget those that have been quiet for so long.

        Not before `again_nano` have passed since it was first asked: where it was away for long, those who know such a
        trace to be about AI need a while to tell it.
        """
        for trace_id in trace_ids:
            if trace_id in self._links:
                first = self._asked.setdefault(trace_id, now_unix_nano)
                if now_unix_nano - first >= again_nano and now_unix_nano - self._seen[trace_id] > quiet_nano:
                    self._forget(trace_id)

    def clear(self) -> None:
        self._links.clear()
        self._seen.clear()
        self._asked.clear()

    def _forget(self, trace_id: int) -> None:
        del self._links[trace_id]
        del self._seen[trace_id]
        self._asked.pop(trace_id, None)
