"""What each of several processes does to one store: all write the same executions, and take up what others did."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Sequence
from typing import Any

from otel_agentcost.model.call import Call
from otel_agentcost.stores.open import Store, open_store
from tests.unit.stores.making import HOUR, NOON, Recorded, call, true_report, whole

EXECUTIONS = 12
CALLS_OF_EACH = 8


def calls_of(writer: int, round_number: int) -> list[Call]:
    """Return the calls that a writer adds in one round, one to each execution."""
    return [
        call(execution, 1 + writer * CALLS_OF_EACH + round_number, NOON + round_number * HOUR, 1 + writer,
             agent=f"agent-{writer}")
        for execution in range(1, EXECUTIONS + 1)
    ]  # fmt: skip


def write(url: str, writer: int) -> None:
    """Add this writer's calls, each time all in one commit, however often others come first."""
    store = open_store(url)
    for round_number in range(CALLS_OF_EACH):
        wanted = {each.trace_id: each for each in calls_of(writer, round_number)}
        while wanted:
            recorded = _take_up(store, wanted)
            changes = [
                recorded[execution].change([*recorded[execution].booked.values(), each], segment=bytes([writer]))
                for execution, each in wanted.items()
            ]
            wanted = {execution: wanted[execution] for execution in store.commit(changes)}
    store.close()


def _take_up(store: Store, execution_ids: Any) -> dict[int, Recorded]:
    stored = store.load(execution_ids)
    found: dict[int, Recorded] = {}
    for execution in execution_ids:
        found[execution] = Recorded(execution, store.time_zone)
        if execution in stored:
            found[execution].version = stored[execution].version
            found[execution].booked = {each.span_id: each for each in stored[execution].calls}
    return found


def check(store: Store, writers: int) -> None:
    """Hold the books to what all the writers together have recorded."""
    expected = [
        each for writer in range(writers) for number in range(CALLS_OF_EACH) for each in calls_of(writer, number)
    ]
    stored = store.load(range(1, EXECUTIONS + 1))
    assert {(each.trace_id, each.span_id): each for execution in stored.values() for each in execution.calls} == {
        (each.trace_id, each.span_id): each for each in expected
    }
    for execution in stored.values():
        assert execution.version == writers * CALLS_OF_EACH
        assert len(execution.segments) == execution.version
        assert execution.summary.cost_nano_usd == sum(each.cost_nano_usd for each in execution.calls)
    for by in ("total", "agent", "day", "hour"):
        question = whole(by)
        assert store.report(question) == true_report(question, (each.calls for each in stored.values()))


def run(work: Callable[..., None], arguments: Sequence[tuple[object, ...]], seconds: float = 120) -> None:
    """Run the work in processes that start at once; all must end well."""
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=work, args=each) for each in arguments]
    for process in processes:
        process.start()
    for process in processes:
        process.join(seconds)
    codes = [process.exitcode for process in processes]
    for process in processes:
        if process.is_alive():
            process.kill()
    assert codes == [0] * len(processes)
