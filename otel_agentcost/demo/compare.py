"""Hold our books against the provider's, call by call, and say where they differ and why."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import NamedTuple

from otel_agentcost.demo.provider.billing import Bill
from otel_agentcost.model.call import Call
from otel_agentcost.model.money import NanoUsd
from otel_agentcost.model.outcome import COUNTED, DUPLICATE, ESTIMATED, UNPRICED, Reason

_MEANINGS = {
    Reason.STREAM_WITHOUT_USAGE: "the stream's span carries no usage",
    Reason.STREAM_ABANDONED: "the span says that its reader left early",
    Reason.MISSING_USAGE: "the span carries no token counts",
    Reason.MISSING_OUTPUT_TOKENS: "the span carries no output tokens",
    Reason.MISSING_INPUT_TOKENS: "the span carries no input tokens",
    Reason.OUTPUT_INCOMPLETE: "the span's output tokens are known to be incomplete",
    Reason.CACHE_TOKENS_NOT_REPORTED: "the instrumentation leaves out cached tokens",
    Reason.UNMARKED_ESTIMATE: "the instrumentation guessed the tokens",
    Reason.LAST_CALL_ONLY: "the span covers several calls and has the last one's usage",
    Reason.SUM_OF_CALLS: "the span has only the sum of several calls",
    Reason.ATTRIBUTES_DROPPED: "the span lost attributes to the SDK's limit",
    Reason.UNKNOWN_MODEL: "the price table does not know the model",
}


class Comparison(NamedTuple):
    """One billed request beside the call that stands for it; either may be missing."""

    bill: Bill | None
    call: Call | None

    @property
    def billed_nano_usd(self) -> NanoUsd:
        return self.bill.cost_nano_usd if self.bill else 0

    @property
    def counted_nano_usd(self) -> NanoUsd:
        return self.call.cost_nano_usd if self.call and self.call.status in COUNTED else 0

    @property
    def difference_nano_usd(self) -> NanoUsd:
        """Billed less counted: what our total lacks; negative where it has too much."""
        return self.billed_nano_usd - self.counted_nano_usd

    @property
    def is_explained(self) -> bool:
        """Whether the books agree, or ours say themselves that this call's cost is not exact."""
        if self.difference_nano_usd == 0:
            return self.bill is None or self.call is not None
        return self.call is not None and self.call.status in (ESTIMATED, UNPRICED)


def compare(bills: Sequence[Bill], calls: Sequence[Call]) -> list[Comparison]:
    """Pair each bill with the call that stands for it: by response id, else by tokens, else by model and order.

    The last way takes only calls that carry no usage, so that a wrong count never passes for a right one unseen.
    Returns one entry a bill, in the provider's order, then one for each call that nobody billed.
    """
    standing = [call for call in calls if call.status != DUPLICATE]
    without_usage = [call for call in standing if call.status == UNPRICED]
    taken: dict[int, Call] = {}
    _pair(taken, bills, standing, lambda bill: bill.response_id, lambda call: call.response_id)
    _pair(taken, bills, standing, _bill_tokens, _call_tokens)
    _pair(taken, bills, without_usage, lambda bill: bill.model, lambda call: call.model)
    _pair(taken, bills, standing, lambda bill: bill.model, lambda call: call.model)
    used = {id(call) for call in taken.values()}
    paired = [Comparison(bill, taken.get(i)) for i, bill in enumerate(bills)]
    return paired + [Comparison(None, call) for call in standing if id(call) not in used]


def _pair(
    taken: dict[int, Call],
    bills: Sequence[Bill],
    calls: Iterable[Call],
    bill_key: Callable[[Bill], Hashable],
    call_key: Callable[[Call], Hashable],
) -> None:
    used = {id(call) for call in taken.values()}
    free: dict[Hashable, list[Call]] = {}
    for call in calls:
        if id(call) not in used and call_key(call) is not None:
            free.setdefault(call_key(call), []).append(call)
    for i, bill in enumerate(bills):
        candidates = free.get(bill_key(bill))
        if i not in taken and candidates:
            taken[i] = candidates.pop(0)


def _bill_tokens(bill: Bill) -> Hashable:
    usage = bill.usage
    return (usage.input_tokens, usage.cache_read_tokens, usage.cache_write_tokens, usage.output_tokens)


def _call_tokens(call: Call) -> Hashable:
    usage = call.usage
    return (usage.input_tokens, usage.cache_read_tokens, usage.cache_write_tokens, usage.output_tokens)


def explain(comparison: Comparison) -> str:
    """Say in one sentence, from what both books hold, why they differ. Only for comparisons that do."""
    bill, call = comparison.bill, comparison.call
    if bill is None:
        name = call.model if call else "a call"
        return f"{name}: counted, but no request was billed for it"
    how = "stream" if bill.is_stream else "request"
    head = f"{how} to {bill.model} ({bill.response_id})"
    if call is None:
        return f"{head}: no span stands for it"
    if call.status in (ESTIMATED, UNPRICED):
        reason = call.reason or "no reason given"
        meaning = _MEANINGS.get(reason, reason.replace("_", " "))
        return f"{head}: {call.status}, {meaning}{_provider_side(bill)}"
    return f"{head}: {call.status} as {_tokens(call)}, but billed as {_tokens(bill)}"


def _provider_side(bill: Bill) -> str:
    """Add what only the provider knows: whether there was any usage to be seen."""
    if not bill.sends_usage:
        return "; the provider sent none, since nobody asked it to (stream_options.include_usage)"
    return "; the reader hung up before the provider sent it" if bill.was_abandoned else ""


def _tokens(of: Bill | Call) -> str:
    usage = of.usage
    parts = f"{usage.input_tokens} in, {usage.output_tokens} out"
    cached = f", {usage.cache_read_tokens} read from and {usage.cache_write_tokens} written to the cache"
    return parts + (cached if usage.cache_read_tokens or usage.cache_write_tokens else "")
