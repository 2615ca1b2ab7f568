"""Resolve on whose behalf a span ran: span attribute, then baggage, then resource, then the configured default."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from otel_agentcost.engine.settings import IdentitySources
from otel_agentcost.model.identity import NOBODY, Identity
from otel_agentcost.model.reading import Reading

_MAX_CHARACTERS = 256
_EMPTY: Mapping[str, Any] = {}


class IdentityResolver:
    """Finds each part of an identity by the configured attribute names."""

    def __init__(self, sources: IdentitySources) -> None:
        self._keys = (
            sources.user,
            sources.team,
            sources.organization,
            sources.feature,
            sources.environment,
            sources.session,
            sources.conversation,
        )
        self._trusted = frozenset(sources.trust_baggage)
        self._defaults = sources.defaults

    def resolve(
        self,
        attributes: Mapping[str, Any],
        baggage: Mapping[str, str],
        resource: Mapping[str, Any],
        reading: Reading | None,
    ) -> Identity:
        """Return the identity; `reading` adds what conventions write under names of their own."""
        own = (
            NOBODY
            if reading is None
            else Identity(
                reading.user,
                reading.team,
                reading.organization,
                reading.feature,
                None,
                reading.session,
                reading.conversation,
            )
        )
        trusted = {key: baggage[key] for key in baggage if key in self._trusted} if baggage else _EMPTY
        parts: list[str | None] = []
        for keys, read, default in zip(self._keys, own, self._defaults, strict=True):
            value = _first(attributes, keys) or read
            if value is None and trusted:
                value = _first(trusted, keys)
            if value is None and resource:
                value = _first(resource, keys)
            parts.append(value or default)
        return Identity(*parts) if any(parts) else NOBODY


def _first(source: Mapping[str, Any], keys: tuple[str, ...]) -> str | None:
    for key in keys:
        value = source.get(key)
        if isinstance(value, str) and value:
            return value[:_MAX_CHARACTERS]
        if type(value) is int:
            return str(value)[:_MAX_CHARACTERS]
    return None
