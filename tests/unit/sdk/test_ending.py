"""Attributes written as a span ends reach every exporter, whatever its kind, its place and the SDK."""

from __future__ import annotations

import asyncio
import logging
import threading

import pytest
from opentelemetry.context import Context
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanLimits, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor

from otel_agentcost.sdk import ending
from otel_agentcost.sdk.ending import EndingSpanProcessor, find_way, warn_where_late

from .support import MULTI, Snapshots, exports_around


class Stamping(EndingSpanProcessor):
    """Writes the span's own name onto it, so that any mix-up shows."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []

    def ended(self, span: ReadableSpan) -> None:
        self.seen.append(span.name)
        self.write(span, {"stamp": span.name, "amount": 0.5, "count": 2})


class Composite(SpanProcessor):
    """A processor of the user's that wraps another and knows nothing of `_on_ending`, as many were written."""

    def __init__(self, inner: SpanProcessor) -> None:
        self.inner = inner

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        self.inner.on_start(span, parent_context)

    def on_end(self, span: ReadableSpan) -> None:
        self.inner.on_end(span)

    def force_flush(self, timeout_millis: int = 30000) -> bool:
        return self.inner.force_flush(timeout_millis)


@pytest.mark.parametrize("multi", MULTI)
def test_every_exporter_gets_the_attributes_whatever_its_place(multi: str) -> None:
    stamping = Stamping()
    with exports_around(stamping, multi=multi) as exports:
        tracer = exports.provider.get_tracer("test")
        with tracer.start_as_current_span("outer"), tracer.start_as_current_span("inner", attributes={"own": "kept"}):
            pass
        for spans in exports.everywhere():
            for name, span in spans.items():
                assert span.attributes is not None
                assert span.attributes["stamp"] == name
                assert type(span.attributes["amount"]) is float
                assert type(span.attributes["count"]) is int
            assert spans["inner"].attributes["own"] == "kept"
    assert stamping.seen == ["inner", "outer"], "each span is looked at once"
    assert stamping.errors.total == 0


def test_a_span_at_its_attribute_limit_keeps_all_of_them_and_gets_ours() -> None:
    with exports_around(Stamping(), limits=SpanLimits(max_span_attributes=8)) as exports:
        exports.provider.get_tracer("test").start_span("full", attributes={str(n): n for n in range(8)}).end()
        for spans in exports.everywhere():
            attributes = spans["full"].attributes
            assert [attributes[str(n)] for n in range(8)] == list(range(8))
            assert attributes["stamp"] == "full"
            assert spans["full"].dropped_attributes == 0


def test_a_wrapper_that_does_not_pass_the_hook_on_changes_nothing() -> None:
    stamping = Stamping()
    with exports_around(Composite(stamping)) as exports:
        for name in ("first", "second"):
            exports.provider.get_tracer("test").start_span(name).end()
        for spans in exports.everywhere():
            assert {name: span.attributes["stamp"] for name, span in spans.items()} == {
                "first": "first",
                "second": "second",
            }
    assert stamping.seen == ["first", "second"]


def test_two_of_ours_on_one_provider_both_write() -> None:
    class Other(EndingSpanProcessor):
        def ended(self, span: ReadableSpan) -> None:
            self.write(span, {"other": 1})

    with exports_around(Stamping(), Other()) as exports:
        for name in ("first", "second"):
            exports.provider.get_tracer("test").start_span(name).end()
        for spans in exports.everywhere():
            for name, span in spans.items():
                assert (span.attributes["stamp"], span.attributes["other"]) == (name, 1)


def test_a_span_that_began_before_us_is_still_looked_at_once() -> None:
    stamping, later = Stamping(), Snapshots()
    provider = TracerProvider(shutdown_on_exit=False)
    span = provider.get_tracer("test").start_span("early")
    provider.add_span_processor(stamping)
    provider.add_span_processor(SimpleSpanProcessor(later))
    span.end()
    assert stamping.seen == ["early"]
    assert later.get_finished_spans()[0].attributes["stamp"] == "early"


