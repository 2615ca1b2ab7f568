"""Keep calls from being paid in two traces, while they come in and when executions settle together."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable, Iterable

from otel_agentcost.ledger.across import Standing, Transfer, across
from otel_agentcost.ledger.execution import Execution
from otel_agentcost.ledger.standing import Verdict
from otel_agentcost.model.fact import Fact
from otel_agentcost.model.outcome import COUNTED, DUPLICATE

_REMEMBERED_RESPONSES = 20_000
_REMEMBERED_STRAYS = 256
_REMEMBERED_CALLS = 256


class Crossings:
    """Remembers recent responses and strays (calls whose trace holds nothing else), within bounds."""

    def __init__(self) -> None:
        self._by_response: OrderedDict[str, Fact] = OrderedDict()
        self._strays: deque[Fact] = deque(maxlen=_REMEMBERED_STRAYS)
        self._recent: deque[Fact] = deque(maxlen=_REMEMBERED_CALLS)

    def note(
        self, execution: Execution, fact: Fact, verdict: Verdict, find: Callable[[int], Execution | None]
    ) -> Verdict:
        """Return the verdict, changed where the same call already stands in another trace.

        Where the other trace is only a stray's, the payment moves here and the stray is corrected.
        """
        reading = fact.reading
        if reading is None or verdict.status == DUPLICATE or reading.usage is None or not reading.is_billable:
            return verdict
        others: list[Fact] = []
        if reading.response_id is not None:
            earlier = self._by_response.setdefault(reading.response_id, fact)
            if earlier is fact:
                if len(self._by_response) > _REMEMBERED_RESPONSES:
                    self._by_response.popitem(last=False)
            elif earlier.trace_id != fact.trace_id:
                others.append(earlier)
        if fact.parent_span_id == 0:
            pool, own = self._recent, self._strays
        else:
            pool, own = self._strays, self._recent
        own.append(fact)
        if pool:
            others.extend(f for f in pool if f.end_unix_nano >= fact.start_unix_nano and f.trace_id != fact.trace_id)
        for other in others:
            elsewhere = find(other.trace_id)
            if elsewhere is None or other.span_id not in elsewhere.verdicts:
                continue
            pair = (_standing(elsewhere, other), _standing(execution, fact))
            for transfer in across(pair):
                if transfer.fact is fact:
                    execution.correct(fact.span_id, transfer.verdict)
                    return transfer.verdict
                execution.superseded = execution.superseded or elsewhere.verdicts[other.span_id].status in COUNTED
                elsewhere.correct(other.span_id, transfer.verdict)
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
        return transfers


def _standing(execution: Execution, fact: Fact) -> Standing:
    verdict = execution.verdicts[fact.span_id]
    return Standing(fact, verdict, fact.parent_span_id == 0, execution.told_by(fact))
