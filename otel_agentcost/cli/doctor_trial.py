"""A real trace through the SDK that is installed: do costs reach exporters added before and after our processor?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from otel_agentcost.cli.finding import Finding, ok, problem
from otel_agentcost.model import names

_WAYS = {
    "ending": "written while a span ends",
    "front": "written in front of the provider's processors",
    "late": "written after the exporters that were added first",
    "none": "not possible",
}


def check_enrichment() -> Iterator[Finding]:
    """Run one model call's span through a provider of its own and look at what its exporters get."""
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415 - a doctor must start without an SDK too
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
    from opentelemetry.sdk.trace.export import BatchSpanProcessor, SimpleSpanProcessor  # noqa: PLC0415
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter  # noqa: PLC0415
    from opentelemetry.sdk.trace.sampling import ALWAYS_ON  # noqa: PLC0415

    from otel_agentcost.config.model import Config  # noqa: PLC0415
    from otel_agentcost.sdk.ending import find_way  # noqa: PLC0415
    from otel_agentcost.sdk.processor import AgentCostSpanProcessor  # noqa: PLC0415

    exporters = {
        name: InMemorySpanExporter() for name in ("simple before", "batch before", "simple after", "batch after")
    }
    try:
        provider = TracerProvider(sampler=ALWAYS_ON, resource=Resource.get_empty(), shutdown_on_exit=False)
    except ValueError as error:  # the SDK refuses a variable of its own, and would in the user's program too
        yield problem("enrichment", f"the SDK cannot be set up: {error}", "correct that variable")
        return
    provider.add_span_processor(SimpleSpanProcessor(exporters["simple before"]))
    provider.add_span_processor(BatchSpanProcessor(exporters["batch before"]))
    provider.add_span_processor(AgentCostSpanProcessor(Config()))
    provider.add_span_processor(SimpleSpanProcessor(exporters["simple after"]))
    provider.add_span_processor(BatchSpanProcessor(exporters["batch after"]))
    span = provider.get_tracer("agentcost.doctor").start_span("chat gpt-4o", attributes=_CALL)
    is_recording = span.is_recording()
    span.end()
    provider.force_flush()
    missed = [name for name, exporter in exporters.items() if not _has_cost(exporter.get_finished_spans())]
    provider.shutdown()
    if not is_recording:
        yield problem("enrichment", "the SDK records no span", "unset OTEL_SDK_DISABLED, or set it to false")
    elif missed:
        yield problem(
            "enrichment",
            f"exporters that do not get the cost: {', '.join(missed)}",
            "add AgentCostSpanProcessor before the exporters, or wrap the exporter in AgentCostSpanExporter",
        )
    else:
        yield ok("enrichment", f"costs reach exporters added before and after the processor ({_WAYS[find_way()]})")


_CALL = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "openai",
    "gen_ai.request.model": "gpt-4o",
    "gen_ai.response.model": "gpt-4o",
    "gen_ai.usage.input_tokens": 1000,
    "gen_ai.usage.output_tokens": 100,
}


def _has_cost(spans: Sequence[object]) -> bool:
    return len(spans) == 1 and names.COST_AMOUNT in (getattr(spans[0], "attributes", None) or {})
