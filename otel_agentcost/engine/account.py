"""Account: what the books know of one execution that is being recorded, and the change that its next commit makes."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from itertools import islice
from typing import NamedTuple

from msgspec import Struct

from otel_agentcost.engine.booking import (
    PendingBeyond,
    ToolCharges,
    calls_to_book,
    firm,
    not_kept,
    pending_beyond,
)  # fmt: skip
from otel_agentcost.engine.packing import Unpacked, pack, pack_fact, unpack_all
from otel_agentcost.engine.signals import Committed
from otel_agentcost.ledger.changes import CallChanges, call_changes, day_changes
from otel_agentcost.ledger.execution import Execution
from otel_agentcost.ledger.snapshot import Snapshot
from otel_agentcost.ledger.standing import Verdict
from otel_agentcost.ledger.summary import call_of, identity_of, summarize
from otel_agentcost.ledger.ties import ties_of, ties_sought_by
from otel_agentcost.ledger.tree import Tree
from otel_agentcost.model.books import Change, Stored, Tie
from otel_agentcost.model.call import Call
from otel_agentcost.model.execution import State
from otel_agentcost.model.fact import Fact
from otel_agentcost.model.outcome import DUPLICATE, Reason

MAX_JUDGED_AT_ONCE = 1_000
"""An execution of more spans is judged as a whole only when it settles, since everybody waits meanwhile."""


class Account(Struct, eq=False, gc=False):
    """An execution with what of it is in the books. Guarded by the engine's lock while the execution is live.

    The garbage collector visits it as little as the execution.
    """

    execution: Execution
    is_stored: bool = False
    """All that it has is in the store, as what version must be asked before the next commit."""
    version: int = 0
    """Of the execution in the store; 0 where it is not there, below that where nobody knows."""
    booked: dict[int, Call] = {}
    """The calls as they were committed last."""
    fresh: dict[int, Fact] = {}
    """Spans that no commit has held."""
    links: dict[int, int] = {}
    """The parents of other spans that no commit has held."""
    beyond: dict[int, Call] = {}
    """Calls beyond the number of spans that are kept, until they are booked: each stands for itself."""
    doubtful: tuple[Draft, ...] = ()
    """Drafts whose answer was lost: one of them may have been written."""
    is_dirty: bool = False
    is_settled: bool = False
    is_leaving: bool = False
    settles: bool = False
    """The next commit is to settle it."""

    def __post_init__(self) -> None:
        if self.is_stored:
            self.version = -1
        else:
            self.start_anew()

    def start_anew(self) -> None:
        """Take it that nothing of the execution is in the books."""
        facts = self.execution.facts
        self.beyond = {**not_kept(self.booked, facts), **self.beyond}
        self.version, self.booked = 0, {}
        self.fresh = {**facts, **{span_id: fact for span_id, fact in self.fresh.items() if span_id not in facts}}
        self.links = {span_id: parent for span_id, parent in self.execution.parents.items() if span_id not in facts}


class Draft(NamedTuple):
    """A change ready to be committed, and what becomes of the account once it is."""

    account: Account
    change: Change
    now: dict[int, Call]
    changes: CallChanges
    fresh: int
    links: int
    settles: bool
    ties: tuple[Tie, ...]
    """Those that other traces have that tell a call of this one, once it is settled."""

    def is_empty(self) -> bool:
        """Return whether there is nothing to write."""
        change = self.change
        return change.base_version > 0 and not (
            change.calls or change.withdrawn or self.fresh or self.links or self.settles
        )

    def committed(self) -> Committed:
        return Committed(self.change, self.changes.before, self.changes.withdrawn, self.settles)


class Means(NamedTuple):
    """What a change is made with."""

    day_of: Callable[[int], int]
    tool_charges: ToolCharges | None = None


class Pending(NamedTuple):
    """What of an account is taken under the lock; the rest of the work needs none."""

    account: Account
    snapshot: Snapshot
    fresh: tuple[Fact, ...]
    links: tuple[tuple[int, int], ...]
    beyond: PendingBeyond
    seen_unix_nano: int
    settles: bool
    is_final: bool
    """It was judged as a whole: it is settled, or the change is to settle it."""

    def kept_open(self) -> Pending:
        """Return it as it stands without settling it."""
        return self._replace(settles=False, is_final=False)


def take(account: Account) -> Pending:
    """Return the account as it stands. An execution that is settled, or about to be, is judged as a whole."""
    execution = account.execution
    is_final = account.settles or account.is_settled
    if is_final:
        execution.settle()
    return Pending(
        account,
        execution.snapshot(),
        tuple(account.fresh.values()),
        tuple(account.links.items()),
        pending_beyond(execution, account.beyond, account.fresh.values()),
        execution.seen_unix_nano,
        account.settles,
        is_final,
    )


def draft(pending: Pending, means: Means) -> Draft:
    """Return the change that brings the books to what was taken."""
    day_of, tool_charges = means
    account, snapshot, is_final = pending.account, pending.snapshot, pending.is_final
    verdicts = snapshot.verdicts if is_final else firm(snapshot)
    facts, booked, who = snapshot.facts, account.booked, identity_of(snapshot.facts)
    now = calls_to_book(snapshot, verdicts, who, tool_charges, booked, pending.beyond)
    changes = call_changes(booked, now)
    change = Change(
        execution_id=snapshot.trace_id,
        base_version=account.version,
        segment=_segment(pending, changes),
        calls=changes.calls,
        withdrawn=tuple(call.span_id for call in changes.withdrawn),
        summary=summarize(
            snapshot.trace_id,
            list(now.values()),
            snapshot.facts,
            who,
            root_name=snapshot.root_name,
            is_complete=snapshot.is_complete,
            start_unix_nano=snapshot.start_unix_nano,
            end_unix_nano=snapshot.end_unix_nano,
            state=_state(snapshot, is_final),
            root_span_id=snapshot.root_span_id,
            tool_spans_beyond=pending.beyond.tool_spans,
        )._replace(calls_list=()),
        days=day_changes(changes, booked, now, day_of),
        is_settled=is_final,
        seen_unix_nano=pending.seen_unix_nano,
        ties=tuple(ties_of(facts, verdicts, [call.span_id for call in changes.calls if call.span_id not in booked])),
    )
    ties = tuple(ties_sought_by(facts, verdicts)) if is_final else ()
    return Draft(account, change, now, changes, len(pending.fresh), len(pending.links), pending.settles, ties)


def conclude(done: Draft) -> None:
    """Bring an account to where its committed draft left it."""
    account = done.account
    account.version = done.change.base_version + 1
    account.booked = done.now
    for span_id in account.beyond.keys() & done.now.keys():
        del account.beyond[span_id]
    for held, count in ((account.fresh, done.fresh), (account.links, done.links)):
        for span_id in list(islice(held, count)):
            del held[span_id]
    account.is_settled = done.change.is_settled
    account.settles = account.settles and not done.settles  # it may have been asked to settle meanwhile
    account.doubtful = ()


def was_written(made: Draft, stored: Stored) -> bool:
    """Return whether this change is in the store, and only the answer was lost."""
    return made.change.segment in stored.segments


def is_still_doubtful(made: Draft, version: int) -> bool:
    """Return whether a change that is not in the store may still come to be: no other has taken its place.

    A server goes on with a commit after the connection is lost, so for a while it may not be there yet.

    Args:
        version: of the execution in the store; 0 where it is not there.
    """
    return made.change.base_version >= version


def bring_in(account: Account, stored: Stored, facts: Iterable[Fact]) -> None:
    """Record spans of the store. Of one that is here too, what was stored first stands."""
    execution = account.execution
    if account.version != stored.version:
        account.booked = {call.span_id: call for call in stored.calls}
    for fact in facts:
        if fact.span_id in execution.facts:
            execution.facts[fact.span_id] = fact
            continue
        verdict = execution.record(fact)
        execution.close(fact.span_id, fact.parent_span_id)
        note_beyond(account, fact, verdict)
        if execution.beyond is not None:
            execution.beyond.prefer(fact)
            call = account.booked.get(fact.span_id)
            if call is not None and call.reason == Reason.TOLD_BY_SERVER:
                execution.beyond.claim_later(fact)


def merge(account: Account, stored: Stored, spans: Unpacked | None = None) -> None:
    """Bring in what other processes, or an earlier one, stored of this execution.

    Args:
        spans: those of the store, where they have been brought in already.
    """
    execution = account.execution
    if spans is None:
        spans = unpack_all(stored.execution_id, stored.segments)
        bring_in(account, stored, spans.facts)
    booked = account.booked
    known = {span_id for span_id, _ in spans.links}
    known.update(fact.span_id for fact in spans.facts)
    for link in spans.links:
        execution.close(*link)
    account.fresh = {span_id: fact for span_id, fact in account.fresh.items() if span_id not in known}
    account.links = {span_id: parent for span_id, parent in account.links.items() if span_id not in known}
    account.beyond = {span_id: call for span_id, call in account.beyond.items() if span_id not in booked}
    account.version = stored.version
    if stored.is_settled:
        account.is_settled, account.settles = True, False
    summary = stored.summary
    if not execution.is_complete:
        execution.is_complete = summary.complete
        execution.root_name = summary.root_name or execution.root_name
        execution.root_span_id = summary.root_span_id
    execution.start_unix_nano = min(execution.start_unix_nano or summary.start_unix_nano, summary.start_unix_nano)
    execution.end_unix_nano = max(execution.end_unix_nano, summary.end_unix_nano)
    for call in stored.calls:
        if call.reason == Reason.SAME_CALL_IN_ANOTHER_TRACE and call.span_id in execution.facts:
            execution.correct(call.span_id, Verdict(DUPLICATE, call.reason, 0, call.payer_span_id))
    if len(execution.facts) > MAX_JUDGED_AT_ONCE:
        execution.judge_later()
    else:
        execution.judge_again()


def note_beyond(account: Account, fact: Fact, verdict: Verdict | None) -> None:
    """Keep the call of a span that the execution is too large to keep; it stands for itself alone."""
    span_id = fact.span_id
    if verdict is None or span_id in account.execution.facts or span_id in account.beyond or span_id in account.booked:
        return
    account.beyond[span_id] = call_of(fact, verdict, Tree({}, {}), fact.identity)


def _segment(pending: Pending, changes: CallChanges) -> bytes:
    """Return what is new as bytes that are no other change's, so that a commit whose answer is lost can be found."""
    if not (pending.fresh or pending.links or pending.settles or changes.calls or changes.withdrawn):
        return b""
    mark = random.getrandbits(63)  # no secret; and a forked child has other numbers than its parent
    return pack(map(pack_fact, pending.fresh), pending.links, mark, is_compressed=True)


def _state(snapshot: Snapshot, is_final: bool) -> State:
    if snapshot.is_complete:
        return "completed"
    return "abandoned" if is_final else "running"
