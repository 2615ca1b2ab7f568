"""The store, as the engine and those who ask about the books see it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Protocol

from otel_agentcost.model.books import Change, Stored, Tie, Tied
from otel_agentcost.model.call import Call
from otel_agentcost.model.execution import ExecutionSummary
from otel_agentcost.model.query import ExecutionQuery, ReportQuery, ReportRow
from otel_agentcost.model.sums import Sums


class StoreError(Exception):
    """The store refuses for good: a newer schema, a file that is no database, a wrong password. The text says which."""


class StoreUnavailableError(Exception):
    """The store cannot be reached now: a locked file, a full disk, a lost connection. The same again may succeed."""


class AnswerLostError(StoreUnavailableError):
    """The store went away while a commit was under way: it may have been written, all of it, or not at all."""


class TooOldError(StoreError):
    """A question reaches further back than what it needs was kept."""


class Writer(Protocol):
    """Where executions are kept. Thread-safe."""

    time_zone: str
    """The IANA name of the zone whose calendar days the store adds up by. Fixed when the store was created."""

    @property
    def horizon_unix_nano(self) -> int:
        """The time before which retention keeps no calls; 0 where it has dropped none.

        What started before it is too old to be recorded: nobody can tell any more whether it was counted. It moves only
        forwards; where another process moved it, the next `commit` or `load` shows that.
        """
        ...

    def commit(self, changes: Sequence[Change]) -> Collection[int]:
        """Write, in one transaction, every change whose base version is still the stored one.

        Returns:
            The ids of the executions that were left out: another process has changed them meanwhile, or retention has
            dropped what there was of them. `load` tells the latter by `Stored.is_closed`; an execution that it does not
            know was left out since it started before `horizon_unix_nano`.

        Raises:
            StoreUnavailableError: nothing was written; the same changes may be committed again.
            AnswerLostError: they may have been written. The versions show it: if so, the same changes are left out.
            StoreError: nothing was written and never will be.
        """
        ...

    def load(self, execution_ids: Collection[int]) -> Mapping[int, Stored]:
        """Return those of the executions that the store has."""
        ...

    def tied(self, ties: Collection[Tie]) -> Collection[Tied]:
        """Return the stored ties, kept for a day, that have the key of one of these and may overlap it.

        A store in the memory of one process must too: its engine lets go of an execution once it is settled, and a
        span of one of its calls may come in another trace thereafter.
        """
        ...

    def open_executions(self, seen_before_unix_nano: int, limit: int) -> list[int]:
        """Return executions that are not settled and were last seen before then, the longest quiet first."""
        ...

    def trim(self, now_unix_nano: int) -> None:
        """Drop what retention no longer keeps, in steps that others can write between."""
        ...

    def close(self) -> None: ...


class Reader(Protocol):
    """Answers from the books. Raises `StoreError` and `StoreUnavailableError` as `Writer` does."""

    time_zone: str

    def load(self, execution_ids: Collection[int]) -> Mapping[int, Stored]: ...

    def executions(self, query: ExecutionQuery) -> list[ExecutionSummary]:
        """Return the executions that match, in the order asked for; equal ones by id."""
        ...

    def executions_total(self, query: ExecutionQuery) -> Sums:
        """Return the sums over all that match, whatever the limit; `executions` counts them.

        They are sums of the summaries: `tool_calls` are all tool calls, not only those with a price of their own.
        """
        ...

    def find(self, id_prefix: str, limit: int = 10) -> list[int]:
        """Return the ids of executions whose 32 hexadecimal digits begin so."""
        ...

    def report(self, query: ReportQuery) -> list[ReportRow]:
        """Return one row per key, the dearest first; `day` and `hour` in their order, without empty ones.

        A report by day or by a dimension over whole days of the store's own zone, with nothing in `only`, is answered
        from the daily sums, which outlive the calls.

        Raises:
            TooOldError: the answer needs calls that retention has dropped. The text says from when on there are calls.
        """
        ...

    def calls(self, since_unix_nano: int, until_unix_nano: int) -> Iterator[Call]:
        """Yield the calls that started in that time, duplicates too, by start.

        Raises:
            TooOldError: as `report` does.
        """
        ...

    def close(self) -> None: ...
