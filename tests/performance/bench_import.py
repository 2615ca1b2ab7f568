"""What importing us costs a process that has the SDK anyhow: step after step, in one interpreter."""

from __future__ import annotations

import itertools
import json
import statistics
import sys
import time

from .harness import Table, in_process_of_its_own

SDK, PACKAGE = "`opentelemetry.sdk.trace`", "and then `otel_agentcost`"
STEPS = {
    SDK: "import opentelemetry.sdk.trace",
    PACKAGE: "import otel_agentcost",
    "and then `AgentCostSpanProcessor`": "from otel_agentcost import AgentCostSpanProcessor",
    "and then a processor that is ready": "processor = AgentCostSpanProcessor()",
}


def main() -> None:
    """Run the steps in turn and print what each took."""
    names: dict[str, object] = {}
    taken: list[float] = []
    for statement in STEPS.values():
        code = compile(statement, "<benchmark>", "exec")
        started = time.perf_counter()
        exec(code, names)
        taken.append(time.perf_counter() - started)
    sys.stdout.write(json.dumps({"seconds": taken}))


def measure(rounds: int = 15) -> Table:
    """Time the steps in fresh interpreters, compiled files warm; each figure holds the ones above it."""
    runs = [in_process_of_its_own(__spec__.name)["seconds"] for _ in range(rounds + 1)][1:]
    medians = itertools.accumulate(statistics.median(step) for step in zip(*runs, strict=True))
    goals = {PACKAGE: "at most 30 ms on top of the SDK"}
    return Table("Import", "ms", 1e3, dict(zip(STEPS, medians, strict=True)), SDK, digits=1, goals=goals)


if __name__ == "__main__":
    main()
