"""Tell whether two inference spans stand for one call that the provider billed once."""

from __future__ import annotations

import re
from collections.abc import Sequence

from otel_agentcost.model.fact import Fact
from otel_agentcost.model.outcome import Reason
from otel_agentcost.model.reading import Reading

CLOCK_TOLERANCE_NANO = 5_000_000
"""Spans of one call may start or end this much apart: two libraries read the clock one after the other."""

_TELLING_CHARACTERS = 16
"""Providers' response ids have 24 characters and more; fakes and mocks answer `chatcmpl-123` to everything."""

_TOTALS_IN_DOUBT = frozenset(
    {
        Reason.UNMARKED_ESTIMATE,
        Reason.STREAM_ABANDONED,
        Reason.OUTPUT_INCOMPLETE,
        Reason.INPUT_INCOMPLETE,
        Reason.MISSING_INPUT_TOKENS,
        Reason.MISSING_OUTPUT_TOKENS,
    }
)

_DECORATION = re.compile(r"[-@:]?(?:20\d{2}-?\d{2}-?\d{2}|latest|v\d+:\d+)$")


def model_family(name: str | None) -> str:
    """Return a model's name without vendor path, region and date, to compare how two libraries spell one model."""
    if not name:
        return ""
    plain = name.lower().rsplit("/", 1)[-1]
    plain = plain.rsplit(".", 1)[-1] if plain.startswith(("us.", "eu.", "apac.", "global.", "anthropic.")) else plain
    return _DECORATION.sub("", plain)


def models_agree(a: Reading, b: Reading) -> bool:
    """Return whether the two can be of one model; a span that names none agrees with any."""
    names_a = {model_family(a.request_model), model_family(a.response_model)} - {""}
    names_b = {model_family(b.request_model), model_family(b.response_model)} - {""}
    if not names_a or not names_b or names_a & names_b:
        return True
    return any(x.startswith(y) or y.startswith(x) for x in names_a for y in names_b)


def tokens_agree(a: Reading, b: Reading) -> bool:
    """Return whether the two counts can be of one call: equal, or one of them is missing or in doubt."""
    if a.usage is None or b.usage is None or a.doubt is not None or b.doubt is not None:
        return True
    return counts_match(a, b)


def counts_match(a: Reading, b: Reading) -> bool:
    """Return whether both state the same tokens; one may count cached tokens into the input and the other beside it."""
    if a.usage is None or b.usage is None:
        return False
    return a.usage.output_tokens == b.usage.output_tokens and (
        a.usage.input_tokens == b.usage.input_tokens
        or abs(a.usage.input_tokens - b.usage.input_tokens)
        in (
            a.usage.cache_read_tokens + a.usage.cache_write_tokens,
            b.usage.cache_read_tokens + b.usage.cache_write_tokens,
        )
    )


def counts_are_sure(reading: Reading) -> bool:
    """Return whether the span's totals are the provider's own, so that two spans of one call must state the same."""
    return reading.usage is not None and reading.doubt not in _TOTALS_IN_DOUBT


def share_a_response(a: Reading, b: Reading) -> bool:
    """Return whether both name one response."""
    return bool(a.response_id) and a.response_id == b.response_id


def told_again(a: Reading, b: Reading) -> bool:
    """Return whether one instrumentation told one response twice, as it does when it polls for it.

    The same id and the same tokens: with other tokens it is a provider, or a stand-in for one, that gives every answer
    one id. So is an id too short for a provider's.
    """
    if not share_a_response(a, b) or len(a.response_id or "") < _TELLING_CHARACTERS:
        return False
    return counts_match(a, b) or not (counts_are_sure(a) and counts_are_sure(b))


def contains(outer: Fact, inner: Fact) -> bool:
    """Return whether the outer span's time holds the inner's, within the clock's tolerance."""
    return (
        outer.start_unix_nano <= inner.start_unix_nano + CLOCK_TOLERANCE_NANO
        and inner.end_unix_nano <= outer.end_unix_nano + CLOCK_TOLERANCE_NANO
    )


def overlap(a: Fact, b: Fact) -> bool:
    """Return whether the two spans were under way at the same time."""
    return a.start_unix_nano <= b.end_unix_nano and b.start_unix_nano <= a.end_unix_nano


def nested_is_same_call(outer: Reading, inner: Reading) -> bool:
    """Return whether an inference span directly inside another is the same call seen by an inner library.

    Where both name a response and the names differ, or models and tokens both differ, it is a call of its own.
    """
    if outer.response_id and inner.response_id:
        if outer.response_id == inner.response_id:
            return True
        if not tokens_agree(outer, inner):
            return False  # a gateway may rename a response, but it does not count another's tokens
    if outer.kind != inner.kind:
        # One library may call an embedding a completion; then the counts tell, or else the model.
        if outer.usage is not None and inner.usage is not None:
            return outer.usage.input_tokens == inner.usage.input_tokens
        return bool(outer.model and inner.model) and models_agree(outer, inner)
    return models_agree(outer, inner) or (tokens_agree(outer, inner) and inner.usage is not None)


def holds_a_call_of_its_own(outer: Reading, inner: Sequence[Reading]) -> bool:
    """Return whether a call states so much more than all calls inside it that it must have made one besides them.

    A guardrail asks inside the call it guards. A span that repeats its inner call, or the sum of several, states what
    they state; half of it is missed at most where one of several is not recorded.
    """
    if outer.usage is None or not counts_are_sure(outer) or not all(counts_are_sure(each) for each in inner):
        return False
    if any(share_a_response(outer, each) for each in inner):
        return False
    told = [each.usage for each in inner if each.usage is not None]
    return (
        sum(usage.input_tokens for usage in told) * 2 < outer.usage.input_tokens
        and sum(usage.output_tokens for usage in told) * 2 < outer.usage.output_tokens
    )


def beside_is_same_call(a: Fact, b: Fact) -> bool:
    """Return whether two spans that are not nested are one call seen by two libraries.

    The response's id decides where both have one. Otherwise two different instrumentations must have seen the same
    model and the same tokens over the same time.
    """
    one, other = a.reading, b.reading
    if one is None or other is None:
        return False
    if one.response_id and other.response_id and one.response_id != other.response_id:
        return False
    if share_a_response(one, other):
        if a.scope == b.scope:
            return told_again(one, other) or (tokens_agree(one, other) and overlap(a, b))
        # Two instrumentations may count one response differently, and a gateway may have swapped its model; not both.
        return models_agree(one, other) or counts_match(one, other)
    if a.scope == b.scope or one.kind != other.kind:
        return False
    if not models_agree(one, other) or not (contains(a, b) or contains(b, a)):
        return False
    if counts_are_sure(one) and counts_are_sure(other):
        return counts_match(one, other)
    return a.parent_span_id == b.parent_span_id and not one.is_failed and not other.is_failed
