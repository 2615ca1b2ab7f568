"""Take identity from W3C baggage, and only from the keys that the configuration trusts.

Baggage is in reach when a span starts, and needed when it ends. What was found waits on the span's attributes object
meanwhile: the one object that a span and the readable copies made of it share, and that is freed with them.
"""

# pyright: reportPrivateUsage=false

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from opentelemetry import baggage
from opentelemetry.context import Context, get_current
from opentelemetry.sdk.trace import ReadableSpan

NOTHING: Mapping[str, str] = {}

_KEPT_AS = "_agentcost_baggage"

_MAX_VALUE_LENGTH = 256
"""Baggage comes from outside; a longer value is no identity."""

# Looking under the key itself takes a tenth of the time of `get_all`, and every span that starts pays for it.
_BAGGAGE_KEY: str | None = getattr(baggage, "_BAGGAGE_KEY", None)


def remember(span: ReadableSpan, carried: Mapping[str, str]) -> None:
    """Keep what a span's baggage said until the span ends."""
    setattr(span._attributes, _KEPT_AS, carried)


def remembered(span: ReadableSpan) -> Mapping[str, str]:
    """Return what was kept when the span began; {} where nothing was."""
    return getattr(span._attributes, _KEPT_AS, NOTHING)


class TrustedBaggage:
    """Pick the trusted keys out of a context's baggage.

    The last answer is kept: the spans of one request share one baggage object, so most of them find it there. It is
    kept as one tuple, so that two threads can only overwrite and never mix it.
    """

    __slots__ = ("_keys", "_last")

    def __init__(self, keys: Sequence[str]) -> None:
        self._keys = tuple(keys)
        self._last: tuple[object, Mapping[str, str]] = (None, NOTHING)

    def of(self, context: Context | None) -> Mapping[str, str]:
        """Return the trusted part of the context's baggage; None means the current context."""
        if _BAGGAGE_KEY is None:
            return self._pick(baggage.get_all(context))
        carried: Any = (get_current() if context is None else context).get(_BAGGAGE_KEY)
        if not carried:
            return NOTHING
        last = self._last
        if last[0] is carried:
            return last[1]
        picked = self._pick(carried)
        self._last = (carried, picked)
        return picked

    def _pick(self, carried: Mapping[str, object]) -> Mapping[str, str]:
        picked: dict[str, str] = {}
        for key in self._keys:
            value = carried.get(key)
            if isinstance(value, str) and 0 < len(value) <= _MAX_VALUE_LENGTH:
                picked[key] = value
        return picked or NOTHING
