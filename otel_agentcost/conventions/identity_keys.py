"""Find on a span who it was made for: user, session, conversation, team, organisation, feature, agent.

The configured attribute names are the engine's business (they may be anything a company already has); here are those
that conventions and frameworks write by themselves.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from otel_agentcost.conventions.values import first, structure, text
from otel_agentcost.model.names import CONVERSATION, FEATURE, ORGANIZATION, SESSION, TEAM, USER
from otel_agentcost.model.reading import Reading

_TRACELOOP = "traceloop.association.properties."


def read_identity(attributes: Mapping[str, Any], reading: Reading) -> None:
    """Fill the identity of a reading with what the span carries."""
    get = attributes.get
    if (value := get(USER)) is not None:
        reading.user = text(value)
    if (value := get(SESSION)) is not None:
        reading.session = text(value)
    if (value := get(CONVERSATION)) is not None:
        reading.conversation = text(value)
    if (value := get(TEAM)) is not None:
        reading.team = text(value)
    if (value := get(ORGANIZATION)) is not None:
        reading.organization = text(value)
    if (value := get(FEATURE)) is not None:
        reading.feature = text(value)
    if (value := get("enduser.id")) is not None and reading.user is None:
        reading.user = text(value)
    if (value := get("metadata")) is not None and (metadata := structure(value)) is not None:
        _fill(reading, metadata, "")


def read_traceloop_identity(attributes: Mapping[str, Any], reading: Reading) -> None:
    """Fill the identity from OpenLLMetry's association properties."""
    _fill(reading, attributes, _TRACELOOP)


def _fill(reading: Reading, source: Mapping[str, Any], prefix: str) -> None:
    def named(*keys: str) -> str | None:
        return text(first(source, *(prefix + key for key in keys)))

    reading.user = reading.user or named("user_id", "user.id", "userId", "user")
    reading.session = reading.session or named("session_id", "session.id", "sessionId")
    reading.conversation = reading.conversation or named("thread_id", "conversation_id", "chat_id")
    reading.team = reading.team or named("team", "team_id", "agentcost.team")
    reading.organization = reading.organization or named("organization", "organization_id", "org_id")
    reading.feature = reading.feature or named("feature", "agentcost.feature")
    reading.agent = reading.agent or named("lc_agent_name", "agent_name")
