"""Resolve on whose behalf a span ran: span attribute, then baggage, then resource, then the configured default."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from otel_agentcost.engine.as_name import as_name
from otel_agentcost.engine.hashing import Hashes
from otel_agentcost.engine.settings import HashedPart, IdentitySources
from otel_agentcost.model import names
from otel_agentcost.model.identity import NOBODY, Identity
from otel_agentcost.model.reading import Reading

MAX_RESOURCES = 256
"""Resources whose part of the identity is remembered; a process has one, a service as many as it has senders."""

_MAX_MET = 4_096
"""Identities that are remembered, so that equal ones are one object."""


class IdentityResolver:
    """Finds each part of an identity by the configured attribute names, and hashes what is configured to be hashed.

    Raises:
        ValueError: the key for hashing is weak.
    """

    def __init__(self, sources: IdentitySources) -> None:
        hashing = sources.hashing
        self._hashes = None if hashing is None else Hashes(hashing.key)
        self._hashed: tuple[HashedPart, ...] = () if hashing is None else hashing.parts
        self._hashed_places = frozenset(Identity._fields.index(part) for part in self._hashed)
        self._keys = (
            sources.user,
            sources.team,
            sources.organization,
            sources.feature,
            sources.environment,
            sources.session,
            sources.conversation,
        )
        self._all_keys = frozenset(key for keys in self._keys for key in keys)
        self._beyond_readers = tuple(self._all_keys - READ_BY_CONVENTIONS)
        self._defaults = Identity._make(self._hidden(*each) for each in enumerate(sources.defaults))
        self._plans: dict[frozenset[str], tuple[tuple[int, str], ...]] = {}
        self._met: dict[tuple[str | None, ...], Identity] = {}
        self._of_resource: dict[int, tuple[Mapping[str, Any], Identity]] = {}

    def resolve(
        self,
        attributes: Mapping[str, Any],
        baggage: Mapping[str, str],
        resource: Mapping[str, Any],
        reading: Reading | None,
    ) -> Identity:
        """Return the identity; `reading` adds what conventions write under names of their own.

        `baggage` holds what the edge trusts, and nothing else. What is to be hashed is hashed in the reading too, since
        that is stored with its span.
        """
        if self._hashes is not None and reading is not None:
            for part in self._hashed:
                found: str | None = getattr(reading, part)
                if found is not None:
                    setattr(reading, part, self._hashes[found])
        if reading is not None and not baggage and not self._is_beyond(attributes):
            fallback = self._fallback(resource)
            if fallback is NOBODY:  # the usual case: the reading says all there is
                own = (
                    reading.user,
                    reading.team,
                    reading.organization,
                    reading.feature,
                    None,
                    reading.session,
                    reading.conversation,
                )
                return NOBODY if own == NOBODY else self._one(own)
        parts: list[str | None] = [None] * 7
        if reading is None or self._is_beyond(attributes):
            self._fill(parts, attributes)
        if reading is not None:
            for place, own in (
                (0, reading.user),
                (1, reading.team),
                (2, reading.organization),
                (3, reading.feature),
                (5, reading.session),
                (6, reading.conversation),
            ):
                if own is not None and parts[place] is None:
                    parts[place] = own
        if baggage:
            self._fill(parts, baggage)
        fallback = self._fallback(resource)
        if fallback is not NOBODY:
            parts = [own or other for own, other in zip(parts, fallback, strict=True)]
        return self._one(tuple(parts)) if any(parts) else NOBODY

    def _one(self, parts: tuple[str | None, ...]) -> Identity:
        """Return the one identity that all spans with these parts share: live ones are many, their users few."""
        met = self._met
        identity = met.get(parts)
        if identity is None:
            if len(met) >= _MAX_MET:
                met.clear()
            identity = met[parts] = Identity._make(parts)
        return identity

    def _is_beyond(self, attributes: Mapping[str, Any]) -> bool:
        """Return whether the span carries a configured name that readers do not read."""
        for key in self._beyond_readers:  # noqa: SIM110 - a generator would cost more than the two look-ups
            if key in attributes:
                return True
        return False

    def _fallback(self, resource: Mapping[str, Any]) -> Identity:
        """Return what the resource says, completed by the defaults; remembered for as long as the resource lives."""
        kept = self._of_resource.get(id(resource))
        if kept is not None and kept[0] is resource:
            return kept[1]
        parts: list[str | None] = [None] * 7
        self._fill(parts, resource)
        merged = Identity(*(own or default for own, default in zip(parts, self._defaults, strict=True)))
        identity = merged if any(merged) else NOBODY
        if len(self._of_resource) >= MAX_RESOURCES:
            self._of_resource.clear()
        self._of_resource[id(resource)] = (resource, identity)
        return identity

    def _fill(self, parts: list[str | None], source: Mapping[str, Any]) -> None:
        present = self._all_keys.intersection(source)
        if not present:
            return
        plan = self._plans.get(present)
        if plan is None:
            plan = self._plans[present] = tuple(
                (place, key) for place, keys in enumerate(self._keys) for key in keys if key in present
            )
        for place, key in plan:
            if parts[place] is None:
                parts[place] = self._hidden(place, as_name(source[key]))

    def _hidden(self, place: int, name: str | None) -> str | None:
        """Return the hash of a name where that part of the identity is hashed, else the name."""
        if self._hashes is None or name is None or place not in self._hashed_places:
            return name
        return self._hashes[name]


READ_BY_CONVENTIONS = frozenset(
    {names.USER, "enduser.id", names.SESSION, names.CONVERSATION, names.TEAM, names.ORGANIZATION, names.FEATURE}
)
"""Keys that every reader reads; where a span has none beyond them, the reading says all."""