def test_a_late_write_leaves_a_dictionary_that_an_exporter_may_be_reading_alone() -> None:
    stamping = Stamping()
    provider = TracerProvider(shutdown_on_exit=False)
    span = provider.get_tracer("test").start_span("late", attributes={"own": 1})
    read_by_an_exporter = iter(span._attributes._dict.items())
    next(read_by_an_exporter)
    stamping.on_end(span)
    assert list(read_by_an_exporter) == [], "no RuntimeError: the dictionary did not change size"
    assert span.attributes["stamp"] == "late"


def test_flush_succeeds_and_shutdown_may_come_twice() -> None:
    with exports_around(Stamping()) as exports:
        assert exports.provider.force_flush() is True
    exports.provider.shutdown()


def test_what_fails_inside_stays_inside_and_the_span_is_exported(caplog: pytest.LogCaptureFixture) -> None:
    class Failing(EndingSpanProcessor):
        def ended(self, span: ReadableSpan) -> None:
            raise ValueError("a secret prompt")

    failing = Failing()
    with exports_around(failing) as exports:
        for _ in range(3):
            exports.provider.get_tracer("test").start_span("unlucky").end()
        assert all(set(spans) == {"unlucky"} for spans in exports.everywhere())
    assert failing.errors.total == 3
    assert len(caplog.records) == 1, "one line a kind"
    assert "ValueError" in caplog.text
    assert "secret" not in caplog.text, "an exception's message may hold content"


@pytest.mark.parametrize("interrupt", [KeyboardInterrupt, SystemExit])
def test_what_is_the_applications_own_passes(interrupt: type[BaseException]) -> None:
    class Interrupted(EndingSpanProcessor):
        def ended(self, span: ReadableSpan) -> None:
            raise interrupt

    with exports_around(Interrupted()) as exports, pytest.raises(interrupt):
        exports.provider.get_tracer("test").start_span("stopped").end()


def test_eight_threads_and_many_tasks_mix_nothing_up() -> None:
    stamping = Stamping()
    with exports_around(stamping) as exports:
        tracer = exports.provider.get_tracer("test")

        async def task(name: str) -> None:
            for n in range(20):
                with tracer.start_as_current_span(f"{name}/{n}"):
                    await asyncio.sleep(0)

        async def tasks(thread: int) -> None:
            await asyncio.gather(*(task(f"{thread}/{n}") for n in range(5)))

        threads = [threading.Thread(target=lambda n=n: asyncio.run(tasks(n))) for n in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for spans in exports.everywhere():
            assert len(spans) == 800
            assert all(span.attributes["stamp"] == name for name, span in spans.items())
    assert sorted(stamping.seen) == sorted(spans)


def test_the_installed_sdk_reaches_every_exporter_and_nothing_is_said(caplog: pytest.LogCaptureFixture) -> None:
    way = find_way()
    assert way == ("ending" if hasattr(SpanProcessor, "_on_ending") else "front")
    warn_where_late(way)
    assert not caplog.records


def test_an_sdk_that_lets_nobody_in_front_is_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ending._Trial, "stand_in_front", lambda self, span: None)
    monkeypatch.setattr(ending._Trial, "_on_ending", lambda self, span: None)
    assert find_way.__wrapped__() == "late"


def test_an_sdk_changed_beyond_recognition_is_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ending._Trial, "write", lambda self, span, attributes: span._gone)
    assert find_way.__wrapped__() == "none"
    monkeypatch.setattr(ending, "TracerProvider", None)
    assert find_way.__wrapped__() == "none"


@pytest.mark.parametrize("way", ["late", "none"])
def test_where_exporters_are_missed_it_is_said_loudly(way: ending.Way, caplog: pytest.LogCaptureFixture) -> None:
    warn_where_late(way)
    assert [record.levelno for record in caplog.records] == [logging.WARNING]
    assert "AgentCostSpanExporter" in caplog.text
