"""What importing us costs a process that has the SDK anyhow."""

from __future__ import annotations

import json
import sys
import time

from .harness import Contender, Table, in_process_of_its_own, interleave

SDK = "`opentelemetry.sdk.trace`"
VARIANTS = {
    SDK: "import opentelemetry.sdk.trace",
    "the same and `otel_agentcost`": "import opentelemetry.sdk.trace, otel_agentcost",
    "the same and `AgentCostSpanProcessor`": (
        "import opentelemetry.sdk.trace; from otel_agentcost import AgentCostSpanProcessor"
    ),
    "the same and a processor that is ready": (
        "import opentelemetry.sdk.trace; from otel_agentcost import AgentCostSpanProcessor; AgentCostSpanProcessor()"
    ),
}


def main(statement: str) -> None:
    started = time.perf_counter()
    exec(compile(statement, "<benchmark>", "exec"), {})
    sys.stdout.write(json.dumps({"seconds": time.perf_counter() - started}))


def measure(rounds: int = 15) -> Table:
    """Time each import in a fresh interpreter, compiled files warm."""

    def contender(name: str, statement: str) -> Contender:
        return Contender(name, lambda: in_process_of_its_own(__spec__.name, statement)["seconds"])

    medians = interleave([contender(name, statement) for name, statement in VARIANTS.items()], rounds)
    goal = {"the same and `otel_agentcost`": "at most 30 ms on top of the SDK"}
    return Table("Import", "ms", 1e3, medians, SDK, digits=1, goals=goal)


if __name__ == "__main__":
    main(sys.argv[1])
