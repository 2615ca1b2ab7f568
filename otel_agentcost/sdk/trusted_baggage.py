"""Take identity from W3C baggage, and only from the keys that the configuration trusts.

Baggage is in reach when a span starts, and needed when it ends. What was found waits on the span's attributes object
meanwhile: the one object that a span and the readable copies made of it share, and that is freed with them.

What `execution()` says in this process travels beside the baggage, in the context itself: it needs no trust, and fits
whatever else the baggage carries.
"""

# pyright: reportPrivateUsage=false

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from opentelemetry import baggage
from opentelemetry.context import Context, create_key, get_current
from opentelemetry.sdk.trace import ReadableSpan

from otel_agentcost.engine.as_name import MAX_CHARACTERS, as_name
from otel_agentcost.engine.hashing import Hashes
from otel_agentcost.engine.settings import IdentitySources
from otel_agentcost.model.identity import Identity

NOTHING: Mapping[str, str] = {}

OWN_KEY = create_key("agentcost-identity")
"""Where in a context this process keeps the identity that it was told: a mapping of attribute names to values."""

_KEPT_AS = "_agentcost_baggage"
_OWN_PREFIX = "agentcost."

# Looking under the key itself takes a tenth of the time of `get_all`, and every span that starts pays for it.
_BAGGAGE_KEY: str | None = getattr(baggage, "_BAGGAGE_KEY", None)


def remember(span: ReadableSpan, carried: Mapping[str, str]) -> None:
    """Keep what a span's baggage said until the span ends."""
    setattr(span._attributes, _KEPT_AS, carried)


def remembered(span: ReadableSpan) -> Mapping[str, str]:
    """Return what was kept when the span began; {} where nothing was."""
    return getattr(span._attributes, _KEPT_AS, NOTHING)


class TrustedBaggage:
    """Pick what is believed out of a context's baggage, hashed where the configuration says so.

    Baggage comes from outside: a value that is longer than names are is none.

    The last answer is kept: the spans of one request share one baggage object, so most of them find it there. It is
    kept as one tuple, so that two threads can only overwrite and never mix it.
    """

    __slots__ = ("_hashed", "_hashes", "_known", "_last", "_trusted", "ignored")

    def __init__(self, sources: IdentitySources) -> None:
        """Raises: ValueError where the key for hashing is weak."""
        hashing = sources.hashing
        parts = () if hashing is None else hashing.parts
        self._hashes = None if hashing is None else Hashes(hashing.key)
        self._hashed = frozenset(key for part in parts for key in getattr(sources, part))
        self._trusted = frozenset(sources.trust_baggage)
        self._known = frozenset(key for part in Identity._fields for key in getattr(sources, part))
        self._last: tuple[object, object, Mapping[str, str], int] = (None, None, NOTHING, 0)
        self.ignored = 0
        """Baggage items that tell an identity and are not believed, counted for each span that begins with them."""

    def of(self, context: Context | None) -> Mapping[str, str]:
        """Return what of the context is believed; None means the current context."""
        if context is None:
            context = get_current()
        own: Any = context.get(OWN_KEY)
        carried: Any = baggage.get_all(context) if _BAGGAGE_KEY is None else context.get(_BAGGAGE_KEY)
        if not carried and own is None:
            return NOTHING
        last = self._last
        if last[0] is not carried or last[1] is not own:
            last = self._last = (carried, own, *self._pick(carried or NOTHING, own or NOTHING))
        if last[3]:
            self.ignored += last[3]
        return last[2]

    def _pick(self, carried: Mapping[str, object], own: Mapping[str, str]) -> tuple[Mapping[str, str], int]:
        """Return what is believed, and how many other items tell an identity.

        Of what this process said itself, a trusted item replaces its value: the application has set that since.
        """
        picked = {key: self._hidden(key, value) for key, value in own.items()}
        ignored = 0
        for key, value in carried.items():
            is_name = isinstance(value, str) and 0 < len(value) <= MAX_CHARACTERS
            if is_name and key in self._trusted and (name := as_name(value)) is not None:
                picked[key] = self._hidden(key, name)
            elif (key in self._known or key in self._trusted or key.startswith(_OWN_PREFIX)) and own.get(key) != value:
                ignored += 1
        return picked or NOTHING, ignored

    def _hidden(self, key: str, value: str) -> str:
        return self._hashes[value] if self._hashes is not None and key in self._hashed else value
