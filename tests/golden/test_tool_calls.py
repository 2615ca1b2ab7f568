"""Each call of a tool in the recordings is charged once, as many as the models asked for.

The provider of the recordings wrote down each answer that it gave. Those that ask for a tool are told from those that
end a run by their length in tokens, which is the same in all of a framework's runs; each asks for one call.

`tests/golden/tools` holds two more, with scripted models: pydantic-ai 2.68.0 with a server of fastmcp 4.2.3, whose
client and server write spans too, without and with a prefix for its tools; and LangChain 1.5.2 under OpenInference
0.1.80 and OpenLLMetry 0.62.4 at once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path

import pytest

from otel_agentcost.conventions.registry import read_span
from otel_agentcost.engine.ports import EndedSpan
from otel_agentcost.ledger.tool_charges import tool_charges
from otel_agentcost.ledger.tree import Tree
from otel_agentcost.model.call import Call
from otel_agentcost.model.fact import Fact
from otel_agentcost.model.outcome import DUPLICATE, PRICED, Reason
from otel_agentcost.model.reading import TOOL, SpanView
from otel_agentcost.otlp.files import iter_spans
from otel_agentcost.pricing.tool_prices import ToolPrices
from tests.golden.scoring import CORPUS, recordings, spans_of, truth_of

TOOLS = Path(__file__).with_name("tools")
PRICES = ToolPrices({"*": Decimal("0.01"), "mcp:*": Decimal("0.01")})

LAST = frozenset({25, 89})
"""Lengths of the answers that end a run, at the providers' several APIs."""

LAST_OF = {
    "framework__dspy__genai-official": frozenset({29, 30}),
    "framework__smolagents__openinference": frozenset({25, 7}),  # 7: hands over to an agent; the last one is a tool
}

NO_TOOL = {
    "framework__agent-framework__native": 2,
    "framework__agno__openinference": 2,
    "framework__langgraph__openinference": 1,
    "framework__langgraph__openllmetry": 1,
    "framework__llamaindex__openinference": 1,
    "framework__openai-agents__openllmetry+openllmetry-openai": 1,
}
"""Answers that asked for what ran as no tool: a hand-over that the framework does itself, a run stopped at its limit.
"""

WITHOUT_TOOL_SPANS = frozenset({"framework__haystack__openinference"})

FRAMEWORKS = [recording for recording in recordings() if recording.name.startswith("framework__")]


def trees(spans: Iterable[EndedSpan]) -> list[Tree]:
    facts: dict[int, dict[int, Fact]] = {}
    parents: dict[int, dict[int, int]] = {}
    for s in spans:
        parents.setdefault(s.trace_id, {})[s.span_id] = s.parent_span_id
        view = SpanView(
            s.name, s.scope_name, s.scope_version, s.attributes, s.is_error, s.dropped_attributes, s.resource
        )
        reading = read_span(view)
        if reading is not None:
            facts.setdefault(s.trace_id, {})[s.span_id] = Fact(
                s.trace_id, s.span_id, s.parent_span_id, s.name, s.scope_name, s.start_unix_nano, s.end_unix_nano,
                reading,
            )  # fmt: skip
    return [Tree(facts[trace_id], parents[trace_id]) for trace_id in facts]


def charged(spans: Iterable[EndedSpan]) -> list[Call]:
    return [call for tree in trees(spans) for call in tool_charges(tree, PRICES)]


def tool_spans(spans: Iterable[EndedSpan]) -> int:
    return sum(
        fact.reading is not None and fact.reading.kind == TOOL for t in trees(spans) for fact in t.facts.values()
    )


@pytest.mark.parametrize("recording", FRAMEWORKS, ids=lambda recording: recording.name)
def test_each_tool_call_of_a_recorded_framework_is_charged_once(recording: Path) -> None:
    last = LAST_OF.get(recording.name, LAST)
    asked = sum(row["output_tokens"] not in last for row in truth_of(recording) if row["endpoint"] != "embeddings")
    calls = charged(spans_of(recording))
    if recording.name in WITHOUT_TOOL_SPANS:
        assert calls == []
        return
    assert sum(call.status == PRICED for call in calls) == asked - NO_TOOL.get(recording.name, 0)
    assert len(calls) == tool_spans(spans_of(recording))  # none is lost: what is not charged is a duplicate


def test_claude_s_tools_are_told_again_by_the_server_that_it_calls_and_charged_once() -> None:
    """The CLI tells each call, and so does the server in the application's process, in a trace of its own."""
    calls = charged(spans_of(CORPUS / "framework__claude-agent-sdk__native-cli"))
    assert Counter((call.status, call.reason, call.provider) for call in calls) == {
        (PRICED, None, "mcp:w"): 18,
        (DUPLICATE, Reason.TOLD_BY_SERVER, None): 18,
    }


def test_a_framework_an_mcp_client_and_a_server_tell_one_call_in_three_spans() -> None:
    spans = list(iter_spans([str(TOOLS / "pydantic-ai+fastmcp.json.gz")]))
    calls = charged(spans)
    assert (tool_spans(spans), len(calls)) == (18, 18)
    assert sum(call.status == PRICED for call in calls) == 6
    assert {call.provider for call in calls} == {"mcp:weather-server"}
    assert {call.agent for call in calls} == {"weather_agent"}


def test_two_instrumentations_of_one_framework_tell_each_call_twice() -> None:
    spans = list(iter_spans([str(TOOLS / "langgraph-openinference+openllmetry.json.gz")]))
    calls = charged(spans)
    assert (tool_spans(spans), len(calls)) == (12, 12)
    assert sum(call.status == PRICED for call in calls) == 6
