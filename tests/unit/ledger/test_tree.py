"""Ancestors, whatever a trace's parents look like."""

from __future__ import annotations

from otel_agentcost.ledger.tree import Tree

from .facts import agent, call, plain, tool, workflow


def tree(*facts: object) -> Tree:
    spans = [agent(1), *facts]
    return Tree(
        {f.span_id: f for f in spans if f.reading is not None},  # type: ignore[attr-defined]
        {f.span_id: f.parent_span_id for f in spans},  # type: ignore[attr-defined]
    )


def test_the_agent_is_the_nearest_that_has_a_name() -> None:
    made = call(5, 4)
    grown = tree(agent(2, 1, agent="planner"), workflow(3, 2), tool(4, 3, tool="search"), made)
    assert grown.agent_of(made) == "planner"
    assert grown.tool_of(made) == "search"


def test_the_span_itself_may_name_its_agent() -> None:
    made = call(5, 2, agent="writer")
    assert tree(agent(2, 1, agent="planner"), made).agent_of(made) == "writer"


def test_a_tool_or_an_agent_between_hides_the_call_around_them() -> None:
    assert tree(call(2), call(3, 2)).enclosing_call(3) is not None
    assert tree(call(2), plain(4, 2), workflow(5, 4), call(3, 5)).enclosing_call(3) is not None
    assert tree(call(2), tool(4, 2), call(3, 4)).enclosing_call(3) is None
    assert tree(call(2), agent(4, 2), call(3, 4)).enclosing_call(3) is None


def test_the_depth_counts_every_span_above_however_many() -> None:
    chain = [plain(n, n - 1) for n in range(2, 2002)]
    assert tree(*chain).depth(2001) == 2000


def test_a_parent_that_never_ended_is_where_the_tree_ends() -> None:
    grown = tree(call(5, 99))
    assert list(grown.ancestors(5)) == []
    assert list(grown.ancestor_ids(5)) == [99]


def test_a_circle_ends_every_walk() -> None:
    grown = tree(call(5, 6), call(6, 5), call(7, 7))
    assert list(grown.ancestor_ids(5)) == [6]
    assert list(grown.ancestor_ids(7)) == []
    assert grown.depth(5) >= 0
    marked: set[int] = set()
    grown.mark_above(5, marked)
    assert marked == {5, 6}
