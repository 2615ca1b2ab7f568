"""What a user may set about reading, attributing and writing costs. Plain values; the config ring fills them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from otel_agentcost.model import names
from otel_agentcost.model.identity import NOBODY, Identity

HashedPart: TypeAlias = Literal["user", "session", "conversation"]
"""A part of the identity that can tell one person from another."""


@dataclass(frozen=True)
class IdentityHashing:
    """Which parts of the identity are hashed, under which key, before anything is stored or emitted: `hashing.py`."""

    key: str = field(repr=False)
    parts: tuple[HashedPart, ...] = ("user",)


@dataclass(frozen=True)
class IdentitySources:
    """Attribute names per part of the identity, in order; sources in order: span, baggage, resource, default.

    `trust_baggage` lists the baggage keys that are believed; others are ignored. Without `hashing`, ids stay as
    they are.
    """

    user: tuple[str, ...] = (names.USER, "enduser.id")
    session: tuple[str, ...] = (names.SESSION,)
    conversation: tuple[str, ...] = (names.CONVERSATION,)
    team: tuple[str, ...] = (names.TEAM,)
    organization: tuple[str, ...] = (names.ORGANIZATION,)
    feature: tuple[str, ...] = (names.FEATURE,)
    environment: tuple[str, ...] = (names.ENVIRONMENT, "deployment.environment")
    trust_baggage: tuple[str, ...] = (
        names.USER,
        names.SESSION,
        names.CONVERSATION,
        names.TEAM,
        names.ORGANIZATION,
        names.FEATURE,
    )
    defaults: Identity = NOBODY
    hashing: IdentityHashing | None = None


@dataclass(frozen=True)
class EngineSettings:
    """Settings of the engine. `idle_seconds`: an execution without a new span for so long is settled as it stands."""

    detail: bool = False
    legacy_names: bool = False
    identity: IdentitySources = field(default_factory=IdentitySources)
    max_executions: int = 100_000
    max_spans_per_execution: int = 10_000
    idle_seconds: float = 300.0
