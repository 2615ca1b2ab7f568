"""Ask a filled store what people and dashboards ask, in a process of its own, and print what each answer took."""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable, Sized
from pathlib import Path

from otel_agentcost.model.query import ExecutionQuery, ReportQuery
from otel_agentcost.stores.open import Store, open_store

from .fill_store import DAY_NANO, DAYS, SINCE_UNIX_NANO, TIME_ZONE

UNTIL_UNIX_NANO = SINCE_UNIX_NANO + DAYS * DAY_NANO
MIDDAY = SINCE_UNIX_NANO + 15 * DAY_NANO
DAY = {"since_unix_nano": MIDDAY, "until_unix_nano": MIDDAY + DAY_NANO}
WEEK = {"since_unix_nano": UNTIL_UNIX_NANO - 7 * DAY_NANO}
MONTH = (SINCE_UNIX_NANO, UNTIL_UNIX_NANO, TIME_ZONE)
FEWEST_ROUNDS, MOST_ROUNDS, ENOUGH_SECONDS = 3, 15, 0.5

USER, TEAM, MODEL = "user-00040", "team-07", "o3-mini"


def questions(store: Store, some_id: int) -> dict[str, Callable[[], Sized]]:
    """Return the questions by their names; each answer must not be empty, or nothing was asked."""
    prefix = f"{some_id:032x}"[:10]
    search = store.executions
    return {
        "executions: the latest 20": lambda: search(ExecutionQuery(limit=20)),
        "executions: the dearest 10 of a day": lambda: search(ExecutionQuery(order="cost", limit=10, **DAY)),
        "executions: the dearest 10 of all": lambda: search(ExecutionQuery(order="cost", limit=10)),
        "executions: the latest 20 of a user": lambda: search(ExecutionQuery(user=USER, limit=20)),
        "executions: the dearest 10 of a user": lambda: search(ExecutionQuery(user=USER, order="cost", limit=10)),
        "executions: the dearest 10 of a team in a week": lambda: search(
            ExecutionQuery(team=TEAM, order="cost", limit=10, **WEEK)
        ),
        "executions: the dearest 10 of a day with a model": lambda: search(
            ExecutionQuery(model=MODEL, order="cost", limit=10, **DAY)
        ),
        "executions: the sums over a day": lambda: store.executions_total(ExecutionQuery(**DAY)),
        "executions: the sums over all": lambda: store.executions_total(ExecutionQuery()),
        "executions: by the first 10 digits of an id": lambda: store.find(prefix),
        "one execution with its calls": lambda: store.load([some_id]),
        "report: the month by user": lambda: store.report(ReportQuery("user", *MONTH)),
        "report: the month by team": lambda: store.report(ReportQuery("team", *MONTH)),
        "report: the month by model": lambda: store.report(ReportQuery("model", *MONTH)),
        "report: the month by day": lambda: store.report(ReportQuery("day", *MONTH)),
        "report: the month by day, one team": lambda: store.report(ReportQuery("day", *MONTH, only={"team": TEAM})),
        "report: a day by hour": lambda: store.report(ReportQuery("hour", MIDDAY, MIDDAY + DAY_NANO, TIME_ZONE)),
        "report: a day by model, one team": lambda: store.report(
            ReportQuery("model", MIDDAY, MIDDAY + DAY_NANO, TIME_ZONE, only={"team": TEAM})
        ),
        "report: the month by hour": lambda: store.report(ReportQuery("hour", *MONTH)),
        "report: the month by model, one team": lambda: store.report(ReportQuery("model", *MONTH, only={"team": TEAM})),
    }


def peak_bytes() -> int:
    """Return the most memory that this process has occupied, its parent's before it began left out; Linux only."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024


def main(path: Path) -> None:
    store = open_store(f"sqlite:///{path}", TIME_ZONE, create=False)
    (middle,) = store.executions(ExecutionQuery(since_unix_nano=MIDDAY, descending=False, limit=1))
    taken: dict[str, float] = {}
    for name, ask in questions(store, middle.execution_id).items():
        if not len(ask()):
            raise RuntimeError(f"{name}: nothing was found")
        seconds: list[float] = []
        while len(seconds) < FEWEST_ROUNDS or (len(seconds) < MOST_ROUNDS and sum(seconds) < ENOUGH_SECONDS):
            started = time.perf_counter()
            ask()
            seconds.append(time.perf_counter() - started)
        taken[name] = statistics.median(seconds)
    store.close()
    sys.stdout.write(json.dumps({"seconds": taken, "peak_bytes": peak_bytes()}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
