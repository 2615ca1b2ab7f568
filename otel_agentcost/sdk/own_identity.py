"""Say in a context on whose behalf this process runs: for the spans started in it, and for the services that it calls.

In the process it travels beside the baggage (`trusted_baggage.OWN_KEY`), which needs no trust and has no limit. To
other services it travels as W3C baggage, within the limits that receivers hold: beyond them, the whole header is lost.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any
from urllib.parse import quote_plus
from uuid import UUID

from opentelemetry import baggage
from opentelemetry.context import Context, set_value

from otel_agentcost.engine.as_name import as_name
from otel_agentcost.engine.hashing import Hashes
from otel_agentcost.engine.settings import IdentitySources
from otel_agentcost.model.identity import Identity
from otel_agentcost.sdk.trusted_baggage import OWN_KEY

_logger = logging.getLogger("otel_agentcost")

MAX_BAGGAGE_ITEMS = 180
MAX_BAGGAGE_BYTES = 8_192
"""Of one header: https://www.w3.org/TR/baggage/#limits, as OpenTelemetry's propagator holds them."""

_AT_HOME = "environment"
"""A service has a deployment environment of its own; the caller's is sent only where the configuration trusts it."""

_NOTHING: Mapping[str, str] = MappingProxyType({})
_said: set[str] = set()


def identity_of(**parts: object) -> Identity:
    """Return an identity of what a caller gave; None, blanks and what is no name are absent."""
    return Identity(**{part: _name(part, value) for part, value in parts.items()})


class OwnIdentity:
    """Writes identities under the attribute names, and hashed as, one configuration says."""

    def __init__(self, sources: IdentitySources) -> None:
        """Raises: ValueError where the key for hashing is weak."""
        hashing = sources.hashing
        self._hashes: Mapping[str, str] = {} if hashing is None else Hashes(hashing.key)
        self._hashed: tuple[str, ...] = () if hashing is None else hashing.parts
        trusted = frozenset(sources.trust_baggage)
        self._keys: dict[str, str] = {}
        self._parts: dict[str, tuple[str, ...]] = {}
        for part in Identity._fields:
            keys: tuple[str, ...] = getattr(sources, part)
            self._keys[part] = next((key for key in keys if key in trusted), keys[0])
            self._parts[self._keys[part]] = keys
        home = self._keys[_AT_HOME]
        self._stays = frozenset({home} - trusted)

    def attributes(self, identity: Identity) -> dict[str, str]:
        """Return the attributes that say it: one for each part that is known, hashed where that is configured."""
        found: dict[str, str] = {}
        for part, value in zip(Identity._fields, identity, strict=True):
            if value is not None:
                found[self._keys[part]] = self._hashes[value] if part in self._hashed else value
        return found

    def enter(self, context: Context, attributes: Mapping[str, str]) -> Context:
        """Return a context that says it; what it does not name stays as the context has it."""
        if not attributes:
            return context
        outer: Any = context.get(OWN_KEY) or _NOTHING
        replaced = {other for key in attributes for other in self._parts[key]}
        own = {key: value for key, value in outer.items() if key not in replaced}
        carried = {key: value for key, value in baggage.get_all(context).items() if key not in replaced}
        for key in replaced.intersection(baggage.get_all(context)):
            context = baggage.remove_baggage(key, context)
        room = MAX_BAGGAGE_BYTES - sum(_bytes(key, value) for key, value in carried.items())
        items = MAX_BAGGAGE_ITEMS - len(carried)
        for key, value in attributes.items():
            own[key] = value
            size = _bytes(key, value)
            if key in self._stays:
                continue
            if size > room or items < 1:
                _say_once("baggage", "there is no room in the baggage: called services do not learn of %s", key)
                continue
            room, items = room - size, items - 1
            context = baggage.set_baggage(key, value, context)
        return set_value(OWN_KEY, MappingProxyType(own), context)


def _bytes(key: str, value: object) -> int:
    """Return how long a baggage item is on the wire, with what parts it from the next."""
    return len(quote_plus(str(key))) + len(quote_plus(str(value))) + 2


def _name(part: str, value: object) -> str | None:
    if value is None:
        return None
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, int) and not isinstance(value, bool):
        value = int(value)
    name = as_name(value)
    if name is None and not isinstance(value, str):
        _say_once(part, "execution(%s=…) takes text, and this was none, so it says nothing", part)
    return name


def _say_once(kind: str, text: str, *values: str) -> None:
    if kind not in _said:
        _said.add(kind)
        _logger.warning("otel_agentcost: " + text, *values)
