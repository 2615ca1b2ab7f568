"""Keep calls from being paid in two traces, while they come in and when executions settle together."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable, Iterable

from otel_agentcost.ledger.across import Standing, Transfer, across
from otel_agentcost.ledger.execution import Execution
from otel_agentcost.ledger.scattered import is_open_sum, repeats, scattered_calls
from otel_agentcost.ledger.standing import Verdict
from otel_agentcost.model.fact import Fact
from otel_agentcost.model.outcome import COUNTED, DUPLICATE

_REMEMBERED_RESPONSES = 20_000
_REMEMBERED_STRAYS = 256
_REMEMBERED_CALLS = 256
_PAST_BEFORE_STOPPING = 8
"""Calls come nearly in the order of their ends: so many that ended before the question end the search."""


class Crossings:
    """Remembers recent responses and strays (calls whose trace holds nothing else), within bounds."""

    def __init__(self) -> None:
        self._by_response: OrderedDict[str, tuple[int, int]] = OrderedDict()
        """Trace and span of the first call that told a response; not the fact, which would outlive its execution."""
        self._strays: deque[Fact] = deque(maxlen=_REMEMBERED_STRAYS)
        self._recent: deque[Fact] = deque(maxlen=_REMEMBERED_CALLS)
        self.corrected: Callable[[Execution], None] = _nobody
        """Is told of an execution whose verdicts a span of another one has changed."""

    def note(
        self, execution: Execution, fact: Fact, verdict: Verdict, find: Callable[[int], Execution | None]
    ) -> Verdict:
        """Return the verdict, changed where the same call already stands in another trace.

        Where the other trace is only a stray's, the payment moves here and the stray is corrected.
        """
        reading = fact.reading
        if reading is None or verdict.status == DUPLICATE or reading.usage is None or not reading.is_billable:
            return verdict
        if reading.response_id is not None:
            me = (fact.trace_id, fact.span_id)
            earlier = self._by_response.setdefault(reading.response_id, me)
            if earlier is me:
                if len(self._by_response) > _REMEMBERED_RESPONSES:
                    self._by_response.popitem(last=False)
            elif earlier[0] != fact.trace_id and (elsewhere := find(earlier[0])) is not None:
                other = elsewhere.facts.get(earlier[1])
                if other is not None:
                    verdict = self._settle_pair(execution, fact, verdict, elsewhere, other)
        is_stray = fact.parent_span_id == 0
        for other in _under_way(self._recent if is_stray else self._strays, fact):
            if verdict.status != DUPLICATE and (elsewhere := find(other.trace_id)) is not None:
                verdict = self._settle_pair(execution, fact, verdict, elsewhere, other)
        (self._strays if is_stray else self._recent).append(fact)
        return verdict

    def note_sum(self, execution: Execution, fact: Fact, verdict: Verdict) -> Verdict:
        """Return the verdict of an agent's own sum, a duplicate where calls in other traces make it up."""
        if is_open_sum(fact, verdict) and (calls := scattered_calls(fact, self._strays)):
            verdict = repeats(calls)
            execution.correct(fact.span_id, verdict)
        return verdict

    def _settle_pair(
        self, execution: Execution, fact: Fact, verdict: Verdict, elsewhere: Execution, other: Fact
    ) -> Verdict:
        if other.span_id not in elsewhere.verdicts or elsewhere.verdicts[other.span_id].status == DUPLICATE:
            return verdict
        for transfer in across((_standing(elsewhere, other), _standing(execution, fact))):
            if transfer.fact is fact:
                execution.correct(fact.span_id, transfer.verdict)
                return transfer.verdict
            execution.superseded = execution.superseded or elsewhere.verdicts[other.span_id].status in COUNTED
            elsewhere.correct(other.span_id, transfer.verdict)
            self.corrected(elsewhere)
        return verdict

    def resolve(self, executions: Iterable[Execution]) -> list[Transfer]:
        """Apply the duplicates between settled executions and return them."""
        by_trace = {execution.trace_id: execution for execution in executions}
        standings = [
            _standing(execution, fact)
            for execution in by_trace.values()
            for span_id, fact in execution.facts.items()
            if fact.reading is not None
            and fact.reading.is_billable
            and span_id in execution.verdicts
            and execution.verdicts[span_id].status != DUPLICATE
        ]
        transfers = list(across(standings))
        for transfer in transfers:
            by_trace[transfer.fact.trace_id].correct(transfer.fact.span_id, transfer.verdict)
        self._resolve_sums(by_trace.values())
        return transfers

    def _resolve_sums(self, executions: Iterable[Execution]) -> None:
        """Take back sums that calls in other traces make up, those of the shortest time first: the innermost."""
        sums = [
            (execution, fact)
            for execution in executions
            for span_id, fact in execution.facts.items()
            if is_open_sum(fact, execution.verdicts.get(span_id))
        ]
        if not sums:
            return
        strays = [
            fact
            for execution in executions
            for span_id, fact in execution.facts.items()
            if fact.parent_span_id == 0
            and fact.reading is not None
            and fact.reading.is_billable
            and span_id in execution.verdicts
            and execution.verdicts[span_id].status != DUPLICATE
        ]
        taken: set[int] = set()
        for execution, fact in sorted(sums, key=lambda s: (s[1].end_unix_nano - s[1].start_unix_nano, s[1].span_id)):
            if calls := scattered_calls(fact, strays, taken):
                taken.update(id(call) for call in calls)
                execution.correct(fact.span_id, repeats(calls))


def _nobody(execution: Execution) -> None:
    """Tell nobody."""


def _under_way(pool: deque[Fact], fact: Fact) -> list[Fact]:
    """Return the calls of other traces that were under way when this one began, the latest first."""
    found: list[Fact] = []
    past = 0
    for other in reversed(pool):
        if other.end_unix_nano < fact.start_unix_nano:
            past += 1
            if past > _PAST_BEFORE_STOPPING:
                break
        elif other.trace_id != fact.trace_id:
            found.append(other)
    return found


def _standing(execution: Execution, fact: Fact) -> Standing:
    verdict = execution.verdicts[fact.span_id]
    return Standing(fact, verdict, fact.parent_span_id == 0, execution.told_by(fact))
