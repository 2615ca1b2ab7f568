"""Take up executions from the store that are not live here: to settle them, or to add links to them."""

from __future__ import annotations

from collections.abc import Iterable

from otel_agentcost.engine.account import Account, bring_in, merge
from otel_agentcost.engine.books import Books
from otel_agentcost.engine.packing import Unpacked, UnreadableSegmentError, unpack_all
from otel_agentcost.engine.store import Writer
from otel_agentcost.ledger.execution import Execution
from otel_agentcost.model.books import Stored

MAX_EXECUTIONS = 512
"""Taken up at a time."""

ORPHAN_GRACE_NANO = 60_000_000_000
"""The process that recorded an execution settles it; one that died does not, so after this much more anybody may."""

_SPANS_AT_ONCE = 256
"""Of a large execution that is taken up."""


def bring_in_bit_by_bit(books: Books, account: Account, stored: Stored) -> Unpacked:
    """Record the spans of the store, some at a time, since the application waits meanwhile; return them.

    Raises:
        UnreadableSegmentError: nothing was recorded.
    """
    spans = unpack_all(stored.execution_id, stored.segments)
    for at in range(0, len(spans.facts), _SPANS_AT_ONCE):
        with books.lock:
            bring_in(account, stored, spans.facts[at : at + _SPANS_AT_ONCE])
    return spans


class Adopter:
    """Queues executions of the store with the books, whose next commit does what is to be done.

    Args:
        max_spans: kept of an execution that is taken up.
        idle_nano: quiet for so long, an execution that nobody settles is settled here.
    """

    def __init__(self, books: Books, store: Writer, max_spans: int, idle_nano: int) -> None:
        self._books = books
        self._store = store
        self._max_spans = max_spans
        self._quiet_nano = idle_nano + ORPHAN_GRACE_NANO

    def take_expired(self, now_unix_nano: int) -> bool:
        """Take up executions that rested when their time was over: the store has all of them. False: there are none."""
        books = self._books
        with books.lock:
            ids = books.take_expired(MAX_EXECUTIONS)
        if not ids:
            return False
        try:
            found = self._store.load(ids)
        except BaseException:
            with books.lock:
                for each in ids:
                    books.expired_in_store(each)
            raise
        for stored in found.values():
            self._adopt(stored, (), now_unix_nano, settles=True)
        return True

    def take_strangers(self, now_unix_nano: int) -> None:
        """Add the links of executions that only another process knows to be about AI."""
        books = self._books
        with books.lock:
            ids = books.strangers.ids()
        for execution_id, stored in self._store.load(ids).items() if ids else ():
            with books.lock:
                links = books.strangers.take_links(execution_id)
            self._adopt(stored, links, now_unix_nano)
        with books.lock:
            books.strangers.asked(ids, now_unix_nano, self._quiet_nano, ORPHAN_GRACE_NANO)

    def take_orphans(self, now_unix_nano: int) -> None:
        """Take up executions that were recorded by a process that is no more, to settle them."""
        books = self._books
        ids = self._store.open_executions(now_unix_nano - self._quiet_nano, MAX_EXECUTIONS)
        if not ids:
            return
        with books.lock:
            ids = [each for each in ids if books.live is None or books.live.get(each) is None]
        for stored in self._store.load(ids).values() if ids else ():
            self._adopt(stored, (), now_unix_nano, settles=True)

    def _adopt(
        self, stored: Stored, links: Iterable[tuple[int, int]], now_unix_nano: int, *, settles: bool = False
    ) -> None:
        execution = Execution(stored.execution_id, self._max_spans)
        execution.seen_unix_nano = now_unix_nano
        for link in links:
            execution.close(*link)
        account = Account(execution)
        try:
            merge(account, stored)
        except UnreadableSegmentError:  # its totals stand as they are
            self._books.stats.unreadable_executions += 1
            return
        account.settles = settles and not account.is_settled
        with self._books.lock:
            self._books.adopt(account)
