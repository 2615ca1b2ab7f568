"""Keep calls from being paid in two traces where no process had both executions at once: as they settle.

Whoever settles an execution asks the store for others that one of its calls may be told in too. Of each such group of
executions all calls are matched anew, by the rules that hold within a process (`ledger/across.py`), so that the outcome
depends on the executions only; what that changes is one commit, with the settling. Where another process was first, it
is done again with what that stored.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

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
from otel_agentcost.engine.crossings import Crossings
from otel_agentcost.engine.packing import UnreadableSegmentError
from otel_agentcost.engine.store import AnswerLostError, StoreError, StoreUnavailableError, Writer
from otel_agentcost.ledger.execution import Execution
from otel_agentcost.ledger.ties import Sought, ties_sought_by
from otel_agentcost.model.books import Tie

MAX_GROUP = 64
"""Of executions whose calls may be one another's: a group of more would be matched by chance, not by proof."""

MAX_TIES = 2_048
MAX_TRIES = 16


class Reconciler:
    """Matches the calls of settled executions in a store."""

    def __init__(self, store: Writer, means: Means, max_spans: int) -> None:
        self._store = store
        self._means = means
        self._max_spans = max_spans
        self._doubtful: list[Draft] = []
        """Drafts whose answer was lost: they may have been written."""
        self._settled: list[tuple[int, Tie]] = []
        """Ties that are sought by executions that were settled before."""
        self.meeting: set[int] = set()
        """Executions that are to settle together with others."""

    def expect(self, made: Draft) -> None:
        """Have an execution that was settled before matched anew: more is known of it."""
        self._settled += [(made.change.execution_id, tie) for tie in made.ties]

    def work(self) -> Iterator[Draft]:
        """Settle and match what is to be, and yield each draft once it is committed.

        What the store is away for is kept; what raises anything else is not, since it would again.
        """
        yield from self._found_written()
        while self._settled:
            some = self._settled[:MAX_TIES]
            try:
                yield from self._reconcile(some)
            except (StoreError, StoreUnavailableError):
                raise
            except Exception:
                del self._settled[: len(some)]
                raise
            del self._settled[: len(some)]
        for execution_id in list(self.meeting):
            if execution_id in self.meeting:
                try:
                    yield from self._settle(execution_id)
                except (StoreError, StoreUnavailableError):
                    raise
                except Exception:
                    self.meeting.discard(execution_id)  # it stays open
                    raise
        yield from self._found_written()

    def _reconcile(self, ties: Sequence[tuple[int, Tie]]) -> Iterator[Draft]:
        """Match the calls of settled executions that seek these ties."""
        seen: set[int] = set()
        for execution_id in self.met(ties):
            if execution_id not in seen:
                for _ in range(MAX_TRIES):
                    accounts = self._group(execution_id)
                    seen.update(accounts)
                    drafts, is_settled = self._settle_group(list(accounts.values()))
                    yield from drafts
                    if is_settled:
                        break

    def _settle(self, execution_id: int) -> Iterator[Draft]:
        """Settle an execution, with those that are to settle with it.

        Another process may settle one of the group at this moment: so it is looked at until nothing changes.
        """
        for _ in range(MAX_TRIES):
            accounts = self._group(execution_id)
            drafts, nobody_was_first = self._settle_group(list(accounts.values()))
            for made in drafts:
                self.meeting.discard(made.change.execution_id)
                yield made
            if nobody_was_first and not drafts:
                self.meeting.discard(execution_id)
                return

    def begin_again(self) -> None:
        """Forget what was under way, in the child of a fork."""
        self._doubtful, self._settled = [], []
        self.meeting.clear()

    def _found_written(self) -> list[Draft]:
        doubtful = self._doubtful
        if not doubtful:
            return []
        stored = self._store.load({made.change.execution_id for made in doubtful})
        self._doubtful = [
            made
            for made in doubtful
            if (found := stored.get(made.change.execution_id)) is not None and is_still_doubtful(made, found.version)
        ]
        written = [
            made
            for made in doubtful
            if (found := stored.get(made.change.execution_id)) is not None and was_written(made, found)
        ]
        self.meeting.difference_update(made.change.execution_id for made in written)
        return written

    def met(self, ties: Sequence[tuple[int, Tie]]) -> set[int]:
        """Return the executions whose ties, by execution, others have too."""
        sought = Sought(ties)
        found = self._store.tied([tie for _, tie in ties])
        return {each for tie, other_id in found for each in sought.owners(tie) if each != other_id}

    def _group(self, execution_id: int) -> dict[int, Account]:
        """Load an execution and the settled ones whose calls may be its own, and those of theirs, and so on.

        Those that are to settle count as settled.
        """
        accounts: dict[int, Account] = {}
        asked: set[int] = set()
        wanted: Collection[int] = {execution_id}
        while wanted and len(accounts) < MAX_GROUP:
            asked.update(wanted)
            ties: list[tuple[int, Tie]] = []
            for stored in self._store.load(wanted).values():
                is_open = not stored.is_settled
                if not stored.is_closed and (not is_open or stored.execution_id in self.meeting):
                    account = Account(Execution(stored.execution_id, self._max_spans))
                    try:
                        merge(account, stored)
                    except UnreadableSegmentError:
                        continue  # its calls stand as they are
                    account.settles = is_open
                    accounts[stored.execution_id] = account
                    facts, verdicts = account.execution.facts, account.execution.verdicts
                    ties += [(stored.execution_id, tie) for tie in ties_sought_by(facts, verdicts)]
            sought = Sought(ties)
            found = self._store.tied([tie for _, tie in ties]) if ties else ()
            wanted = {each for tie, each in found if each not in asked and any(sought.owners(tie))}
        return accounts

    def _settle_group(self, accounts: list[Account]) -> tuple[list[Draft], bool]:
        """Match the calls of a group anew and commit what that changes; return it, and whether nobody was first."""
        executions = [account.execution for account in accounts]
        spans = {span_id for execution in executions for span_id in execution.facts}
        for execution in executions:
            execution.judge_again(spans)
        Crossings().resolve(executions)
        drafts = [draft(take(account), self._means) for account in accounts]
        drafts = [made for made in drafts if not made.is_empty()]
        if not drafts:
            return [], True
        try:
            left_out = self._store.commit([made.change for made in drafts])
        except AnswerLostError:
            self._doubtful += drafts
            raise
        done = [made for made in drafts if made.change.execution_id not in left_out]
        for made in done:
            conclude(made)
        return done, not left_out
