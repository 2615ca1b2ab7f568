"""Open and end one execution: its span, its context, its run. Nothing here raises into the application."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import INVALID_SPAN, Link, Span, SpanKind, Status, StatusCode

from otel_agentcost.model import names
from otel_agentcost.model.identity import Identity
from otel_agentcost.sdk.attached import Attached, attached
from otel_agentcost.sdk.run import Run, errors
from otel_agentcost.sdk.scopes import Scope, surroundings

if TYPE_CHECKING:
    from opentelemetry.trace import TracerProvider

OPERATION = "invoke_workflow"
"""The GenAI convention's operation for work that one or several agents do together. The span's name begins with it too:
where an instrumentation writes its call's attributes onto the span around it, as LiteLLM's does, that makes it no call.
"""


class Asked(NamedTuple):
    """What an execution is asked to be."""

    name: str | None
    identity: Identity
    agent: str | None
    attributes: Mapping[str, Any]
    new_trace: bool
    provider: TracerProvider | None


class Opened:
    """An execution that has begun. `enter` makes its context the current one; `end` ends it, from wherever."""

    __slots__ = ("run", "scope")

    def __init__(self, run: Run, scope: Scope | None) -> None:
        self.run = run
        self.scope = scope
        """None where it could not be opened: then the application runs on without."""

    def enter(self) -> None:
        try:
            if self.scope is not None:
                self.scope.enter()
        except Exception as error:  # noqa: BLE001 - see guard.py
            try:
                self.run.errors.record("execution.enter", error)
            except Exception:  # noqa: BLE001
                pass

    def __enter__(self) -> Opened:
        """Return the execution, which `__exit__` ends; its context is still to be entered."""
        return self

    def __exit__(self, kind: object, raised: BaseException | None, where: object) -> None:
        self.end(raised)

    def end(self, raised: BaseException | None) -> None:
        """End the execution; `raised` is what the block raised."""
        for step in (lambda: _record(self.run.span, raised), self._leave, self.run.span.end, self.run.finish):
            try:
                step()
            except Exception as error:  # noqa: BLE001, PERF203 - see guard.py; each step is tried whatever became of the others
                try:
                    self.run.errors.record("execution.end", error)
                except Exception:  # noqa: BLE001
                    pass

    def _leave(self) -> None:
        if self.scope is not None:
            self.scope.leave()


def begin(asked: Asked) -> Opened:
    """Begin an execution, whose context is not entered yet."""
    try:
        found = attached(asked.provider or trace.get_tracer_provider())
        context, leaked = surroundings()
        says = found.identity.attributes(asked.identity)
        inside = found.identity.enter(context, says)
        span = _start(asked, found, inside, leaked, says)
        if span is not None:
            inside = trace.set_span_in_context(span, inside)
        run = Run(span or INVALID_SPAN, asked.identity, found.processor)
        return Opened(run, Scope(context, inside, span or trace.get_current_span(inside)))
    except Exception as error:  # noqa: BLE001 - see guard.py
        try:
            errors.record("execution", error)
        except Exception:  # noqa: BLE001
            pass
        return Opened(Run(INVALID_SPAN, asked.identity, None), None)


def _start(
    asked: Asked, found: Attached, context: Context, leaked: Span | None, says: Mapping[str, str]
) -> Span | None:
    """Start the span; None where the SDK, or a sampler or processor in it, raises."""
    try:
        around = trace.get_current_span(context)
        before = [leaked] if leaked is not None else []
        if asked.new_trace:
            before.append(around)
            context = trace.set_span_in_context(INVALID_SPAN, context)
        attributes: dict[str, Any] = {names.OPERATION: OPERATION}
        if asked.name:
            attributes[names.WORKFLOW] = asked.name
        if asked.agent:
            attributes[names.AGENT] = asked.agent
        return found.tracer.start_span(
            f"{OPERATION} {asked.name}" if asked.name else OPERATION,
            context=context,
            kind=SpanKind.INTERNAL,
            attributes={**attributes, **asked.attributes, **says},
            links=[Link(span.get_span_context()) for span in before if span.get_span_context().is_valid],
        )
    except Exception as error:  # noqa: BLE001 - see guard.py
        (errors if found.processor is None else found.processor.errors).record("execution", error)
        return None


def _record(span: Span, raised: BaseException | None) -> None:
    """Record what the block raised, as OpenTelemetry's own spans do: what is no `Exception` is no error."""
    if isinstance(raised, Exception) and span.is_recording():
        span.record_exception(raised)
        span.set_status(Status(StatusCode.ERROR, f"{type(raised).__name__}: {raised}"))
