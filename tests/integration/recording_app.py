"""An application as a user writes one: SDK, our processor, Prometheus for metrics, OTLP for logs. Run by the tests."""

from __future__ import annotations

import random
import sys

from opentelemetry import _logs, metrics
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.exporter.prometheus import PrometheusMetricReader
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace import Tracer
from prometheus_client import start_http_server

from otel_agentcost import AgentCostSpanProcessor, execution

MODELS = (("openai", "gpt-4o-mini"), ("openai", "gpt-4o"), ("anthropic", "claude-sonnet-4-5"), ("openai", "acme-7b"))
TEAMS = ("support", "sales", "research")
EXECUTIONS = 120


def call(tracer: Tracer, drawn: random.Random) -> None:
    """Write one call, sometimes told by the framework around it too."""
    provider, model = drawn.choice(MODELS)
    attributes = {
        "gen_ai.operation.name": "chat", "gen_ai.provider.name": provider, "gen_ai.request.model": model,
        "gen_ai.usage.input_tokens": drawn.randint(100, 90_000), "gen_ai.usage.output_tokens": drawn.randint(1, 4_000),
        "gen_ai.response.id": f"resp_{drawn.getrandbits(96):024x}",
    }  # fmt: skip
    if drawn.random() < 0.3:
        with tracer.start_as_current_span("ChatModel", attributes=attributes):
            tracer.start_span("chat", attributes=attributes).end()
    else:
        tracer.start_span("chat", attributes=attributes).end()


def run(tracer: Tracer, provider: TracerProvider, drawn: random.Random, number: int) -> None:
    """Run one execution: an agent with calls, a tool with a price of its own, and perhaps a sub-agent."""
    user, team = f"u-{drawn.randint(1, 9)}", drawn.choice(TEAMS)
    feature = drawn.choice(("triage", "draft"))
    agent = {"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": drawn.choice(("planner", "writer"))}
    with (
        execution(f"request-{number}", user=user, team=team, feature=feature, tracer_provider=provider),
        tracer.start_as_current_span("agent", attributes=agent),
    ):
        for _ in range(drawn.randint(1, 4)):
            call(tracer, drawn)
        tool = {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": drawn.choice(("search", "calculator"))}
        with tracer.start_as_current_span("tool", attributes=tool):
            if drawn.random() < 0.3:
                call(tracer, drawn)


def main(config: str, prometheus_port: int, otlp_port: int) -> None:
    """Record, say so, and end when told to."""
    start_http_server(prometheus_port, "127.0.0.1")
    metrics.set_meter_provider(MeterProvider([PrometheusMetricReader()]))
    loggers = LoggerProvider()
    loggers.add_log_record_processor(
        BatchLogRecordProcessor(OTLPLogExporter(endpoint=f"http://127.0.0.1:{otlp_port}/v1/logs"))
    )
    _logs.set_logger_provider(loggers)
    provider = TracerProvider()
    processor = AgentCostSpanProcessor(config)
    provider.add_span_processor(processor)
    tracer, drawn = provider.get_tracer("app"), random.Random(7)
    for number in range(EXECUTIONS):
        run(tracer, provider, drawn, number)
    flushed, errors = provider.force_flush(), processor.stats().internal_errors
    sys.stdout.write(f"recorded {flushed} {errors}\n")
    sys.stdout.flush()
    sys.stdin.readline()
    provider.shutdown()
    loggers.shutdown()
    sys.stdout.write(f"ended {processor.stats().internal_errors}\n")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
