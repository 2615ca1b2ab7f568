"""The books: which executions have changed since they were last committed, within bounds.

The hot path only marks; `engine/flushing.py` does the work, in whatever thread flushes.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from threading import RLock

from otel_agentcost.engine.account import Account, ToolCharges, note_beyond
from otel_agentcost.engine.crossings import Crossings
from otel_agentcost.engine.live import LiveExecutions
from otel_agentcost.engine.signals import Signals
from otel_agentcost.engine.strangers import Strangers
from otel_agentcost.ledger.execution import Execution
from otel_agentcost.ledger.standing import Verdict
from otel_agentcost.model.fact import Fact
from otel_agentcost.model.reading import OTHER

MAX_PENDING_SPANS = 100_000


@dataclass
class BookStats:
    """Counts since the start. `pending_spans` are recorded and wait for a commit."""

    pending_spans: int = 0
    refused_spans: int = 0
    """Spans that came while `pending_spans` was at its bound, so that they are in no total."""
    refused_nano_usd: int = 0
    late_spans: int = 0
    """Spans that came after their execution had settled; they are in its totals."""
    too_old_spans: int = 0
    """Spans that started before what the store still keeps."""
    commits: int = 0
    failed_commits: int = 0
    settled_executions: int = 0
    merged_executions: int = 0
    """Executions that another process had changed meanwhile."""
    unreadable_executions: int = 0
    """Executions in the store that nobody settles, and whose spans cannot be read; what they have cost stands."""


class Books:
    """Marks what a commit must write. The engine calls it under its lock.

    Args:
        signals: are told of each change once it is durable.
        tool_charges: what the tool calls of an execution cost by themselves.
        max_pending_spans: so many may wait for a commit; later ones are refused, and counted.
    """

    def __init__(
        self,
        signals: Signals | None = None,
        tool_charges: ToolCharges | None = None,
        max_pending_spans: int = MAX_PENDING_SPANS,
    ) -> None:
        self.signals = signals
        self.tool_charges = tool_charges
        self.stats = BookStats()
        self.max_pending_spans = max_pending_spans
        self.live: LiveExecutions | None = None
        self.lock = RLock()
        self._accounts: dict[int, Account] = {}
        self._dirty: dict[int, Account] = {}
        self._leaving: list[Account] = []
        self._expired: list[int] = []
        self._inherited: set[int] = set()
        """Executions that were live in the process from which this one was forked."""
        self.strangers = Strangers()
        self.is_ending = False
        """There may be no other flush, so that nothing is left for a later one."""

    def keep(self, live: LiveExecutions, lock: RLock, crossings: Crossings) -> None:
        """Keep the books of these executions, under the lock that guards them."""
        self.live, self.lock = live, lock
        crossings.corrected = self.touched
        for execution in live:
            self.touched(execution)

    def has_room_for(self, fact: Fact) -> bool:
        """Return whether another span may wait for a commit; one that may not is counted, with its cost."""
        stats = self.stats
        if stats.pending_spans < self.max_pending_spans:
            return True
        stats.refused_spans += 1
        stats.refused_nano_usd += 0 if fact.quote is None else fact.quote.cost_nano_usd
        return False

    def recorded(self, execution: Execution, fact: Fact, verdict: Verdict | None) -> None:
        """Note that a span about AI is new."""
        account = self._accounts.get(execution.trace_id)
        if account is None:
            if fact.reading is None or fact.reading.kind == OTHER:
                return  # a framework's span that says nothing of a call, an agent or a tool: one may yet come
            account = self._open(execution)
            if fact.span_id in execution.facts:
                self._mark(account)
                return
        if fact.span_id not in account.fresh:
            account.fresh[fact.span_id] = fact
            self.stats.pending_spans += 1
        if fact.span_id not in execution.facts:
            note_beyond(account, fact, verdict)
        self._mark(account)

    def linked(self, execution: Execution, span_id: int, parent_span_id: int) -> None:
        """Note that another span has ended. An execution without a span about AI is none, and has no account yet."""
        account = self._accounts.get(execution.trace_id)
        if account is not None:
            account.links.setdefault(span_id, parent_span_id)
            self._mark(account)
        elif execution.is_about_ai():
            self._mark(self._open(execution))

    def touched(self, execution: Execution) -> None:
        """Note that a verdict of a live execution has changed from outside."""
        account = self._accounts.get(execution.trace_id)
        if account is not None or execution.is_about_ai():
            self._mark(account or self._open(execution))

    def left(self, execution: Execution, *, settles: bool) -> None:
        """Take over an execution that is live no more: to settle it, or only to keep what it has."""
        account = self._accounts.pop(execution.trace_id, None)
        is_inherited = execution.trace_id in self._inherited
        self._inherited.discard(execution.trace_id)
        if account is None:
            if is_inherited:
                return  # no span of it has ended here
            if not execution.is_about_ai():
                self.strangers.add(execution)
                return
            if not settles:
                return  # it only rested: all of it is in the store
            account = self._open(execution)
            del self._accounts[execution.trace_id]
        was_dirty = account.is_dirty
        self._dirty.pop(execution.trace_id, None)
        account.settles = settles and not account.is_settled
        account.is_leaving = True  # also where a commit of it is under way, which may fail
        if was_dirty or account.settles:
            self._leaving.append(account)

    def released(self, execution: Execution) -> bool:
        """Forget the account of an execution that is only resting, if all of it is in the store, where it is found."""
        account = self._accounts.get(execution.trace_id)
        if account is None:
            return True
        if account.is_dirty or account.fresh or account.links:
            return False
        account.is_leaving = True  # a commit of it may be under way, and fail
        del self._accounts[execution.trace_id]
        return True

    def woken(self, execution: Execution) -> None:
        """Take up the account of an execution that rested: all of it is in the store."""
        if execution.is_about_ai():
            self._accounts[execution.trace_id] = Account(execution, is_stored=True)

    def expired_in_store(self, trace_id: int) -> None:
        """Have an execution settled that is in the store as it is."""
        self._expired.append(trace_id)

    def take_expired(self, limit: int) -> list[int]:
        """Take out executions to settle from the store."""
        taken, self._expired = self._expired[:limit], self._expired[limit:]
        return taken

    def take(self, max_executions: int, max_spans: int) -> list[Account]:
        """Return accounts to commit, one an execution, first those that left."""
        taken: dict[int, Account] = {}
        another_time: list[Account] = []
        spans = 0
        while self._leaving and len(taken) < max_executions and spans < max_spans:
            account = self._leaving.pop()
            if account.execution.trace_id in taken:
                another_time.append(account)  # it left, came back and left again: one change at a time
                continue
            taken[account.execution.trace_id] = account
            spans += len(account.fresh)
        self._leaving += another_time
        for trace_id in list(islice(self._dirty, max_executions)):
            if len(taken) >= max_executions or spans >= max_spans:
                break
            if trace_id not in taken:
                account = taken[trace_id] = self._dirty.pop(trace_id)
                account.is_dirty = False
                spans += len(account.fresh)
        return list(taken.values())

    def waiting(self) -> set[Account]:
        """Return the accounts that have something to commit."""
        return {*self._leaving, *self._dirty.values()}

    def put_back(self, account: Account) -> None:
        """Queue an account whose change is still to be committed."""
        if account.is_leaving:
            self._leaving.append(account)
        else:
            self._mark(account)

    def adopt(self, account: Account) -> None:
        """Queue the account of an execution that was not live here: to settle it."""
        account.is_leaving = True
        self.stats.pending_spans += len(account.fresh)
        self._leaving.append(account)

    def discard_too_old(self, account: Account) -> None:
        """Give up what waits of an execution that retention has closed: nobody can tell whether it was counted."""
        trace_id, stats = account.execution.trace_id, self.stats
        stats.too_old_spans += len(account.fresh)
        stats.pending_spans -= len(account.fresh)
        account.fresh, account.links, account.doubtful = {}, {}, ()
        for held in (self._accounts, self._dirty):
            if held.get(trace_id) is account:
                del held[trace_id]

    def stats_now(self) -> BookStats:
        """Return the counts; they go on counting."""
        return self.stats

    def has_work(self) -> bool:
        return bool(self._dirty or self._leaving)

    def forget(self) -> None:
        """Forget what is pending: in a forked child, whose parent will commit it, and settle what is live there."""
        self._accounts.clear()
        self._dirty.clear()
        self._leaving.clear()
        self._expired.clear()
        self.strangers.clear()
        self.stats = BookStats()
        if self.live is not None:
            self.live.forget_cold()
            self._inherited = {execution.trace_id for execution in self.live}

    def _open(self, execution: Execution) -> Account:
        for link in self.strangers.take_links(execution.trace_id):
            execution.close(*link)
        account = self._accounts[execution.trace_id] = Account(execution)
        self.stats.pending_spans += len(account.fresh)
        return account

    def _mark(self, account: Account) -> None:
        if not account.is_dirty:
            account.is_dirty = True
            if account.is_leaving:
                return
            self._dirty[account.execution.trace_id] = account
