"""Processes that fork, and processes that only end: whatever was recorded is in the store."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.environments import ROOT

from .application import CALLS_OF_A_RUN, configuration, sums_of_calls
from .checking import check_store, sums_of_all

pytestmark = pytest.mark.integration

BEGIN = """
import os, sys, threading, time
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from otel_agentcost import AgentCostSpanProcessor
from tests.integration.books.application import AGENT, CALL, run_agent

provider = TracerProvider()
provider.add_span_processor(AgentCostSpanProcessor(sys.argv[1]))
trace.set_tracer_provider(provider)
tracer = trace.get_tracer("app.sdk")
"""
ENDS = "for _ in range(25): run_agent(tracer)"
FORKS = """
def record():
    for _ in range(25):
        run_agent(tracer)
        time.sleep(0.002)
    for _ in range(5):
        tracer.start_span("chat", context=shared, attributes=CALL).end()

is_over = False
def go_on():
    while not is_over:
        run_agent(tracer)
        runs.append(1)

runs = []
root = tracer.start_span("invoke_agent", attributes=AGENT)
shared = trace.set_span_in_context(root)
record()
# Other threads are at work during each fork: in the engine, and in the store.
workers = [threading.Thread(target=go_on) for _ in range(2)]
for worker in workers:
    worker.start()
children = []
for _ in range(4):
    time.sleep(0.05)
    child = os.fork()
    if not child:
        record()
        sys.exit(0)
    children.append(child)
is_over = True
for worker in workers:
    worker.join()
record()
root.end()
if sys.argv[2] == "parent ends first":
    provider.shutdown()
codes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
assert codes == [0, 0, 0, 0], codes
print(len(runs))
"""


def run(program: str, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", BEGIN + program, *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout


def test_a_process_that_only_ends_has_all_in_the_store(store_url: str, tmp_path: Path) -> None:
    run(ENDS, configuration(tmp_path, store_url, flush_seconds=3600))
    assert sums_of_all(store_url) == sums_of_calls(25 * CALLS_OF_A_RUN)
    check_store(store_url)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
@pytest.mark.parametrize("order", ["parent ends last", "parent ends first"])
def test_what_a_server_and_its_forked_workers_record_is_in_the_store_once(
    order: str, store_url: str, tmp_path: Path
) -> None:
    others = int(run(FORKS, configuration(tmp_path, store_url, flush_seconds=0.05), order))
    recorded = 6 * (25 * CALLS_OF_A_RUN + 5)  # before, after, and in each of the four workers
    assert sums_of_all(store_url) == sums_of_calls(recorded + others * CALLS_OF_A_RUN)
    check_store(store_url)
