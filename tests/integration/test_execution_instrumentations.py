"""OpenTelemetry's own instrumentations of threads, tasks and an HTTP client carry an execution where it goes."""

from __future__ import annotations

import json
import os
import subprocess

import pytest

from tests.integration.environments import ROOT, environment

pytestmark = pytest.mark.integration

PROGRAM = """
import asyncio, json, threading, urllib.request
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, HTTPServer
from opentelemetry import trace
from opentelemetry.instrumentation.asyncio import AsyncioInstrumentor
from opentelemetry.instrumentation.threading import ThreadingInstrumentor
from opentelemetry.instrumentation.urllib import URLLibInstrumentor
from opentelemetry.sdk.trace import TracerProvider
from otel_agentcost import AgentCostSpanProcessor, execution

processor = AgentCostSpanProcessor()
provider = TracerProvider()
provider.add_span_processor(processor)
trace.set_tracer_provider(provider)
for instrumentor in (ThreadingInstrumentor(), AsyncioInstrumentor(), URLLibInstrumentor()):
    instrumentor.instrument()

def call(name):
    provider.get_tracer("app").start_span(name, attributes={
        "gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai", "gen_ai.request.model": "gpt-4o-mini",
        "gen_ai.usage.input_tokens": 1000, "gen_ai.usage.output_tokens": 200,
    }).end()

seen = {}
class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        seen.update((name, self.headers[name]) for name in ("baggage", "traceparent"))
        self.send_response(204)
        self.end_headers()
    def log_message(self, *_):
        pass

server = HTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()

async def tasks():
    await asyncio.gather(asyncio.to_thread(call, "to thread"), asyncio.create_task(task()))
    await asyncio.get_running_loop().run_in_executor(None, call, "executor of a loop")

async def task():
    await asyncio.sleep(0)
    call("task")

with execution(user="u-17", team="support") as run, ThreadPoolExecutor(2) as pool:
    thread = threading.Thread(target=call, args=("thread",))
    timer = threading.Timer(0, call, ("timer",))
    for each in (thread, timer):
        each.start()
    pool.submit(call, "pool").result()
    for each in (thread, timer):
        each.join()
    asyncio.run(tasks())
    urllib.request.urlopen(f"http://127.0.0.1:{server.server_port}/").close()
calls = processor.engine.calls(int(run.execution_id, 16))
print(json.dumps({
    "calls": run.calls, "who": sorted({(each.identity.user, each.identity.team) for each in calls}),
    "same trace": run.execution_id in seen["traceparent"], "baggage": sorted(seen["baggage"].split(",")),
    "errors": processor.stats().internal_errors,
}))
"""


def test_an_execution_reaches_threads_timers_pools_tasks_and_the_services_that_are_called() -> None:
    binaries = environment(
        "3.11",
        "opentelemetry-instrumentation-threading",
        "opentelemetry-instrumentation-asyncio",
        "opentelemetry-instrumentation-urllib",
    )
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("OTEL_", "AGENTCOST_"))}
    done = subprocess.run(
        [binaries / "python", "-c", PROGRAM],
        cwd=ROOT,
        env=clean,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "calls": 6,
        "who": [["u-17", "support"]],
        "same trace": True,
        "baggage": ["agentcost.team=support", "user.id=u-17"],
        "errors": 0,
    }
