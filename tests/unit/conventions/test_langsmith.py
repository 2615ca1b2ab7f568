from __future__ import annotations

import pytest

from otel_agentcost.model.outcome import Reason
from tests.unit.conventions.spans import read, usage

RUN = {
    "langsmith.span.kind": "llm",
    "gen_ai.operation.name": "chat",
    "gen_ai.system": "langchain",
    "gen_ai.request.model": "claude-sonnet-4-5",
    "gen_ai.usage.input_tokens": 3500,
    "gen_ai.usage.output_tokens": 20,
}


def test_the_token_details_are_read_from_their_repr() -> None:
    details = (
        "{'cache_read': 3000, 'cache_creation': 0, 'ephemeral_5m_input_tokens': 100, 'ephemeral_1h_input_tokens': 300}"
    )
    reading = read(
        {**RUN, "gen_ai.usage.input_token_details": details, "gen_ai.usage.output_token_details": "{'reasoning': 5}"},
        scope="langsmith",
    )
    assert (reading.convention, reading.kind, reading.doubt) == ("langsmith", "inference", None)
    assert usage(reading) == {
        "input": 3500, "output": 20, "cache_read": 3000, "cache_write_5m": 100, "cache_write_1h": 300, "reasoning": 5,
    }  # fmt: skip


def test_the_details_in_the_runs_metadata_serve_too() -> None:
    metadata = '{"input_tokens":3500,"output_tokens":20,"input_token_details":{"cache_read":3000}}'
    reading = read({**RUN, "langsmith.metadata.usage_metadata": metadata}, scope="langsmith")
    assert (usage(reading), reading.doubt) == ({"input": 3500, "output": 20, "cache_read": 3000}, None)
    bare = {key: value for key, value in RUN.items() if "usage" not in key}
    reading = read({**bare, "langsmith.metadata.usage_metadata": metadata}, scope="langsmith")
    assert (usage(reading), reading.doubt) == ({"input": 3500, "output": 20, "cache_read": 3000}, None)


def test_a_run_without_details_is_doubted() -> None:
    assert read(RUN, scope="langsmith").doubt == Reason.CACHE_TOKENS_NOT_REPORTED


@pytest.mark.parametrize(
    ("run", "operation", "kind"),
    [
        ("prompt", "chat", "other"),
        ("retriever", "embeddings", "retrieval"),
        ("chain", "chain", "workflow"),
        ("tool", "execute_tool", "tool"),
        ("embedding", "embeddings", "embeddings"),
    ],
)
def test_the_kind_of_run_outweighs_the_operation(run: str, operation: str, kind: str) -> None:
    attributes = {"langsmith.span.kind": run, "gen_ai.operation.name": operation}
    assert read(attributes, "step", "langsmith").kind == kind
    assert read(attributes, "step").kind == kind  # marked by hand on a span of another scope


def test_provider_and_identity_come_from_the_metadata() -> None:
    metadata = {"ls_provider": "anthropic", "user_id": "u", "session_id": "s", "thread_id": "t"}
    reading = read({**RUN, **{f"langsmith.metadata.{k}": v for k, v in metadata.items()}}, scope="langsmith")
    assert (reading.provider, reading.user, reading.session, reading.conversation) == ("anthropic", "u", "s", "t")
