"""Zero code: hooks and the exporter of the environment, which can never break the application's set-up."""

from __future__ import annotations

import logging
from collections.abc import Callable
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import ConsoleSpanExporter, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF
from opentelemetry.trace import ProxyTracerProvider

from otel_agentcost.sdk import configured_exporter, entry_points
from otel_agentcost.sdk.configured_exporter import EXPORTER, ConfiguredSpanExporter, build_span_exporter
from otel_agentcost.sdk.entry_points import ENABLED, post_instrument, pre_instrument
from otel_agentcost.sdk.processor import AgentCostSpanProcessor

SetGlobal = Callable[[Any], Any]


@pytest.fixture
def set_global(monkeypatch: pytest.MonkeyPatch) -> SetGlobal:
    def put(provider: Any) -> Any:
        monkeypatch.setattr(trace, "get_tracer_provider", lambda: provider)
        return provider

    return put


def _ours(provider: TracerProvider) -> list[AgentCostSpanProcessor]:
    return [p for p in provider._active_span_processor._span_processors if isinstance(p, AgentCostSpanProcessor)]


def test_nothing_happens_unless_it_is_switched_on(set_global: SetGlobal, monkeypatch: pytest.MonkeyPatch) -> None:
    provider = set_global(TracerProvider(sampler=ALWAYS_OFF, shutdown_on_exit=False))
    for value in (None, "", "false", "0"):
        monkeypatch.delenv(ENABLED, raising=False) if value is None else monkeypatch.setenv(ENABLED, value)
        pre_instrument()
        post_instrument()
    assert not _ours(provider)
    assert provider.sampler is ALWAYS_OFF


def test_switched_on_it_adds_one_processor_and_records_everything(
    set_global: SetGlobal, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider = set_global(TracerProvider(sampler=ALWAYS_OFF, shutdown_on_exit=False))
    monkeypatch.setenv(ENABLED, "True")
    pre_instrument()
    taken_by_an_instrumentation = provider.get_tracer("instrumentation")
    post_instrument()
    post_instrument()
    assert len(_ours(provider)) == 1
    span = taken_by_an_instrumentation.start_span("span")
    assert span.is_recording()
    assert not span.get_span_context().trace_flags.sampled


def test_a_provider_that_is_not_the_sdks_is_told_once(
    set_global: SetGlobal, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    set_global(ProxyTracerProvider())
    monkeypatch.setenv(ENABLED, "true")
    pre_instrument()
    post_instrument()
    assert [record.levelno for record in caplog.records] == [logging.WARNING]
    assert "ProxyTracerProvider" in caplog.text


def test_a_wrong_configuration_is_logged_in_its_own_words_and_the_set_up_goes_on(
    set_global: SetGlobal, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    provider = set_global(TracerProvider(shutdown_on_exit=False))
    wrong = tmp_path / "agentcost.yaml"
    wrong.write_text("prises: {}\n", encoding="utf-8")
    monkeypatch.setenv("AGENTCOST_CONFIG", str(wrong))
    monkeypatch.setenv(ENABLED, "true")
    post_instrument()
    assert not _ours(provider)
    assert "prises" in caplog.text
    assert ConfiguredSpanExporter().engine is None, "the exporter exports on, without costs"


@pytest.mark.parametrize("step", ["_attach", "_record_everything", "_explain"])
def test_no_hook_ever_raises(
    set_global: SetGlobal, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, step: str
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("a secret prompt")

    class Broken:
        def add_span_processor(self, _: object) -> None:
            raise RuntimeError("a secret prompt")

    set_global(Broken())
    monkeypatch.setenv(ENABLED, "true")
    monkeypatch.setattr(entry_points, step, fail)
    if step != "_explain":
        pre_instrument()
        post_instrument()
        assert "RuntimeError" in caplog.text
        assert "secret" not in caplog.text


def test_the_exporter_of_the_environment_is_a_class_as_the_sdk_asks() -> None:
    assert issubclass(ConfiguredSpanExporter, SpanExporter)


def test_it_wraps_the_exporter_that_the_environment_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(EXPORTER, "console")
    assert isinstance(ConfiguredSpanExporter().wrapped, ConsoleSpanExporter)


@pytest.mark.parametrize("name", ["no_such_exporter", "agentcost"])
def test_an_absent_exporter_is_told_and_its_spans_are_reported_as_not_exported(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    monkeypatch.setenv(EXPORTER, name)
    exporter = ConfiguredSpanExporter()
    assert exporter.export(()) is SpanExportResult.FAILURE
    assert exporter.force_flush() is True
    exporter.shutdown()
    (record,) = caplog.records
    assert record.levelno == logging.ERROR
    assert f"{EXPORTER}={name}" in caplog.text
    assert "console" in caplog.text, "what is installed is named"


def test_an_exporter_that_cannot_be_made_is_told_and_stops_nothing(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    broken = EntryPoint("broken", "opentelemetry.nowhere:Exporter", "opentelemetry_traces_exporter")
    monkeypatch.setattr(configured_exporter, "entry_points", lambda group: [broken])
    monkeypatch.setenv(EXPORTER, "broken")
    assert build_span_exporter().export(()) is SpanExportResult.FAILURE
    assert "broken" in caplog.text
