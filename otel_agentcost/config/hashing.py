"""Check `identity.hash_users`, and turn it into settings."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import UNSET, UnsetType

from otel_agentcost.config.faults import Fault
from otel_agentcost.config.identity_schema import HashUsers
from otel_agentcost.engine.hashing import weakness
from otel_agentcost.engine.settings import IdentityHashing


def hashing_faults(hash_users: HashUsers | UnsetType) -> Iterator[Fault]:
    """Yield what is wrong with the section; never with a word of the key."""
    if hash_users is not UNSET:
        if (why := weakness(hash_users.key)) is not None:
            yield Fault(("identity", "hash_users", "key"), why)
        parts = hash_users.parts
        for index, part in enumerate(parts):
            if part in parts[:index]:
                yield Fault(("identity", "hash_users", "parts", index), f"{part!r} stands there twice")


def hashing_settings(hash_users: HashUsers | UnsetType) -> IdentityHashing | None:
    """Return the settings; None where nothing is hashed."""
    return None if hash_users is UNSET else IdentityHashing(hash_users.key.strip(), tuple(hash_users.parts))
