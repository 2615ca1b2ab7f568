"""Fill a store with many executions, a month of them, through engine and books, and print what that took."""

from __future__ import annotations

import json
import random
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from otel_agentcost.engine.books import Books
from otel_agentcost.engine.engine import Engine
from otel_agentcost.engine.flushing import Flusher
from otel_agentcost.engine.ports import EndedSpan
from otel_agentcost.engine.settings import EngineSettings
from otel_agentcost.pricing.load import load_price_table
from otel_agentcost.stores.open import open_store

from .live_engine import resident_bytes
from .spans import MODELS

USERS, TEAMS, ORGANIZATIONS = 10_000, 40, 4
FEATURES = ("triage", "search", "summary", "letters", "chat")
AGENTS = ("support", "research", "editor")
TIME_ZONE = "Europe/Berlin"
SECOND = 1_000_000_000
SINCE_UNIX_NANO = 1_761_951_600 * SECOND
"""2025-11-01 in Berlin, where November has 30 days of 24 hours."""
DAYS = 30
DAY_NANO = 86_400 * SECOND
BATCH = 200
"""Executions a flush."""


def executions(count: int, seed: int) -> Iterator[list[EndedSpan]]:
    """Yield the spans of each execution, the root last: two calls on average, by users of whom some do much."""
    numbers = random.Random(seed)
    for number in range(count):
        started = SINCE_UNIX_NANO + DAYS * DAY_NANO * number // count
        trace_id, root = numbers.getrandbits(128), numbers.getrandbits(63) | 1
        user = int(USERS * numbers.random() ** 2)
        team = user % TEAMS
        who = {
            "user.id": f"user-{user:05d}", "agentcost.team": f"team-{team:02d}",
            "agentcost.organization": f"org-{team % ORGANIZATIONS}", "agentcost.feature": FEATURES[number % 5],
            "deployment.environment.name": "production", "session.id": f"s-{numbers.getrandbits(40):010x}",
            "gen_ai.conversation.id": f"c-{numbers.getrandbits(40):010x}",
        }  # fmt: skip
        agent = AGENTS[number % 3]
        spans: list[EndedSpan] = []
        at = started
        for _ in range(numbers.choice((1, 1, 2, 2, 4))):
            at += numbers.randrange(1, 4) * SECOND
            model = MODELS[numbers.choice((0, 0, 0, 1, 2, 3))]
            attributes = {
                "gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai", "gen_ai.request.model": model,
                "gen_ai.response.model": model, "gen_ai.response.id": f"chatcmpl-{numbers.getrandbits(96):024x}",
                "gen_ai.usage.input_tokens": 200 + int(numbers.paretovariate(1.5) * 500) % 100_000,
                "gen_ai.usage.output_tokens": 10 + int(numbers.expovariate(1 / 200)),
                "server.address": "api.openai.com", **who,
            }  # fmt: skip
            spans.append(
                EndedSpan(
                    trace_id, numbers.getrandbits(63) | 1, root, f"chat {model}",
                    "opentelemetry.instrumentation.openai_v2", "2.0", at - SECOND, at, attributes,
                )
            )  # fmt: skip
        attributes = {"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": agent, **who}
        spans.append(
            EndedSpan(
                trace_id, root, 0, f"invoke_agent {agent}", "app", "1.0", started, at, attributes, is_local_root=True
            )
        )  # fmt: skip
        yield spans


def main(path: Path, count: int, seed: int) -> None:
    before = resident_bytes()
    now = [SINCE_UNIX_NANO]
    engine = Engine(load_price_table(), EngineSettings(), clock=lambda: now[0])
    store = open_store(f"sqlite:///{path}", TIME_ZONE, synchronous="normal")
    books = Books()
    engine.keep(books)
    flusher = Flusher(books, store, lambda: now[0])
    started = time.perf_counter()
    calls = 0
    for number, spans in enumerate(executions(count, seed)):
        for span in spans:
            now[0] = max(now[0], span.end_unix_nano)
            engine.end(span)
        calls += len(spans) - 1
        if number % BATCH == 0:
            flusher.flush()
    now[0] += DAY_NANO
    engine.retire()
    flusher.flush()
    taken = time.perf_counter() - started
    store.close()
    told = {
        "seconds": taken, "calls": calls, "settled": books.stats.settled_executions,
        "resident_bytes": resident_bytes() - before,
    }  # fmt: skip
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
