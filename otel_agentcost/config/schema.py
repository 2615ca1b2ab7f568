"""The shape of the configuration file. Each description is what an error says is allowed, and what the docs list.

Later versions add `budgets` and `anomalies`. They are known by name, so that a file that holds them
is refused with that reason: a budget that nobody enforces must not look enforced.
"""

from __future__ import annotations

from typing import Annotated, ClassVar

from msgspec import Meta, Struct, field

from otel_agentcost.config.export_schema import Export
from otel_agentcost.config.identity_schema import IdentityKeys
from otel_agentcost.config.prices_schema import Prices
from otel_agentcost.config.secrets import secret
from otel_agentcost.config.store_schema import Store
from otel_agentcost.engine.settings import EngineSettings

_ENGINE = EngineSettings()


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

    LATER: ClassVar[frozenset[str]] = frozenset({"budgets", "anomalies"})

    prices: Annotated[Prices, Meta(description="what models cost")] = field(default_factory=Prices)
    identity: Annotated[IdentityKeys, Meta(description="on whose behalf a span ran")] = field(
        default_factory=IdentityKeys
    )
    enrichment: Annotated[Enrichment, Meta(description="what is written onto spans")] = field(
        default_factory=Enrichment
    )
    limits: Annotated[Limits, Meta(description="what is kept in memory")] = field(default_factory=Limits)
    store: Annotated[Store, secret("where executions are kept, and for how long")] = field(default_factory=Store)
    export: Annotated[Export, Meta(description="where metrics and events go")] = field(default_factory=Export)
    time_zone: Annotated[
        Annotated[str, Meta(min_length=1)],
        Meta(description="a name of the IANA time zone database, such as Europe/Berlin: whose days are added up"),
    ] = "UTC"
