"""How fast `agentcost replay` reads recorded spans, start-up included."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from google.protobuf.json_format import MessageToDict
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult

from .harness import Contender, Table, interleave
from .spans import run_execution

SPANS_AN_EXECUTION = 10
LENGTH_BYTES = 4
JSON, PROTOBUF = "OTLP/JSON, a request a line", "OTLP protobuf, framed"


class Recorder(SpanExporter):
    """Writes each batch twice, as the Collector's file exporter does: as a line of JSON and as a framed message."""

    def __init__(self, folder: Path) -> None:
        self.paths = {JSON: folder / "spans.jsonl", PROTOBUF: folder / "spans.binpb"}

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        request = encode_spans(spans)
        message = request.SerializeToString()
        with self.paths[PROTOBUF].open("ab") as binary:
            binary.write(len(message).to_bytes(LENGTH_BYTES, "big") + message)
        with self.paths[JSON].open("a") as lines:
            lines.write(json.dumps(with_hex_ids(MessageToDict(request))) + "\n")
        return SpanExportResult.SUCCESS

    def shutdown(self) -> None: ...


def with_hex_ids(request: dict[str, Any]) -> dict[str, Any]:
    """Spell ids in hexadecimal, as OTLP/JSON wants them, where protobuf's own JSON has base64."""
    for resource_spans in request["resourceSpans"]:
        for scope_spans in resource_spans["scopeSpans"]:
            for span in scope_spans["spans"]:
                for key in ("traceId", "spanId", "parentSpanId"):
                    if key in span:
                        span[key] = base64.b64decode(span[key]).hex()
    return request


def record(folder: Path, executions: int) -> dict[str, Path]:
    """Record so many executions, and return the file of each encoding."""
    recorder = Recorder(folder)
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(recorder, max_queue_size=65_536))
    tracer = provider.get_tracer("opentelemetry.instrumentation.openai_v2", "2.0")
    for number in range(executions):
        run_execution(tracer, number)
        if number % 100 == 0:
            provider.force_flush()
    provider.shutdown()
    return recorder.paths


def replay(path: Path) -> dict[str, Any]:
    command = [sys.executable, "-m", "otel_agentcost.cli.main", "replay", str(path), "--format", "json"]
    done = subprocess.run(command, capture_output=True, check=True)
    return json.loads(done.stdout)["totals"]


def measure(rounds: int = 5, executions: int = 4_000) -> Table:
    """Time the replay of recorded executions, per span."""
    spans = executions * SPANS_AN_EXECUTION

    def contender(name: str, path: Path) -> Contender:
        def run() -> float:
            started = time.perf_counter()
            totals = replay(path)
            seconds = time.perf_counter() - started
            if totals["executions"] != executions or totals["unpriced_calls"]:
                raise RuntimeError(f"{name}: {totals} for {executions} executions: what was timed is not the work")
            return seconds / spans

        return Contender(name, run)

    with tempfile.TemporaryDirectory() as folder:
        paths = record(Path(folder), executions)
        medians = interleave([contender(name, path) for name, path in paths.items()], rounds)
    rates = [f"{name}: {1 / seconds / 1000:.0f} thousand spans a second." for name, seconds in medians.items()]
    return Table(f"Replay of {spans:,} recorded spans", "µs a span", 1e6, medians, JSON, rates)
