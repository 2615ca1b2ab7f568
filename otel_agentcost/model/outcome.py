"""How a call ended in the books (docs/outcomes.md) and, where it is not plainly priced, why."""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

Status: TypeAlias = Literal["priced", "estimated", "unpriced", "duplicate", "free"]
"""Each inference span ends as exactly one of these.

`priced`: exact. `estimated`: a cost from numbers known to be incomplete or approximate. `unpriced`: no cost,
with a reason. `duplicate`: another span of the same call pays. `free`: the model is priced at zero on purpose.
"""

PRICED: Status = "priced"
ESTIMATED: Status = "estimated"
UNPRICED: Status = "unpriced"
DUPLICATE: Status = "duplicate"
FREE: Status = "free"

COUNTED: frozenset[Status] = frozenset({PRICED, ESTIMATED, FREE})
"""Outcomes whose cost enters a total."""


class Reason:
    """The reasons that `agentcost.pricing.reason` may carry. Spelled here only; docs/outcomes.md explains each."""

    UNKNOWN_MODEL: Final = "unknown_model"
    UNKNOWN_PROVIDER: Final = "unknown_provider"
    NO_MODEL: Final = "no_model"
    NO_PRICE_FOR_UNIT: Final = "no_price_for_unit"
    IMPOSSIBLE_USAGE: Final = "impossible_usage"
    MISSING_USAGE: Final = "missing_usage"
    MISSING_OUTPUT_TOKENS: Final = "missing_output_tokens"
    MISSING_INPUT_TOKENS: Final = "missing_input_tokens"
    CALL_FAILED: Final = "call_failed"
    STREAM_WITHOUT_USAGE: Final = "stream_without_usage"
    STREAM_ABANDONED: Final = "stream_abandoned"
    UNMARKED_ESTIMATE: Final = "unmarked_estimate"
    CACHE_EXCEEDS_INPUT: Final = "cache_exceeds_input"
    CACHE_TOKENS_NOT_REPORTED: Final = "cache_tokens_not_reported"
    TOOL_TOKENS_NOT_REPORTED: Final = "tool_tokens_not_reported"
    LAST_CALL_ONLY: Final = "last_call_only"
    SUM_OF_CALLS: Final = "sum_of_calls"
    NO_INFERENCE_SPANS: Final = "no_inference_spans"
    CALL_NOT_RECORDED: Final = "call_not_recorded"
    ATTRIBUTES_DROPPED: Final = "attributes_dropped"
    INPUT_INCOMPLETE: Final = "input_incomplete"
    OUTPUT_INCOMPLETE: Final = "output_incomplete"
    STATED_BY_INSTRUMENTATION: Final = "stated_by_instrumentation"
    SAME_CALL: Final = "same_call"
    SAME_CALL_IN_ANOTHER_TRACE: Final = "same_call_in_another_trace"
    REPEATS_ITS_CHILDREN: Final = "repeats_its_children"
    TOLD_BY_SERVER: Final = "told_by_server"
    SESSION_PAID: Final = "session_paid"
    INTERNAL_ERROR: Final = "internal_error"


MAKES_UNPRICED: frozenset[str] = frozenset(
    {
        Reason.MISSING_USAGE,
        Reason.MISSING_OUTPUT_TOKENS,
        Reason.MISSING_INPUT_TOKENS,
        Reason.CALL_FAILED,
        Reason.STREAM_WITHOUT_USAGE,
        Reason.IMPOSSIBLE_USAGE,
        Reason.NO_INFERENCE_SPANS,
        Reason.CALL_NOT_RECORDED,
        Reason.INTERNAL_ERROR,
    }
)
"""A reading in doubt for one of these has no cost; in doubt for any other it has an estimated one."""
