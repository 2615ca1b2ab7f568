"""Bring the books to the store: commit what has changed, and take up what others have stored meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from threading import Lock

from otel_agentcost.engine.account import (
    Account,
    Draft,
    Means,
    conclude,
    draft,
    is_still_doubtful,
    merge,
    take,
    was_written,
)  # fmt: skip
from otel_agentcost.engine.adopting import Adopter, bring_in_bit_by_bit
from otel_agentcost.engine.books import Books
from otel_agentcost.engine.live import LiveExecutions
from otel_agentcost.engine.packing import Unpacked
from otel_agentcost.engine.reconciling import Reconciler
from otel_agentcost.engine.store import AnswerLostError, StoreError, StoreUnavailableError, Writer
from otel_agentcost.ledger.calendar import Calendar
from otel_agentcost.model.books import Stored

MAX_EXECUTIONS = 512
MAX_SPANS = 2_048
"""Of one transaction."""

MAX_ROUNDS = 64
"""So often an execution is taken up again that other processes keep changing, before the next flush goes on with it."""

SWEEP_NANO = 15_000_000_000


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
        self._flushing = Lock()
        self._swept_unix_nano = 0
        self._aside: list[tuple[Account | None, Exception]] = []
        """What of this flush could not be worked on, though nothing is wrong with the store."""
        day_of = Calendar(store.time_zone).day_of
        self._means = Means(day_of, books.tool_charges)
        self._reconciler = Reconciler(store, self._means, max_spans)
        self._adopter = Adopter(books, store, max_spans, idle_nano)

    def flush(self) -> None:
        """Commit all that is pending now. When it returns, that is durable, and the signals have been told.

        Raises:
            StoreUnavailableError: what could not be committed is kept, and is tried again by the next flush.
            StoreError: the same, though it will not help unless somebody puts the store right.
            Exception: some executions could not be worked on, by a fault of ours; the others are durable.
        """
        with self._flushing:
            try:
                self._flush()
            finally:
                aside, self._aside = self._aside, []
                with self._books.lock:
                    for account, _ in aside:
                        if account is not None:
                            self._books.put_back(account)
            for _, error in aside:
                raise error

    def begin_again(self) -> None:
        """Forget a flush that was under way: in the child of a fork, where nobody goes on with it."""
        self._flushing = Lock()
        self._aside = []
        self._reconciler.begin_again()

    def _flush(self) -> None:
        self._bit_by_bit(LiveExecutions.expire)
        self._commit_all()
        while self._adopter.take_expired(self._clock()):
            self._commit_all()
        self._reconcile()
        now = self._clock()
        if now - self._swept_unix_nano >= SWEEP_NANO or self._books.is_ending:
            self._swept_unix_nano = now
            self._adopter.take_strangers(now)
            self._adopter.take_orphans(now)
            self._commit_all()
            self._reconcile()

    def _commit_all(self) -> None:
        """Commit what waits now; what comes meanwhile may wait for the next flush."""
        books = self._books
        with books.lock:
            waiting = books.waiting()
        for _ in range(MAX_ROUNDS + books.stats.pending_spans // 16):
            with books.lock:
                accounts = books.take(MAX_EXECUTIONS, MAX_SPANS)
            if not accounts:
                return
            waiting -= self._commit(accounts)
            if not waiting:
                return
        raise StoreUnavailableError("other processes keep changing the same executions")

    def _commit(self, accounts: list[Account]) -> set[Account]:
        """Commit accounts; return those with which that is done, and which need not be taken up again."""
        books = self._books
        drafts: list[Draft] = []
        others: list[Account] = []
        try:
            for account in accounts:
                if account.version < 0:
                    others.append(account)  # the store must be asked what it has
                elif (made := self._draft(account)) is not None:
                    drafts.append(made)
            drafts, meeting = self._keep_open(drafts)
            left_out = self._store.commit([made.change for made in drafts]) if drafts else ()
        except BaseException as error:
            self._keep(accounts, drafts if isinstance(error, AnswerLostError) else [])
            raise
        done = [made for made in drafts if made.change.execution_id not in left_out]
        with books.lock:
            books.stats.commits += bool(drafts)
            for made in done:
                self._conclude(made)
            for account in meeting:
                if account.execution.trace_id not in left_out:
                    account.settles = False
                    self._reconciler.meeting.add(account.execution.trace_id)
        self._bit_by_bit(LiveExecutions.pack)
        for made in done:
            if not made.settles:
                self._reconciler.expect(made)
        others += [made.account for made in drafts if made.change.execution_id in left_out]
        try:
            self._tell(done)
        finally:
            if others:
                self._merge(others)
        again = [made.account for made in done if made.account.settles]
        with books.lock:
            for account in again:
                books.put_back(account)
        return set(accounts).difference(others, again)

    def _keep_open(self, drafts: list[Draft]) -> tuple[list[Draft], list[Account]]:
        """Return the drafts, but keep open what cannot settle yet, and which accounts are to settle with others.

        An execution settles once all its ties are stored, where others find them; and where it finds others by its own,
        together with those, in one commit: so it settles right, or, where we die before, somebody else settles it.
        """
        ties = [(made.change.execution_id, tie) for made in drafts if made.settles for tie in made.ties]
        met = self._reconciler.met(ties) if ties else set[int]()
        kept: list[Draft] = []
        meeting: list[Account] = []
        for made in drafts:
            if not made.settles or not (made.change.ties or made.change.execution_id in met):
                kept.append(made)
                continue
            if not made.change.ties:
                meeting.append(made.account)
            if (still_open := self._draft(made.account, settles=False)) is not None:
                kept.append(still_open)
        for made in kept:
            if made.is_empty():  # told again: whoever recorded it may have died before it was matched
                self._reconciler.expect(made)
        return [made for made in kept if not made.is_empty()], meeting

    def _draft(self, account: Account, *, settles: bool = True) -> Draft | None:
        """Return the account's change; None where that is beyond us, which must not keep the others from the store."""
        try:
            if account.is_leaving and (account.settles or account.is_settled):
                # It is live no more, so nobody else's: judged as a whole here, it holds up no span that ends meanwhile.
                account.execution.settle()
            with self._books.lock:
                pending = take(account)
            return draft(pending if settles else pending.kept_open(), self._means)
        except Exception as error:  # noqa: BLE001 - `flush` raises it once all others are durable
            self._aside.append((account, error))
            return None

    def _bit_by_bit(self, step: Callable[[LiveExecutions], bool]) -> None:
        """Do as much as there is to do with the live executions, so that the application can go on in between."""
        books = self._books
        while books.live is not None:
            with books.lock:
                if not step(books.live):
                    return

    def _keep(self, accounts: list[Account], doubtful: list[Draft]) -> None:
        """Queue again what could not be committed; `doubtful` may have been."""
        with self._books.lock:
            self._books.stats.failed_commits += 1
            for made in doubtful:
                made.account.doubtful += (made,)
                made.account.version = -1
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

    def _tell(self, done: Iterable[Draft]) -> None:
        signals = self._books.signals
        for made in done:
            if signals is not None:
                signals.committed(made.committed())

    def _merge(self, accounts: list[Account]) -> None:
        """Take up what others stored of the executions that were left out, and queue them again."""
        try:
            stored = self._store.load([account.execution.trace_id for account in accounts])
        except BaseException:
            self._keep(accounts, [])
            raise
        written: list[Draft] = []
        for account in accounts:
            found = stored.get(account.execution.trace_id)
            try:
                spans = None if found is None or found.is_closed else bring_in_bit_by_bit(self._books, account, found)
                with self._books.lock:
                    written += self._take_up(account, found, spans)
            except Exception as error:  # noqa: BLE001 - as in `_draft`
                self._aside.append((account, error))
        self._tell(written)

    def _take_up(self, account: Account, found: Stored | None, spans: Unpacked | None) -> list[Draft]:
        """Bring in what is stored, and queue the account again; return the draft that turns out to be written."""
        books, stats, before = self._books, self._books.stats, len(account.fresh)
        was_unread = account.version < 0 and not account.doubtful
        if (found is None and account.execution.start_unix_nano < self._store.horizon_unix_nano) or (
            found is not None and found.is_closed
        ):
            books.discard_too_old(account)
            return []
        written: list[Draft] = []
        if found is None:
            account.start_anew()
            stats.pending_spans += len(account.fresh) - before
        else:
            written = [each for each in account.doubtful if was_written(each, found)]
            account.doubtful = tuple(each for each in account.doubtful if is_still_doubtful(each, found.version))
            if written and found.version == written[0].change.base_version + 1:
                self._conclude(written[0])
            else:
                merge(account, found, spans)
                if books.live is not None:
                    books.live.reorder(account.execution)
                stats.pending_spans += len(account.fresh) - before
                stats.merged_executions += not was_unread
                stats.settled_executions += sum(made.settles for made in written)
        books.put_back(account)
        return written

    def _reconcile(self) -> None:
        """Settle what settles together with others, and take back what calls cost in two traces."""
        try:
            for made in self._reconciler.work():
                self._books.stats.settled_executions += made.settles
                self._tell((made,))
        except (StoreError, StoreUnavailableError):
            raise
        except Exception as error:  # noqa: BLE001 - as in `_draft`
            self._aside.append((None, error))
