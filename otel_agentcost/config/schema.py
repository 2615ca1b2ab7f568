"""The shape of the configuration file. Each description is what an error says is allowed, and what the docs list.

Later versions add `budgets`, `anomalies`, `store` and `export` (DESIGN section 10). They are known by name, so that a
file that holds them is refused with that reason: a budget that nobody enforces must not look enforced.
"""

from __future__ import annotations

from typing import Annotated, ClassVar

from msgspec import Meta, Struct, field

from otel_agentcost.config.prices_schema import Prices
from otel_agentcost.engine.settings import EngineSettings, IdentitySources

_IDENTITY = IdentitySources()
_ENGINE = EngineSettings()

_AttributeKeys = Annotated[list[Annotated[str, Meta(min_length=1)]], Meta(min_length=1)]


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


class Enrichment(Struct, forbid_unknown_fields=True):
    """What is written onto spans beside the cost."""

    detail: Annotated[
        bool, Meta(description="true to write the cost by part (agentcost.cost.*) and agentcost.price.id too, or false")
    ] = _ENGINE.detail
    legacy_names: Annotated[
        bool, Meta(description="true to write the older names operation.cost and llm.cost.total too, or false")
    ] = _ENGINE.legacy_names


class Limits(Struct, forbid_unknown_fields=True):
    """How much is kept in memory at most."""

    max_executions: Annotated[
        Annotated[int, Meta(ge=1, le=10_000_000)],
        Meta(description="a whole number of live executions from 1 to 10000000; beyond it the oldest is settled early"),
    ] = _ENGINE.max_executions
    max_spans_per_execution: Annotated[
        Annotated[int, Meta(ge=1, le=10_000_000)],
        Meta(description="a whole number of spans kept of one execution, from 1 to 10000000"),
    ] = _ENGINE.max_spans_per_execution
    idle_seconds: Annotated[
        Annotated[float, Meta(gt=0, le=86_400)],
        Meta(
            description="seconds, a number above 0 and up to 86400; an execution without a span for so long is settled"
        ),
    ] = _ENGINE.idle_seconds


class File(Struct, forbid_unknown_fields=True):
    """The whole file."""

    LATER: ClassVar[frozenset[str]] = frozenset({"budgets", "anomalies", "store", "export"})

    prices: Annotated[Prices, Meta(description="what models cost")] = field(default_factory=Prices)
    identity: Annotated[IdentityKeys, Meta(description="on whose behalf a span ran")] = field(
        default_factory=IdentityKeys
    )
    enrichment: Annotated[Enrichment, Meta(description="what is written onto spans")] = field(
        default_factory=Enrichment
    )
    limits: Annotated[Limits, Meta(description="what is kept in memory")] = field(default_factory=Limits)
