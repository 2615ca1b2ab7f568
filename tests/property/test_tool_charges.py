"""However often and by whom the calls of a tool are told, and in whatever order: each is charged once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from otel_agentcost.ledger.tool_charges import tool_charges
from otel_agentcost.ledger.tree import Tree
from otel_agentcost.model.call import Call
from otel_agentcost.model.fact import Fact
from otel_agentcost.model.outcome import COUNTED
from otel_agentcost.model.reading import AGENT, INFERENCE, MCP_TOOL_CALL, TOOL, Kind, Reading
from otel_agentcost.model.tool_price import ToolPrice
from tests.property.drawn import Drawn

MS = 1_000_000
FRAMEWORK, OTHER_FRAMEWORK, CLIENT, SERVER = "app.framework", "app.other_framework", "app.mcp_client", "app.mcp_server"
NAMES = ("search", "lookup")
CENT = 10_000_000


class Prices:
    """One cent a call; the server's name makes it three."""

    def price(self, tool: str | None, mcp_server: str | None = None, /) -> ToolPrice | None:
        return ToolPrice("tools/mcp:*", 3 * CENT, rank=1) if mcp_server else ToolPrice("tools/*", CENT)


class Run:
    """The spans of one execution, and how many calls of tools it made."""

    def __init__(self, choices: Drawn) -> None:
        self.facts: dict[int, Fact] = {}
        self.parents: dict[int, int] = {}
        self.made = 0
        self._choices = choices
        self._now = 0
        self._last = 0
        self._steps: list[Callable[[int], None]] = [
            self._tool, self._nested, self._over_mcp, self._beside, self._in_two_trees, self._attempts, self._together,
            self._with_an_agent_inside,
        ]  # fmt: skip
        self.agent(0, 0)

    def agent(self, parent: int, depth: int, scope: str = FRAMEWORK) -> None:
        span_id, start = self._id(), self._tick()
        for _ in range(1 + self._choices.below(3)):
            step = self._steps[self._choices.below(len(self._steps) - (depth > 1))]
            step(span_id)
        self._end(span_id, parent, start, AGENT, scope)

    def _tool(self, parent: int) -> None:
        self.made += 1
        self._span(parent, FRAMEWORK, self._name())

    def _nested(self, parent: int) -> None:
        """Add a call that two libraries tell, one inside the other, perhaps with a plain span between."""
        self.made += 1
        name, outer, start = self._name(), self._id(), self._tick(1)
        holder = outer
        if self._choices.below(2):
            holder = self._id()
            self.parents[holder] = outer
        self._span(holder, OTHER_FRAMEWORK, name)
        self._end(outer, parent, start, TOOL, FRAMEWORK, tool=name)

    def _over_mcp(self, parent: int) -> None:
        """Add a call told by the framework, the client and the server; the framework may add a prefix to the name."""
        self.made += 1
        name, outer, client, start = self._name(), self._id(), self._id(), self._tick(1)
        request: dict[str, Any] = {"operation": MCP_TOOL_CALL, "tool": name}
        client_start = self._tick(1)
        server_name = {"mcp_server": "weather"} if self._choices.below(2) else {}
        self._end(self._id(), client, self._tick(1), TOOL, SERVER, **request, **server_name)
        self._end(client, outer, client_start, TOOL, CLIENT, **request)
        self._end(outer, parent, start, TOOL, FRAMEWORK, tool=f"weather_{name}" if self._choices.below(2) else name)

    def _beside(self, parent: int) -> None:
        self.made += 1
        name, start = self._name(), self._tick(1)
        self._span(parent, OTHER_FRAMEWORK, name)
        self._end(self._id(), parent, start, TOOL, FRAMEWORK, tool=name)

    def _in_two_trees(self, parent: int) -> None:
        """Add a call that two instrumentations tell, each under an agent's span of its own."""
        self.made += 1
        name, one, other = self._name(), self._id(), self._id()
        start, begun, inner = self._tick(1), self._tick(1), self._tick(1)
        self._end(self._id(), one, begun, TOOL, FRAMEWORK, tool=name)
        self._end(self._id(), other, inner, TOOL, OTHER_FRAMEWORK, tool=name)
        self._end(one, parent, start, AGENT, FRAMEWORK)
        self._end(other, parent, start, AGENT, OTHER_FRAMEWORK)

    def _attempts(self, parent: int) -> None:
        attempts = 2 + self._choices.below(2)
        self.made += attempts
        name, outer, start = self._name(), self._id(), self._tick(1)
        for _ in range(attempts):
            self._span(outer, CLIENT, name, operation=MCP_TOOL_CALL)
        self._end(outer, parent, start, TOOL, FRAMEWORK, tool=name)

    def _together(self, parent: int) -> None:
        """Add concurrent calls of one tool, each told by two instrumentations side by side."""
        name = self._name()
        started = [(self._id(), self._tick(1)) for _ in range(2 + self._choices.below(2))]
        self.made += len(started)
        begun = [self._tick(1) for _ in started]
        for start in begun if self._choices.below(2) else reversed(begun):
            self._end(self._id(), parent, start, TOOL, OTHER_FRAMEWORK, tool=name)
        for span_id, start in started:
            self._end(span_id, parent, start, TOOL, FRAMEWORK, tool=name)

    def _with_an_agent_inside(self, parent: int) -> None:
        self.made += 1
        outer, start = self._id(), self._tick(1)
        self.agent(outer, 2)
        self._span(outer, FRAMEWORK, None, INFERENCE)
        self._end(outer, parent, start, TOOL, FRAMEWORK, tool=self._name())

    def _span(self, parent: int, scope: str, name: str | None, kind: Kind = TOOL, **found: Any) -> None:
        self._end(self._id(), parent, self._tick(1), kind, scope, tool=name, **found)

    def _end(self, span_id: int, parent: int, start: int, kind: Kind, scope: str, **found: Any) -> None:
        reading = Reading(kind, "test")
        for field, value in found.items():
            setattr(reading, field, value)
        self.parents[span_id] = parent
        self.facts[span_id] = Fact(1, span_id, parent, "", scope, start, self._tick(1), reading)

    def _name(self) -> str:
        return NAMES[self._choices.below(len(NAMES))]

    def _id(self) -> int:
        self._last += 1
        return self._last

    def _tick(self, ms: int = 20) -> int:
        self._now += ms * MS
        return self._now


