"""Bring the books to the store: commit what has changed, and take up what others have stored meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from threading import Lock

from otel_agentcost.engine.account import Account, Draft, Means, conclude, draft, merge, take
from otel_agentcost.engine.books import Books
from otel_agentcost.engine.reconciling import Reconciler
from otel_agentcost.engine.store import AnswerLostError, Writer
from otel_agentcost.ledger.calendar import Calendar
from otel_agentcost.ledger.execution import Execution
from otel_agentcost.model.books import Stored, Tie

MAX_EXECUTIONS = 512
MAX_SPANS = 2_048
"""Of one transaction."""

MAX_ROUNDS = 64
"""So often an execution is taken up again that other processes keep changing, before the next flush goes on with it."""

SWEEP_NANO = 15_000_000_000
ORPHAN_GRACE_NANO = 60_000_000_000
"""The process that recorded an execution settles it; one that died does not, so after this much more anybody may."""


class Flusher:
    """Commits the changes of one engine's books. Any thread may flush; one does at a time.

    Args:
        books: the books of an engine.
        store: where executions are kept.
        clock: tells the time, in Unix nanoseconds.
        max_spans: kept of an execution that is taken up from the store.
        idle_nano: quiet for so long, an execution that nobody settles is settled here.
    """

    def __init__(
        self,
        books: Books,
        store: Writer,
        clock: Callable[[], int],
        *,
        max_spans: int = 10_000,
        idle_nano: int = 300_000_000_000,
    ) -> None:
        self._books = books
        self._store = store
        self._clock = clock
        self._max_spans = max_spans
        self._idle_nano = idle_nano
        self._flushing = Lock()
        self._swept_unix_nano = 0
        self._settled: list[tuple[int, Tie]] = []
        """Ties of executions that have settled, and are still to be reconciled with others."""
        day_of = Calendar(store.time_zone).day_of
        self._means = Means(day_of, books.tool_charges, has_ties=not store.is_local)
        self._reconciler = Reconciler(store, self._means, max_spans)

    def flush(self) -> None:
        """Commit all that is pending now. When it returns, that is durable, and the signals have been told.

        Raises:
            StoreUnavailableError: what could not be committed is kept, and is tried again by the next flush.
            StoreError: the same, though it will not help unless somebody puts the store right.
        """
        with self._flushing:
            with self._books.lock:
                if self._books.live is not None:
                    self._books.live.expire()
            self._commit_all()
            self._settle_expired()
            self._reconcile()
            now = self._clock()
            if now - self._swept_unix_nano >= SWEEP_NANO:
                self._swept_unix_nano = now
                self._ask_for_strangers(now)
                self._sweep(now)
                self._commit_all()
                self._reconcile()

    def begin_again(self) -> None:
        """Forget a flush that was under way: in the child of a fork, where nobody goes on with it."""
        self._flushing = Lock()

    def _commit_all(self) -> None:
        books = self._books
        for _ in range(MAX_ROUNDS + books.stats.pending_spans // 16):
            with books.lock:
                accounts = books.take(MAX_EXECUTIONS, MAX_SPANS)
            if not accounts:
                return
            self._commit(accounts)

    def _commit(self, accounts: list[Account]) -> None:
        books = self._books
        drafts: list[Draft] = []
        try:
            for account in accounts:
                with books.lock:
                    pending = take(account)
                made = draft(pending, self._means)
                if not made.is_empty():
                    drafts.append(made)
                else:  # told again: whoever recorded it may have died before it was held against other traces
                    self._settled += [(made.change.execution_id, tie) for tie in made.ties]
            if not drafts:
                return
            left_out = self._store.commit([made.change for made in drafts])
        except BaseException as error:
            self._keep(accounts, drafts if isinstance(error, AnswerLostError) else [])
            raise
        done = [made for made in drafts if made.change.execution_id not in left_out]
        with books.lock:
            books.stats.commits += 1
            for made in done:
                self._conclude(made)
            if books.live is not None:
                books.live.pack()
        self._tell(done)
        self._settled += [(made.change.execution_id, tie) for made in done for tie in made.ties]
        if left_out:
            self._merge({made.change.execution_id: made for made in drafts if made.change.execution_id in left_out})

    def _keep(self, accounts: list[Account], doubtful: list[Draft]) -> None:
        """Queue again what could not be committed; `doubtful` may have been."""
        with self._books.lock:
            self._books.stats.failed_commits += 1
            for made in doubtful:
                made.account.doubtful.append(made)
            for account in accounts:
                self._books.put_back(account)

    def _conclude(self, made: Draft) -> None:
        """Note that a change is durable."""
        books = self._books
        conclude(made)
        books.stats.pending_spans -= made.fresh
        books.stats.settled_executions += made.settles
        if made.change.is_settled and not made.settles:
            books.stats.late_spans += made.fresh
        account = made.account
        if account.is_leaving:
            return
        if account.fresh or account.links:
            books.put_back(account)

    def _tell(self, done: list[Draft]) -> None:
        signals = self._books.signals
        if signals is not None:
            for made in done:
                signals.committed(made.committed())

    def _merge(self, drafts: Mapping[int, Draft]) -> None:
        """Take up what others stored of the executions that were left out, and queue them again."""
        books = self._books
        try:
            stored = self._store.load(drafts.keys())
        except BaseException:
            self._keep([made.account for made in drafts.values()], [])
            raise
        written: list[Draft] = []
        with books.lock:
            for execution_id, made in drafts.items():
                found, account = stored.get(execution_id), made.account
                if (found is None and account.execution.start_unix_nano < self._store.horizon_unix_nano) or (
                    found is not None and found.is_closed
                ):
                    books.discard_too_old(account)
                    continue
                if found is None:
                    account.start_anew()
                else:
                    ours = next((each for each in account.doubtful if _was_written(each, found)), None)
                    if ours is not None:
                        written.append(ours)
                    if ours is not None and found.version == ours.change.base_version + 1:
                        self._conclude(ours)
                    else:
                        books.stats.settled_executions += ours is not None and ours.settles
                        self._merge_one(account, found)
                account.doubtful = []
                books.put_back(account)
        self._tell(written)

    def _merge_one(self, account: Account, found: Stored) -> None:
        books, before = self._books, len(account.fresh)
        merge(account, found)
        if books.live is not None:
            books.live.reorder(account.execution)
        books.stats.pending_spans += len(account.fresh) - before
        books.stats.merged_executions += 1

    def _reconcile(self) -> None:
        """Take back what calls of executions that have settled cost in two traces."""
        while self._settled:
            some = self._settled[:MAX_SPANS]
            self._tell(self._reconciler.reconcile(some))
            del self._settled[: len(some)]

    def _settle_expired(self) -> None:
        """Settle executions that rested when their time was over: the store has all of them."""
        books = self._books
        while True:
            with books.lock:
                ids = books.take_expired(MAX_EXECUTIONS)
            if not ids:
                return
            for stored in self._store.load(ids).values():
                self._adopt(stored, (), self._clock(), settles=True)
            self._commit_all()

    def _ask_for_strangers(self, now: int) -> None:
        """Add the links of executions that only another process knows to be about AI."""
        books = self._books
        with books.lock:
            ids = books.strangers.ids()
        for execution_id, stored in self._store.load(ids).items() if ids else ():
            with books.lock:
                links = books.strangers.take_links(execution_id)
            self._adopt(stored, links, now)
        with books.lock:
            books.strangers.forget_before(now - self._idle_nano - ORPHAN_GRACE_NANO)

    def _sweep(self, now: int) -> None:
        """Take up executions that were recorded by a process that is no more, to settle them."""
        books = self._books
        quiet_since = now - self._idle_nano - ORPHAN_GRACE_NANO
        ids = self._store.open_executions(quiet_since, MAX_EXECUTIONS)
        if not ids:
            return
        with books.lock:
            ids = [each for each in ids if books.live is None or books.live.get(each) is None]
        for stored in self._store.load(ids).values() if ids else ():
            self._adopt(stored, (), now, settles=True)

    def _adopt(self, stored: Stored, links: Iterable[tuple[int, int]], now: int, *, settles: bool = False) -> None:
        """Take up an execution that is not live here: to add links to it, or to settle it."""
        execution = Execution(stored.execution_id, self._max_spans)
        execution.seen_unix_nano = now
        for link in links:
            execution.close(*link)
        account = Account(execution)
        merge(account, stored)
        account.settles = settles and not account.is_settled
        with self._books.lock:
            self._books.adopt(account)


def _was_written(made: Draft, stored: Stored) -> bool:
    """Return whether this change is in the store, and only the answer was lost."""
    change = made.change
    if change.segment:
        return change.segment in stored.segments
    return (
        stored.version == change.base_version + 1
        and stored.is_settled == change.is_settled
        and {call.span_id: call for call in stored.calls} == made.now
    )
