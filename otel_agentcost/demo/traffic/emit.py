"""Emit a planned request as spans of the SDK, with the times at which it would have happened."""

from __future__ import annotations

from secrets import token_hex

from opentelemetry import baggage, trace
from opentelemetry.context import Context
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace import Span, SpanKind, Status, StatusCode, Tracer

from otel_agentcost.demo.traffic.dialects import Scope, Told
from otel_agentcost.demo.traffic.plan import AgentRun, ModelCall, Request
from otel_agentcost.demo.traffic.stacks import STACKS, Stack
from otel_agentcost.demo.traffic.timeline import PAUSE_NANO, Placed, place
from otel_agentcost.model import names

_WEB = Scope("opentelemetry.instrumentation.fastapi")
_INSIDE_NANO = 1_000_000
"""By so much the second span of a call begins later and ends earlier than the first."""


class Emitter:
    """Emits requests through a tracer provider. Counts the spans.

    The plan's response ids are the same in every run, but one id is one call in the books, however often it is told: a
    second run into a store would be the first one told again. So each run adds something to them.
    """

    def __init__(self, provider: TracerProvider) -> None:
        self._provider = provider
        self._run = token_hex(4)
        self._tracers: dict[Scope, Tracer] = {}
        self.spans = 0

    def emit(self, request: Request) -> None:
        """Emit one execution: the web request, below it all that it set off, on behalf of its user."""
        route = f"/{request.feature}"
        web = Told(_WEB, f"POST {route}", {"http.request.method": "POST", "http.route": route})
        context = _on_behalf_of(request)
        root = self.start(web, context, request.start_unix_nano, SpanKind.SERVER)
        steps, end = place(request.work.steps, request.start_unix_nano + PAUSE_NANO)
        inside = trace.set_span_in_context(root, context)
        _Walk(self, STACKS[request.stack], inside).steps(steps, inside)
        if request.work.error is not None:
            root.set_status(Status(StatusCode.ERROR, request.work.error))
        root.end(end)

    def own(self, call: ModelCall) -> ModelCall:
        """Return a call with a response id of this run, where it has one."""
        return call._replace(response_id=f"{call.response_id}{self._run}") if call.response_id else call

    def start(self, told: Told, context: Context, at: int, kind: SpanKind = SpanKind.INTERNAL) -> Span:
        """Start a span as an instrumentation tells it, at that time (Unix nanoseconds)."""
        self.spans += 1
        tracer = self._tracers.get(told.scope)
        if tracer is None:
            tracer = self._tracers[told.scope] = self._provider.get_tracer(*told.scope)
        return tracer.start_span(told.name, context, kind, told.attributes, start_time=at)


class _Walk:
    """One execution on its way through its steps."""

    def __init__(self, emitter: Emitter, stack: Stack, root: Context) -> None:
        self._emitter = emitter
        self._stack = stack
        self._root = root

    def steps(self, steps: tuple[Placed, ...], context: Context) -> None:
        for placed in steps:
            step = placed.step
            if isinstance(step, ModelCall):
                self._call(self._emitter.own(step), placed, 0, context)
                continue
            told = self._stack.agent(step) if isinstance(step, AgentRun) else self._stack.tool(step)
            span = self._emitter.start(told, context, placed.start)
            self.steps(placed.inside, trace.set_span_in_context(span, context))
            span.end(placed.end)

    def _call(self, call: ModelCall, placed: Placed, depth: int, context: Context) -> None:
        """Emit the span of the instrumentation at that depth, and before it ends those of the ones further inside."""
        stack, shift = self._stack, depth * _INSIDE_NANO
        told = stack.calls[depth](call, placed.agent)
        span = self._emitter.start(told, context, placed.start + shift, SpanKind.CLIENT)
        if depth + 1 < len(stack.calls):
            if stack.arrangement == "nested":
                context = trace.set_span_in_context(span, context)
            self._call(call, placed, depth + 1, self._root if stack.arrangement == "at root" else context)
        if call.error is not None:
            span.set_status(Status(StatusCode.ERROR, call.error))
        span.end(placed.end - shift)


def _on_behalf_of(request: Request) -> Context:
    """Return a context with the identity in its baggage, as a gateway in front of the agents would send it."""
    context = baggage.set_baggage(names.USER, request.user, Context())
    context = baggage.set_baggage(names.TEAM, request.team, context)
    return baggage.set_baggage(names.FEATURE, request.feature, context)
