"""What the tests of the books share: a process with books, and a store that lets something happen meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

import pytest

from otel_agentcost.engine.books import Books
from otel_agentcost.engine.engine import Engine
from otel_agentcost.engine.flushing import Flusher
from otel_agentcost.engine.settings import EngineSettings
from otel_agentcost.engine.signals import Committed
from otel_agentcost.engine.store import AnswerLostError
from otel_agentcost.ledger.tree import Tree
from otel_agentcost.model.books import Change, Stored
from otel_agentcost.model.call import Call
from otel_agentcost.model.identity import Identity
from otel_agentcost.model.sums import NO_SUMS, Sums, sums_of
from tests.golden.scoring import price_table
from tests.property.naive_store import NaiveStore

from .spans import EPOCH, span

HOUR = 3_600 * 10**9


class Store(NaiveStore):
    """Does what else a test wants done before or after a commit, once each."""

    def __init__(self) -> None:
        super().__init__()
        self.before_commit: Callable[[], object] | None = None
        self.after_commit: Callable[[], object] | None = None
        self.before_load: Callable[[], object] | None = None
        self.is_slow = False
        """The next commit is written only once it is asked to `land`, long after its answer was lost."""
        self._under_way: list[Change] = []

    def land(self) -> None:
        super().commit(self._under_way)

    def commit(self, changes: Sequence[Change]) -> Collection[int]:
        before, self.before_commit = self.before_commit, None
        if before is not None:
            before()
        if self.is_slow:
            self.is_slow, self._under_way = False, list(changes)
            raise AnswerLostError
        left_out = super().commit(changes)
        after, self.after_commit = self.after_commit, None
        if after is not None:
            after()
        return left_out

    def load(self, execution_ids: Collection[int]) -> Mapping[int, Stored]:
        before, self.before_load = self.before_load, None
        if before is not None:
            before()
        return super().load(execution_ids)

    def open_executions(self, seen_before_unix_nano: int, limit: int) -> list[int]:
        """Return none: what one flush misses, a later one must not put right here."""
        return []


class Process:
    """An engine with books on a store."""

    def __init__(self, store: Store, **settings: int) -> None:
        self.now = EPOCH
        self.engine = Engine(price_table(), EngineSettings(**settings), clock=lambda: self.now)
        self.while_drafting: Callable[[], object] | None = None
        self.books = Books(self, self._tool_charges)
        self.engine.keep(self.books)
        self.flusher = Flusher(self.books, store, lambda: self.now)
        self.told: Sums = NO_SUMS
        self.completed: list[int] = []

    def committed(self, committed: Committed) -> None:
        for call, before in zip(committed.change.calls, committed.before, strict=True):
            self.told = self.told.plus(sums_of(call)).minus(NO_SUMS if before is None else sums_of(before))
        for call in committed.withdrawn:
            self.told = self.told.minus(sums_of(call))
        if committed.settles:
            self.completed.append(committed.change.execution_id)

    def expire(self) -> None:
        """Let time pass, so that what is live leaves when the next execution opens."""
        self.now += HOUR
        self.engine.end(span(99, 98, trace_id=99))

    def lose_an_answer(self, store: Store) -> None:
        """Flush; the commit is written, but nobody learns that."""

        def lose() -> None:
            raise AnswerLostError

        store.after_commit = lose
        with pytest.raises(AnswerLostError):
            self.flusher.flush()

    def _tool_charges(self, tree: Tree, who: Identity) -> list[Call]:
        meanwhile, self.while_drafting = self.while_drafting, None
        if meanwhile is not None:
            meanwhile()
        return []
