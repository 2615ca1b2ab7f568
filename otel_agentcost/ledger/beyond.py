"""The calls of an execution that has more spans than are kept one by one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeAlias

from msgspec.structs import replace

from otel_agentcost.ledger.standing import Verdict
from otel_agentcost.ledger.tree import Tree
from otel_agentcost.model.call import Call
from otel_agentcost.model.fact import Fact
from otel_agentcost.model.money import NanoUsd
from otel_agentcost.model.outcome import Reason
from otel_agentcost.model.reading import AGENT, BILLABLE, MCP_TOOL_CALL, TOOL, WORKFLOW, Reading
from otel_agentcost.model.sums import NO_SUMS, Sums, sums_of

_MAX_NAMES = 256
_MAX_UNCLAIMED = 10_000
_MAX_IDS = 1_000_000
"""Of some 100 bytes each. So many calls have cost a fortune; after them a span that is told again counts again."""
_CALLERS = BILLABLE | {AGENT, WORKFLOW}

CONCLUSIONS = frozenset({Reason.NO_INFERENCE_SPANS, Reason.CALL_NOT_RECORDED})
"""What is concluded from calls that are nowhere: where not all spans are kept, they may be among the others."""

_Tool: TypeAlias = tuple["str | None", "str | None"]
"""A tool's name and its MCP server's."""


class Beyond:
    """Sums of calls that are no longer kept: an agent that runs away is the one whose cost must not be lost.

    Nothing compares them with other spans or walks to their agents, so that a call told by two spans may count twice:
    they are counted as estimated, and by the agent that the span itself names. Of each span only its id is kept, so
    that one that is told again changes nothing.

    Args:
        kept: the spans that are kept, as they stay from now on.
    """

    __slots__ = (
        "_charged", "_samples", "_seen", "agents", "caller", "holders", "models", "parents", "sums", "told",
        "tool_spans", "unclaimed",
    )  # fmt: skip

    def __init__(self, kept: Iterable[Fact] = ()) -> None:
        self.agents: dict[str, NanoUsd] = {}
        self.models: dict[str, NanoUsd] = {}
        self.sums: Sums = NO_SUMS
        self.tool_spans = 0
        self.parents: set[int] = set()
        """Spans that stand right above a call."""
        self.told: set[int] = set()
        """Spans of calls that a span inside them had told."""
        self.holders: set[int] = set()
        """Spans whose usage is the sum over the calls below them."""
        self.unclaimed: dict[int, Fact] = {}
        """Requests of tools that nobody is known to have called, so far."""
        self.caller: Fact | None = None
        """A span that shows that somebody in the execution may have called its tools."""
        self._seen: set[int] = set()
        self._charged: set[int] = set()
        self._samples: dict[_Tool, Fact] = {}
        for fact in kept:
            if fact.reading is not None:
                self._learn(fact, fact.reading)

    def meet(self, fact: Fact) -> bool:
        """Note a span; return whether it is new."""
        reading = fact.reading
        if reading is None or fact.span_id in self._seen:
            return False
        self.tool_spans += reading.kind == TOOL
        if len(self._seen) >= _MAX_IDS:
            return True
        self._seen.add(fact.span_id)
        if reading.kind in BILLABLE:
            self.parents.add(fact.parent_span_id)
        elif reading.kind != TOOL and reading.usage is not None:
            self.holders.add(fact.span_id)
        self._learn(fact, reading)
        if self.caller is None and reading.kind == TOOL:
            self.claim_later(fact)
        return True

    def claim_later(self, fact: Fact) -> None:
        """Keep a tool's span: once somebody is known who may have called it, its call costs something."""
        if len(self.unclaimed) < _MAX_UNCLAIMED:
            self.unclaimed[fact.span_id] = fact

    def add(self, call: Call) -> None:
        """Count one call."""
        self.sums = self.sums.plus(sums_of(call))
        for sums, name in ((self.agents, call.agent or ""), (self.models, call.model or "")):
            key = name if name in sums or len(sums) < _MAX_NAMES else ""
            sums[key] = sums.get(key, 0) + call.cost_nano_usd

    def charge(self, call: Call) -> bool:
        """Count the call of a tool, unless it is counted; return whether it was not."""
        if call.span_id in self._charged:
            return False
        if len(self._charged) < _MAX_IDS:
            self._charged.add(call.span_id)
        self.add(call)
        return True

    def beside(self, fact: Fact) -> dict[int, Fact]:
        """Return the span of a tool with what its price may depend on: a caller, and a call that opened its session."""
        known = [self._samples[key] for key in _sessions(fact.reading) if key in self._samples]
        found = {each.span_id: each for each in (self.caller, *known) if each is not None}
        found[fact.span_id] = fact
        return found

    def prefer(self, fact: Fact) -> None:
        """Let the call of a tool that was stored first have opened the session, not one that came here."""
        if fact.reading is not None and fact.reading.kind == TOOL and fact.span_id in self._seen:
            for key in _sessions(fact.reading):
                if key in self._samples and self._samples[key].span_id in self._seen:
                    del self._samples[key]
            self._learn(fact, fact.reading)

    @property
    def calls(self) -> int:
        return self.sums.calls

    @property
    def unpriced_calls(self) -> int:
        return self.sums.unpriced_calls

    @property
    def cost_nano_usd(self) -> NanoUsd:
        return self.sums.cost_nano_usd

    @property
    def spans(self) -> int:
        """How many it has met."""
        return len(self._seen)

    def _learn(self, fact: Fact, reading: Reading) -> None:
        if reading.kind != TOOL:
            if self.caller is None and reading.kind in _CALLERS and reading.operation != MCP_TOOL_CALL:
                self.caller = fact
            return
        if reading.reported_cost_nano_usd is not None:
            return  # it is paid by the bill, and opens no session
        for key in _sessions(reading):
            known = self._samples.get(key)
            if known is None:
                is_better = len(self._samples) < _MAX_NAMES
            else:  # a call that failed may have opened no session
                is_better = not reading.is_failed and known.reading is not None and known.reading.is_failed
            if is_better:
                # Long before all others and under nothing, it is never taken for the same call as one of them.
                self._samples[key] = replace(fact, parent_span_id=0, start_unix_nano=0, end_unix_nano=0)


