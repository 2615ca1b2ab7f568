"""The `identity` section: on whose behalf a span ran, and what of that is hashed."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType, field

from otel_agentcost.config.secrets import secret
from otel_agentcost.engine.settings import IdentitySources

_IDENTITY = IdentitySources()

_AttributeKeys = Annotated[list[Annotated[str, Meta(min_length=1)]], Meta(min_length=1)]


class HashUsers(Struct, forbid_unknown_fields=True):
    """Which ids are hashed before anything is stored or emitted, and under which key.

    The key `hash_users` with nothing behind it is refused, and does not switch hashing off: that would store raw ids.
    """

    key: Annotated[str, secret("32 or more random characters, the same wherever the same users come from")]
    parts: Annotated[
        Annotated[list[Literal["user", "session", "conversation"]], Meta(min_length=1)],
        secret("a list of user, session and conversation: what is hashed"),
    ] = field(default_factory=lambda: ["user"])


class Defaults(Struct, forbid_unknown_fields=True):
    """The identity of spans that carry none."""

    user: Annotated[str | None, Meta(description="text")] = None
    team: Annotated[str | None, Meta(description="text")] = None
    organization: Annotated[str | None, Meta(description="text")] = None
    feature: Annotated[str | None, Meta(description="text")] = None
    environment: Annotated[str | None, Meta(description="text")] = None
    session: Annotated[str | None, Meta(description="text")] = None
    conversation: Annotated[str | None, Meta(description="text")] = None


class IdentityKeys(Struct, forbid_unknown_fields=True):
    """Which attributes say on whose behalf a span ran: on the span, in baggage or on the resource."""

    user: Annotated[
        _AttributeKeys, Meta(description="a list of attribute keys that hold the user; the first that is there counts")
    ] = field(default_factory=lambda: list(_IDENTITY.user))
    session: Annotated[_AttributeKeys, Meta(description="a list of attribute keys that hold the session")] = field(
        default_factory=lambda: list(_IDENTITY.session)
    )
    conversation: Annotated[_AttributeKeys, Meta(description="a list of attribute keys that hold the conversation")] = (
        field(default_factory=lambda: list(_IDENTITY.conversation))
    )
    team: Annotated[_AttributeKeys, Meta(description="a list of attribute keys that hold the team")] = field(
        default_factory=lambda: list(_IDENTITY.team)
    )
    organization: Annotated[_AttributeKeys, Meta(description="a list of attribute keys that hold the organisation")] = (
        field(default_factory=lambda: list(_IDENTITY.organization))
    )
    feature: Annotated[_AttributeKeys, Meta(description="a list of attribute keys that hold the feature")] = field(
        default_factory=lambda: list(_IDENTITY.feature)
    )
    environment: Annotated[
        _AttributeKeys, Meta(description="a list of attribute keys that hold the deployment environment")
    ] = field(default_factory=lambda: list(_IDENTITY.environment))
    trust_baggage: Annotated[
        list[Annotated[str, Meta(min_length=1)]],
        Meta(description="a list of the baggage keys to believe; all others are ignored, and [] trusts none"),
    ] = field(default_factory=lambda: list(_IDENTITY.trust_baggage))
    defaults: Annotated[Defaults, Meta(description="the identity of spans that carry none")] = field(
        default_factory=Defaults
    )
    hash_users: Annotated[
        HashUsers | UnsetType, secret("a mapping with key and parts: user ids are hashed under that key")
    ] = UNSET
