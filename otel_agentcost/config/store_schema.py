"""The `store` section: where executions are kept, and for how long."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, TypeAlias

from msgspec import Meta, Struct, field

from otel_agentcost.config.secrets import secret
from otel_agentcost.stores.settings import StoreSettings

_STORE = StoreSettings()

_Time: TypeAlias = Annotated[str, Meta(pattern="^(forever|[1-9][0-9]{0,6}[hdwy])$")]
_KEPT = "a time such as 36h, 90d, 12w or 2y, or forever"


class Retention(Struct, forbid_unknown_fields=True):
    """How long each kind of row is kept."""

    calls: Annotated[_Time, Meta(description=f"{_KEPT}; at most as long as executions")] = "90d"
    executions: Annotated[_Time, Meta(description=f"{_KEPT}; at most as long as days")] = "400d"
    days: Annotated[_Time, Meta(description=_KEPT)] = "forever"


class Store(Struct, forbid_unknown_fields=True):
    """Where executions are kept, and for how long."""

    MEANT: ClassVar[str] = "url"
    """What is meant by a text that stands in place of the section."""

    url: Annotated[
        str,
        secret("memory (nothing outlives the process), sqlite:///FILE, or postgresql://USER:PASSWORD@HOST/DATABASE"),
    ] = _STORE.url
    retention: Annotated[Retention, Meta(description="how long each kind of row is kept")] = field(
        default_factory=Retention
    )
    flush_seconds: Annotated[
        Annotated[float, Meta(ge=0.05, le=3_600)],
        Meta(
            description="seconds between two commits, a number from 0.05 to 3600; so much may be lost in a crash",
        ),
    ] = _STORE.flush_seconds
    max_pending_spans: Annotated[
        Annotated[int, Meta(ge=1, le=10_000_000)],
        Meta(
            description="a whole number of spans from 1 to 10000000 that wait at most for a store that is away; "
            "later ones are refused and counted"
        ),
    ] = _STORE.max_pending_spans
    synchronous: Annotated[
        Literal["full", "normal"],
        Meta(
            description="full, or normal (of SQLite: faster, and may lose the last commits where the power fails, "
            "though not where the process dies)"
        ),
    ] = _STORE.synchronous
