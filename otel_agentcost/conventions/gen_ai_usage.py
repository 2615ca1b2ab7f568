"""Read `gen_ai.usage.*` in each of its spellings, of OpenTelemetry's convention and of those that grew beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, cast

from otel_agentcost.conventions.plan import RAW, Plan, plan_of
from otel_agentcost.conventions.provider_usage import read_provider_usage
from otel_agentcost.conventions.values import first_tokens, tokens
from otel_agentcost.model.usage import Usage


class UsageFound(NamedTuple):
    """What the counts say, and which of the two totals were there at all."""

    usage: Usage
    has_input: bool
    has_output: bool
    total_tokens: int | None


# A NamedTuple's own constructor takes twice the time; it does nothing but this.

_new_found = cast("Callable[[type[UsageFound], tuple[Any, ...]], UsageFound]", tuple.__new__)  # pyright: ignore[reportUnknownMemberType]


def read_gen_ai_usage(attributes: Mapping[str, Any], plan: Plan | None = None) -> UsageFound | None:
    """Return the usage as the span states it (quirks are applied later), or None where it states none.

    `gen_ai.usage.raw`, the provider's own block, is more detailed than the counts beside it and wins where it is whole.
    """
    if plan is None:
        plan = plan_of(attributes)
    if plan.has_raw and (whole := read_provider_usage(attributes.get(RAW))) is not None:
        return UsageFound(whole, True, True, None)
    counts = [0] * 12
    has_input = has_output = False
    for place, keys in plan.counts:
        count = attributes[keys[0]]
        if type(count) is not int:
            count = tokens(count)
            if count is None and len(keys) > 1:
                count = first_tokens(attributes, keys[1:])
            if count is None:
                continue
        counts[place] = count
        if place == 0:
            has_input = True
        elif place == 1:
            has_output = True
    if not has_input and not has_output:
        return None
    written = counts[3]
    if written == 0 and (counts[4] > 0 or plan.short_lived_writes):
        written = counts[4] + (first_tokens(attributes, plan.short_lived_writes) or 0)  # the split without its sum
    if written > 0:
        counts[4] = long_lived = min(written, counts[4])
        counts[3] = written - long_lived
    else:
        counts[4] = 0
    total = first_tokens(attributes, plan.totals) if plan.totals else None
    return _new_found(UsageFound, (Usage(*counts), has_input, has_output, total))
