"""Spans as bytes, compressed where they are kept, and back."""

from __future__ import annotations

import pytest

from otel_agentcost.engine.engine import Engine
from otel_agentcost.engine.packing import UnreadableSegmentError, pack, pack_fact, unpack
from otel_agentcost.model.fact import Fact
from tests.unit.engine.spans import CHAT, agent, engine, span

WHO = {"user.id": "alice", "agentcost.team": "support", "session.id": "s-1", "gen_ai.agent.name": "planner"}


@pytest.fixture
def facts() -> list[Fact]:
    recorded: Engine = engine()
    for number in range(3):
        recorded.end(span(10 + number, 1, (10 * number, 10 * number + 5), {**CHAT, **WHO}))
    recorded.end(agent())
    execution = recorded._live.get(1)
    assert execution is not None
    return list(execution.facts.values())


def as_values(fact: Fact) -> list[object]:
    return [getattr(fact, name) for name in Fact.__slots__]


@pytest.mark.parametrize("is_compressed", [False, True])
def test_spans_and_links_come_back_as_they_were(facts: list[Fact], is_compressed: bool) -> None:
    segment = pack(map(pack_fact, facts), [(7, 1), (8, 7)], 5, is_compressed=is_compressed)
    unpacked = unpack(1, segment)
    assert [as_values(fact) for fact in unpacked.facts] == [as_values(fact) for fact in facts]
    assert unpacked.links == [(7, 1), (8, 7)]


def test_what_is_compressed_takes_less_than_half(facts: list[Fact]) -> None:
    packed = [pack_fact(fact) for fact in facts]
    assert len(pack(packed, [], is_compressed=True)) < len(pack(packed, [])) / 2


@pytest.mark.parametrize("is_compressed", [False, True])
def test_a_mark_tells_equal_spans_apart(facts: list[Fact], is_compressed: bool) -> None:
    packed = [pack_fact(fact) for fact in facts]
    one, other = (pack(packed, [], mark, is_compressed=is_compressed) for mark in (1, 2))
    assert one != other


def test_bytes_that_were_cut_or_changed_are_no_segment(facts: list[Fact]) -> None:
    segment = pack(map(pack_fact, facts), [], is_compressed=True)
    for broken in (segment[:-1], segment[:1], segment[:20] + b"\0" + segment[21:], b"", b"x", b"\xc1"):
        with pytest.raises(UnreadableSegmentError):
            unpack(1, broken)
