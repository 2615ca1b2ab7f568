"""Events as log records, on whatever SDK is installed."""

from __future__ import annotations

import json
import warnings
from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry.sdk._logs import LoggerProvider, export
from opentelemetry.sdk._logs.export import SimpleLogRecordProcessor
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider

from otel_agentcost.model import names
from otel_agentcost.model.event import Event
from otel_agentcost.sdk.events import EventEmitter, find_record_way
from otel_agentcost.sdk.scope import SCOPE
from otel_agentcost.sdk.signals import SdkSignals
from tests.unit.engine.commits import NOON, SECOND, call, committed, measurements, read, total

WARNED = Event("agentcost.something.happened", NOON, 0xFEED, 0xBEEF, {"who": "u-17", "usd": 0.5}, "WARN")


class Logs:
    """A provider and what it exported."""

    def __init__(self) -> None:
        kept: Any = getattr(export, "InMemoryLogRecordExporter", None) or export.InMemoryLogExporter
        self._exporter = kept()
        self.provider = LoggerProvider(resource=Resource({"service.name": "shop"}), shutdown_on_exit=False)
        self.provider.add_log_record_processor(SimpleLogRecordProcessor(self._exporter))
        self.events = EventEmitter(self.provider, clock=lambda: NOON + 5 * SECOND)

    def all(self) -> list[Any]:
        return list(self._exporter.get_finished_logs())

    def one(self) -> Any:
        (exported,) = self.all()
        return exported


def name_of(record: Any) -> str | None:
    return record.attributes.get(names.EVENT_NAME) if find_record_way() == "record" else record.event_name


def test_an_event_is_a_log_record_with_its_name_times_trace_and_severity() -> None:
    logs = Logs()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        logs.events.emit(WARNED)
    exported = logs.one()
    record = exported.log_record
    assert name_of(record) == "agentcost.something.happened"
    assert (record.timestamp, record.observed_timestamp) == (NOON, NOON + 5 * SECOND)
    assert (record.trace_id, record.span_id) == (0xFEED, 0xBEEF)
    assert (record.severity_text, record.severity_number.name) == ("WARN", "WARN")
    assert (record.attributes["who"], record.attributes["usd"]) == ("u-17", 0.5)
    assert exported.instrumentation_scope.name == SCOPE
    resource = getattr(exported, "resource", None) or record.resource
    assert resource.attributes["service.name"] == "shop"


def test_an_event_of_no_trace_is_not_given_the_current_one() -> None:
    logs = Logs()
    tracer = TracerProvider(shutdown_on_exit=False).get_tracer("t")
    with tracer.start_as_current_span("whoever emits"):
        logs.events.emit(WARNED._replace(trace_id=0, span_id=0))
        assert trace.get_current_span().get_span_context().trace_id
    assert not logs.one().log_record.trace_id
    assert not logs.one().log_record.span_id


def test_an_event_whose_span_is_unknown_keeps_its_trace() -> None:
    logs = Logs()
    logs.events.emit(WARNED._replace(span_id=0))
    assert (logs.one().log_record.trace_id, logs.one().log_record.span_id) == (0xFEED, 0)


def test_a_provider_that_fails_fails_nobody_else() -> None:
    class Failing(LoggerProvider):
        def get_logger(self, *_: Any, **__: Any) -> Any:
            raise RuntimeError("secret prompt")

    events = EventEmitter(Failing(shutdown_on_exit=False))
    events.emit(WARNED)
    assert events.errors.total == 1


def test_without_any_provider_nothing_happens() -> None:
    events = EventEmitter()
    events.emit(WARNED)
    assert events.errors.total == 0


def test_a_settled_execution_is_told_once_with_all_its_numbers() -> None:
    logs = Logs()
    signals = SdkSignals(measurements(), logs.events)
    first = call(1, 1_234_567, agent="planner")
    second = call(2, 5_000_000, agent="writer", status="estimated", reason="sum_of_calls")
    signals.committed(committed(first))
    assert logs.all() == []
    fields: dict[str, Any] = {
        "user": "u-17", "team": "support", "organization": "acme", "feature": "triage", "environment": "production",
        "session": "s", "conversation": "c", "root_span_id": 0xF00, "tool_calls": 3, "input_tokens": 200,
        "output_tokens": 40, "models": {"gpt-5": 1, "": 2},
    }  # fmt: skip
    signals.committed(committed(second, all_calls=(first, second), settles=True, **fields))
    signals.committed(committed(call(3, 1), all_calls=(first, second, call(3, 1)), is_settled=True, **fields))
    record = logs.one().log_record
    assert name_of(record) == "agentcost.execution.completed"
    assert (record.trace_id, record.span_id, record.timestamp) == (0xABC, 0xF00, NOON)
    told = {key: value for key, value in record.attributes.items() if key != names.EVENT_NAME}
    told = json.loads(json.dumps(told))
    assert told == {
        "agentcost.execution.id": f"{0xABC:032x}",
        "agentcost.execution.state": "completed",
        "agentcost.execution.cost": 0.006234567,
        "agentcost.execution.cost_nano_usd": 6_234_567,
        "agentcost.execution.calls": 2,
        "agentcost.execution.calls.unpriced": 0,
        "agentcost.execution.calls.estimated": 1,
        "agentcost.execution.duplicates": 0,
        "agentcost.execution.tool_calls": 3,
        "agentcost.execution.tool_cost": 0,
        "agentcost.execution.duration": 3,
        "agentcost.execution.root_name": "run",
        "agentcost.execution.agents": ["writer", "planner"],
        "agentcost.execution.models": ["gpt-5"],
        "gen_ai.usage.input_tokens": 200,
        "gen_ai.usage.output_tokens": 40,
        "user.id": "u-17",
        "session.id": "s",
        "gen_ai.conversation.id": "c",
        "agentcost.team": "support",
        "agentcost.organization": "acme",
        "agentcost.feature": "triage",
        "deployment.environment.name": "production",
    }


@pytest.mark.parametrize("broken", ["measurements", "events"])
def test_a_fault_of_one_signal_does_not_keep_back_the_other(broken: str, monkeypatch: pytest.MonkeyPatch) -> None:
    logs, measured = Logs(), measurements()
    signals = SdkSignals(measured, logs.events)
    monkeypatch.setattr(
        signals.measurements if broken == "measurements" else signals.events,
        "committed" if broken == "measurements" else "emit",
        lambda _: 1 / 0,
    )
    signals.committed(committed(call(1, 7), settles=True))
    assert signals.errors.total == 1
    assert len(logs.all()) == (broken == "measurements")
    assert total(read(measured), names.METRIC_COST) == (7 if broken == "events" else 0)