def _sessions(reading: Reading | None) -> list[_Tool]:
    """Return what a tool's session may be named by: the tool, and its server."""
    if reading is None:
        return []
    tool, server = (None if name is None else name.strip().lower() for name in (reading.tool, reading.mcp_server))
    return [(tool, server)] if server is None else [(tool, server), (None, server)]


def above_calls(parents_of_calls: Iterable[int], tree: Tree) -> set[int]:
    """Return all that stands above calls, given what stands right above them."""
    above: set[int] = set()
    for parent in parents_of_calls:
        if parent not in above:
            above.add(parent)
            tree.mark_above(parent, above)
    return above


def without_conclusions(
    verdicts: Mapping[int, Verdict], facts: Mapping[int, Fact], parents: Mapping[int, int], beyond: Beyond | None
) -> dict[int, Verdict]:
    """Return the verdicts of an execution of which not all spans are kept: without those on calls that are nowhere.

    Nor may the sum of an agent stand that is above a call that counts by itself.
    """
    above = above_calls(beyond.parents, Tree(facts, parents)) if beyond is not None else set[int]()
    return {
        span_id: verdict
        for span_id, verdict in verdicts.items()
        if verdict.reason not in CONCLUSIONS and not (span_id in above and _is_sum(facts.get(span_id)))
    }


def _is_sum(fact: Fact | None) -> bool:
    reading = None if fact is None else fact.reading
    return reading is not None and not (reading.is_billable and reading.covers == "call")
