"""What we cost a whole process with a batch processor and real OTLP encoding: CPU time of all its threads."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence

from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult

from .harness import Contender, Table, in_process_of_its_own, interleave
from .spans import run_execution

WITHOUT, PROCESSOR, EXPORTER = "without us", "with AgentCostSpanProcessor", "with AgentCostSpanExporter"
EXECUTIONS_A_FLUSH = 40
"""Executions between two flushes, so that the batch processor's queue never overflows and drops work."""


class EncodingExporter(SpanExporter):
    """Encodes as the OTLP exporter does and sends nowhere: a network would only add noise to both sides."""

    def __init__(self) -> None:
        self.bytes = 0

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        self.bytes += len(encode_spans(spans).SerializeToString())
        return SpanExportResult.SUCCESS

    def shutdown(self) -> None: ...


def main(variant: str, executions: int) -> None:
    """Run one variant and print its CPU seconds, set-up left out."""
    encoder = EncodingExporter()
    provider = TracerProvider(shutdown_on_exit=False)
    exporter: SpanExporter = encoder
    if variant == PROCESSOR:
        from otel_agentcost import AgentCostSpanProcessor

        provider.add_span_processor(AgentCostSpanProcessor())
    elif variant == EXPORTER:
        from otel_agentcost import AgentCostSpanExporter

        exporter = AgentCostSpanExporter(encoder)
    provider.add_span_processor(BatchSpanProcessor(exporter, max_queue_size=8192))
    tracer = provider.get_tracer("opentelemetry.instrumentation.openai_v2", "2.0")
    for number in range(50):
        run_execution(tracer, number)
    provider.force_flush()
    encoder.bytes = 0
    started = time.process_time()
    for number in range(executions):
        run_execution(tracer, number)
        if number % EXECUTIONS_A_FLUSH == 0:
            provider.force_flush()
    provider.force_flush()
    sys.stdout.write(json.dumps({"cpu_seconds": time.process_time() - started, "bytes": encoder.bytes}))


def measure(rounds: int = 9, executions: int = 1_000) -> Table:
    """Time the whole process per execution of ten spans, three of them model calls."""

    def contender(variant: str) -> Contender:
        def run() -> float:
            return in_process_of_its_own(__spec__.name, variant, str(executions))["cpu_seconds"] / executions

        return Contender(variant, run)

    medians = interleave([contender(variant) for variant in (WITHOUT, PROCESSOR, EXPORTER)], rounds)
    return Table(
        "CPU of a whole process, batch processor and OTLP encoding", "µs an execution of 10 spans", 1e6,
        medians, WITHOUT, digits=0, goals={PROCESSOR: "ratio at most 1.10"},
    )  # fmt: skip


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
