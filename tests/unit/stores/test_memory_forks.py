"""The memory store goes on in the child of a fork, whatever its parent's threads were doing."""

from __future__ import annotations

import os
import threading

import pytest

from otel_agentcost.stores.memory import MemoryStore
from tests.unit.stores.committing import put
from tests.unit.stores.making import NOON, call, whole


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_child_can_commit_although_a_thread_of_its_parent_held_the_locks() -> None:
    store = MemoryStore()
    put(store, 1, [call(1, 1)])
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with store._lock, store._records.names._lock:
            held.set()
            done.wait(30)

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait(30)
    child = os.fork()
    if child == 0:
        writer = threading.Thread(target=put, args=(store, 2, [call(2, 1, NOON, agent="new")]), daemon=True)
        writer.start()
        writer.join(10)
        is_fine = not writer.is_alive() and store.report(whole("total"))[0].sums.calls == 2
        os._exit(0 if is_fine else 1)
    done.set()
    thread.join()
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_a_store_that_nobody_uses_any_more_is_forgotten() -> None:
    import gc
    import weakref

    gone = weakref.ref(MemoryStore())
    gc.collect()
    assert gone() is None
