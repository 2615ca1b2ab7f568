"""The values that every ring shares: readings, calls, outcomes."""

from __future__ import annotations

import json

from otel_agentcost.model.call import Call
from otel_agentcost.model.execution import ExecutionSummary
from otel_agentcost.model.identity import Identity
from otel_agentcost.model.outcome import COUNTED, DUPLICATE, ESTIMATED, FREE, MAKES_UNPRICED, PRICED, UNPRICED, Reason
from otel_agentcost.model.reading import AGENT, INFERENCE, Reading
from otel_agentcost.model.usage import Usage

CALL = Call(
    trace_id=10, span_id=11, parent_span_id=0, status=PRICED, reason=None, provider="openai", model="gpt-5",
    request_model="gpt-5", operation="chat", usage=Usage(5, 3, 2, 1, 1), cost_nano_usd=7, agent="a", tool=None,
    response_id="r", start_unix_nano=1, end_unix_nano=2, convention="otel_genai", identity=Identity(user="u"),
)  # fmt: skip
ROW = {
    "trace_id", "span_id", "parent_span_id", "status", "reason", "provider", "model", "request_model", "operation",
    "input_tokens", "cache_read_tokens", "cache_write_tokens", "output_tokens", "reasoning_tokens", "cost_nano_usd",
    "agent", "tool", "feature", "user", "team", "organization", "response_id", "start_unix_nano", "end_unix_nano",
    "convention",
}  # fmt: skip
EXECUTION_ROW = {
    "execution_id", "cost_nano_usd", "calls", "unpriced_calls", "tool_calls", "agents", "models", "user", "team",
    "root_name", "complete",
}  # fmt: skip


def test_a_calls_row_has_every_field_of_the_schema_and_is_json() -> None:
    row = CALL.as_row()
    assert row.keys() >= ROW
    assert (row["trace_id"], row["span_id"], row["parent_span_id"]) == (f"{10:032x}", f"{11:016x}", None)
    assert (row["cache_write_tokens"], row["user"]) == (2, "u")
    assert json.loads(json.dumps(row)) == row


def test_an_executions_row_has_every_field_of_the_schema_and_is_json() -> None:
    summary = ExecutionSummary(1, 7, 1, 0, 0, 0, 2, {"a": 7}, {"gpt-5": 7}, "u", None, "root", True, 1, 2, (CALL,))
    row = summary.as_row()
    assert row.keys() >= EXECUTION_ROW
    assert json.loads(json.dumps(row)) == row


def test_a_reading_names_what_was_found_and_compares_by_it() -> None:
    one, other = Reading(INFERENCE, "test"), Reading(INFERENCE, "test")
    one.usage = other.usage = Usage(5, 0)
    assert one == other
    assert one.as_dict() == {"kind": "inference", "convention": "test", "usage": {"input_tokens": 5}}
    other.doubt = Reason.CALL_FAILED
    assert one != other
    assert "call_failed" in repr(other)


def test_the_responses_model_prices_a_call() -> None:
    reading = Reading(INFERENCE, "test")
    reading.request_model = "router"
    assert reading.model == "router"
    reading.response_model = "gpt-5"
    assert reading.model == "gpt-5"


def test_only_calls_are_billable() -> None:
    assert Reading(INFERENCE, "test").is_billable
    assert not Reading(AGENT, "test").is_billable


def test_a_counted_outcome_is_never_a_duplicate_or_unpriced() -> None:
    assert {PRICED, ESTIMATED, FREE} == COUNTED
    assert not COUNTED & {UNPRICED, DUPLICATE}


def test_every_reason_is_spelled_once() -> None:
    reasons = [value for name, value in vars(Reason).items() if name.isupper()]
    assert len(reasons) == len(set(reasons))
    assert set(reasons) >= MAKES_UNPRICED
