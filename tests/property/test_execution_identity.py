"""Whatever executions nest in whatever order: each call carries what the nearest ones around it were given."""

from __future__ import annotations

import asyncio
from typing import NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st
from opentelemetry import context
from opentelemetry.sdk.trace import TracerProvider

from otel_agentcost import execution
from otel_agentcost.engine.as_name import as_name
from otel_agentcost.engine.engine import Engine
from otel_agentcost.model.identity import NOBODY, Identity
from otel_agentcost.sdk.processor import AgentCostSpanProcessor
from tests.golden.scoring import price_table

from .examples import examples

CHAT = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "openai",
    "gen_ai.request.model": "gpt-4o-mini",
    "gen_ai.usage.input_tokens": 100,
    "gen_ai.usage.output_tokens": 10,
}


class Node(NamedTuple):
    """An execution: what it is given, the calls in it, and the executions within, one after the other or as tasks."""

    identity: dict[str, str | None]
    calls: int
    within: list[Node]
    at_once: bool


NAMES = st.none() | st.text(max_size=300) | st.sampled_from(["u-1", "u-2", "a\x00b", "日本", " "])
IDENTITIES = st.fixed_dictionaries({}, optional=dict.fromkeys(Identity._fields, NAMES))
TREES = st.recursive(
    st.builds(Node, IDENTITIES, st.integers(0, 2), st.just([]), st.booleans()),
    lambda below: st.builds(Node, IDENTITIES, st.integers(0, 2), st.lists(below, max_size=3), st.booleans()),
    max_leaves=6,
)


class Traffic:
    def __init__(self) -> None:
        self.engine = Engine(price_table())
        self.provider = TracerProvider(shutdown_on_exit=False)
        self.provider.add_span_processor(AgentCostSpanProcessor(engine=self.engine))
        self.expected: dict[int, Identity] = {}
        self.ids: set[str] = set()

    async def run(self, node: Node, outer: Identity) -> None:
        said = {part: as_name(value) for part, value in node.identity.items()}
        identity = outer._replace(**{part: value for part, value in said.items() if value is not None})
        with execution(**node.identity, tracer_provider=self.provider) as run:
            self.ids.add(run.execution_id)
            for _ in range(node.calls):
                span = self.provider.get_tracer("test").start_span("call", attributes=CHAT)
                self.expected[span.get_span_context().span_id] = identity
                await asyncio.sleep(0)
                span.end()
            if node.at_once:
                await asyncio.gather(*(self.run(each, identity) for each in node.within))
            else:
                for each in node.within:
                    await self.run(each, identity)


@given(TREES)
@settings(max_examples=examples(150), deadline=None)
def test_every_call_carries_what_was_given_around_it(tree: Node) -> None:
    traffic = Traffic()
    asyncio.run(traffic.run(tree, NOBODY))
    (execution_id,) = traffic.ids
    calls = traffic.engine.calls(int(execution_id, 16))
    assert {call.span_id for call in calls} == set(traffic.expected)
    # What an execution leaves open, a call takes from the trace: there the outermost that says something comes first.
    for call in calls:
        for own, expected in zip(call.identity, traffic.expected[call.span_id], strict=True):
            assert own == expected or expected is None
    assert context.get_current() == {}
