"""Find on a span who it was made for: user, session, conversation, team, organisation, feature, agent.

The configured attribute names are the engine's business (they may be anything a company already has); here are those
that conventions and frameworks write by themselves. The `gen_ai.*` family's stand in `plan.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from otel_agentcost.conventions.plan import METADATA, plan_of
from otel_agentcost.conventions.values import first, structure, text
from otel_agentcost.model.reading import Reading

TRACELOOP_PROPERTIES = "traceloop.association.properties."
_PARTS = frozenset({"user", "session", "conversation", "team", "organization", "feature"})


def read_identity(attributes: Mapping[str, Any], reading: Reading) -> None:
    """Fill the identity of a reading with what the span carries, for conventions outside the `gen_ai.*` family."""
    for field, keys in plan_of(attributes).texts:
        if field in _PARTS and (found := text(first(attributes, *keys))) is not None:
            setattr(reading, field, found)
    read_metadata(attributes, reading)


def read_metadata(attributes: Mapping[str, Any], reading: Reading) -> None:
    """Fill what is not known yet from a `metadata` attribute, which frameworks use for their users' own keys."""
    metadata = structure(attributes.get(METADATA))
    if metadata is not None:
        _fill(reading, metadata, "")


def read_traceloop_identity(attributes: Mapping[str, Any], reading: Reading) -> None:
    """Fill the identity from OpenLLMetry's association properties."""
    _fill(reading, attributes, TRACELOOP_PROPERTIES)


def read_prefixed_identity(attributes: Mapping[str, Any], reading: Reading, prefix: str) -> None:
    """Fill the identity from metadata that a convention copies onto the span, one attribute a key, under a prefix."""
    _fill(reading, attributes, prefix)


def _fill(reading: Reading, source: Mapping[str, Any], prefix: str) -> None:
    def named(*keys: str) -> str | None:
        return text(first(source, *(prefix + key for key in keys)))

    reading.user = reading.user or named("user_id", "user.id", "userId", "user")
    reading.session = reading.session or named("session_id", "session.id", "sessionId")
    reading.conversation = reading.conversation or named(
        "thread_id", "threadId", "conversation_id", "conversationId", "chat_id", "chatId"
    )
    reading.team = reading.team or named("team", "team_id", "teamId", "agentcost.team")
    reading.organization = reading.organization or named(
        "organization", "organization_id", "organizationId", "org_id", "orgId", "agentcost.organization"
    )
    reading.feature = reading.feature or named("feature", "agentcost.feature")
    reading.agent = reading.agent or named("lc_agent_name", "agent_name")
