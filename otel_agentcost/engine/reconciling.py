"""Keep calls from being paid in two traces where no process had both executions at once: when they have settled.

Whoever settles an execution asks the store for others that one of its calls may be told in too. Of each group of
settled executions all calls are matched anew, by the rules that hold within a process (`ledger/across.py`), so that the
outcome depends on the executions only. The changes are committed as any other; where another process was first, it is
done again with what that stored.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from otel_agentcost.engine.account import Account, Draft, Means, conclude, draft, merge, take, was_written
from otel_agentcost.engine.crossings import Crossings
from otel_agentcost.engine.packing import UnreadableSegmentError
from otel_agentcost.engine.store import AnswerLostError, Writer
from otel_agentcost.ledger.execution import Execution
from otel_agentcost.ledger.ties import Sought, ties_sought_by
from otel_agentcost.model.books import Tie

MAX_GROUP = 64
"""Of executions whose calls may be one another's: a group of more would be matched by chance, not by proof."""

MAX_TRIES = 16


class Reconciler:
    """Matches the calls of settled executions in a store."""

    def __init__(self, store: Writer, means: Means, max_spans: int) -> None:
        self._store = store
        self._means = means
        self._max_spans = max_spans
        self._doubtful: list[Draft] = []
        """Drafts whose answer was lost: they may have been written."""

    def reconcile(self, ties: Sequence[tuple[int, Tie]]) -> Iterator[Draft]:
        """Match the calls that these ties belong to, and yield each draft once it is committed.

        Args:
            ties: by execution, those that are sought by executions that have settled.
        """
        yield from self._found_written()
        seen: set[int] = set()
        for execution_id in self._met(ties):
            if execution_id not in seen:
                for _ in range(MAX_TRIES):
                    accounts = self._group(execution_id)
                    seen.update(accounts)
                    drafts, is_settled = self._settle_group(list(accounts.values()))
                    yield from drafts
                    if is_settled:
                        break

    def _found_written(self) -> list[Draft]:
        doubtful = self._doubtful
        if not doubtful:
            return []
        stored = self._store.load({made.change.execution_id for made in doubtful})
        self._doubtful = []
        return [
            made
            for made in doubtful
            if (found := stored.get(made.change.execution_id)) is not None and was_written(made, found)
        ]

    def _met(self, ties: Sequence[tuple[int, Tie]]) -> list[int]:
        """Return the executions that share a tie with another one."""
        sought = Sought(ties)
        found = self._store.tied([tie for _, tie in ties])
        return list({each: None for tie, other_id in found for each in sought.owners(tie) if each != other_id})

    def _group(self, execution_id: int) -> dict[int, Account]:
        """Load an execution and the settled ones whose calls may be its own, and those of theirs, and so on."""
        accounts: dict[int, Account] = {}
        asked: set[int] = set()
        wanted: Collection[int] = {execution_id}
        while wanted and len(accounts) < MAX_GROUP:
            asked.update(wanted)
            ties: list[tuple[int, Tie]] = []
            for stored in self._store.load(wanted).values():
                if stored.is_settled and not stored.is_closed:
                    account = Account(Execution(stored.execution_id, self._max_spans))
                    try:
                        merge(account, stored)
                    except UnreadableSegmentError:
                        continue  # its calls stand as they are
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