def charges(run: Run, order: list[int]) -> list[Call]:
    facts = {span_id: run.facts[span_id] for span_id in order}
    parents = {span_id: run.parents[span_id] for span_id in [*order, *(run.parents.keys() - facts.keys())]}
    return tool_charges(Tree(facts, parents), Prices())


@given(st.data())
def test_each_call_is_charged_once_in_any_order_of_its_spans(data: st.DataObject) -> None:
    run = Run(Drawn(data))
    calls = charges(run, sorted(run.facts))
    assert sum(call.status in COUNTED for call in calls) == run.made
    assert charges(run, data.draw(st.permutations(sorted(run.facts)))) == calls


@given(st.data())
def test_every_span_of_a_tool_is_accounted_for_and_each_duplicate_names_who_pays(data: st.DataObject) -> None:
    run = Run(Drawn(data))
    calls = {call.span_id: call for call in charges(run, sorted(run.facts))}
    assert calls.keys() == {s for s, fact in run.facts.items() if fact.reading and fact.reading.kind == TOOL}
    for call in calls.values():
        if call.status in COUNTED:
            assert (call.cost_nano_usd, call.payer_span_id) in {(CENT, 0), (3 * CENT, 0)}
        else:
            assert call.cost_nano_usd == 0
            assert calls[call.payer_span_id].status in COUNTED
