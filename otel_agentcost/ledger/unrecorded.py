"""Flag model calls of which no span tells, where other spans prove that they were made.

Never a silent zero: an agent that ran without one recorded call, and a tool that ran although the call that asked for
it is nowhere (its span was overwritten by the next call's, or never made), each stand for money nobody was told about.
"""

from __future__ import annotations

from collections.abc import Mapping

from otel_agentcost.ledger.standing import Verdict
from otel_agentcost.ledger.tree import Tree
from otel_agentcost.model.fact import Fact
from otel_agentcost.model.outcome import UNPRICED, Reason
from otel_agentcost.model.reading import AGENT, TOOL

ONE_ROUND_NANO = 2_000_000
"""Tools that start within this time of each other's end were asked for by one call; no model answers faster."""

RUN_BY_PROVIDERS = frozenset(
    {
        "code_execution",
        "code_interpreter",
        "computer_use",
        "file_search",
        "google_search",
        "image_generation",
        "url_context",
        "web_fetch",
        "web_search",
    }
)
"""Tools that providers run themselves, within the call that asks for them."""


def unrecorded(facts: Mapping[int, Fact], verdicts: Mapping[int, Verdict], tree: Tree) -> dict[int, Verdict]:
    """Return verdicts for agents and tools that prove a call which is not recorded."""
    agents = [f for f in facts.values() if f.reading is not None and f.reading.kind == AGENT]
    tools = [f for f in facts.values() if f.reading is not None and f.reading.kind == TOOL]
    if not agents and not tools:
        return {}
    told = _told(facts, verdicts, tree)
    found: dict[int, Verdict] = {}
    holds_agent: set[int] = set()
    for fact in agents:
        tree.mark_above(fact.span_id, holds_agent)
    for fact in agents:
        if fact.span_id not in told and fact.span_id not in holds_agent and fact.span_id not in verdicts:
            found[fact.span_id] = Verdict(UNPRICED, Reason.NO_INFERENCE_SPANS)
    for asked in _rounds(tools, told, tree):
        found[asked.span_id] = Verdict(UNPRICED, Reason.CALL_NOT_RECORDED)
    return found


def _told(facts: Mapping[int, Fact], verdicts: Mapping[int, Verdict], tree: Tree) -> set[int]:
    """Return every span with a recorded call below it (not counting itself)."""
    told: set[int] = set()
    for span_id in verdicts:
        fact = facts.get(span_id)
        if fact is not None and fact.reading is not None and fact.reading.is_billable:
            tree.mark_above(span_id, told)
    return told


def _rounds(tools: list[Fact], told: set[int], tree: Tree) -> list[Fact]:
    """Return the first tool of each round, of those inside an agent or a call that holds no recorded call."""
    by_holder: dict[int, list[Fact]] = {}
    for tool in tools:
        holder = next(tree.ancestors(tool.span_id), None)
        if tool.reading is not None and tool.reading.tool in RUN_BY_PROVIDERS:
            continue
        if holder is None or holder.reading is None or holder.span_id in told:
            continue
        if holder.reading.kind == AGENT or holder.reading.is_billable:
            by_holder.setdefault(holder.span_id, []).append(tool)
    firsts: list[Fact] = []
    for asked in by_holder.values():
        end = 0
        for tool in sorted(asked, key=lambda f: (f.start_unix_nano, f.span_id)):
            if not end or tool.start_unix_nano > end + ONE_ROUND_NANO:
                firsts.append(tool)
            end = max(end, tool.end_unix_nano)
    return firsts
