"""Reading: what one span says about one model call, agent, tool or workflow, whatever convention it follows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal, NamedTuple, TypeAlias

from msgspec import Struct
from msgspec.structs import asdict, fields

from otel_agentcost.model.money import NanoUsd
from otel_agentcost.model.usage import Usage

Kind: TypeAlias = Literal["inference", "embeddings", "agent", "workflow", "tool", "retrieval", "other"]

INFERENCE: Kind = "inference"
EMBEDDINGS: Kind = "embeddings"
AGENT: Kind = "agent"
WORKFLOW: Kind = "workflow"
TOOL: Kind = "tool"
RETRIEVAL: Kind = "retrieval"
OTHER: Kind = "other"

BILLABLE: frozenset[Kind] = frozenset({INFERENCE, EMBEDDINGS})
"""Kinds of span that stand for one call a provider bills."""

MCP_TOOL_CALL: Final = "tools/call"
"""The `operation` of a span that is the request to an MCP server, its client's or its own."""

Covers: TypeAlias = Literal["call", "sum", "last"]
"""What a span's usage covers: its own call, the sum over the calls below it, or the last of several calls."""


class SpanView(NamedTuple):
    """The part of a span that a reader looks at, the same for SDK spans, OTLP/JSON and OTLP protobuf.

    `attributes` holds plain Python values (str, bool, int, float, lists, None); nothing in it is trusted.
    """

    name: str
    scope_name: str
    scope_version: str
    attributes: Mapping[str, Any]
    is_error: bool = False
    dropped_attributes: int = 0
    resource: Mapping[str, Any] = {}


class Reading(Struct, eq=False, array_like=True, gc=False):
    """What a reader found. Fields that it did not find keep their default; values are checked, never raw."""

    kind: Kind
    convention: str
    provider: str | None = None
    """As the span spells it; `pricing.names` normalises."""
    request_model: str | None = None
    response_model: str | None = None
    host: str | None = None
    """`server.address` or the host of a base URL: tells OpenAI-compatible providers apart."""
    operation: str | None = None
    usage: Usage | None = None
    """None where the span carries no token count at all."""
    covers: Covers = "call"
    doubt: str | None = None
    """A `Reason` why the numbers are not exact; None where they can be trusted."""
    service_tier: str | None = None
    """`batch`, `flex`, `priority`, `fast`, or as the provider spells it."""
    region: str | None = None
    response_id: str | None = None
    reported_cost_nano_usd: NanoUsd | None = None
    """What the provider or gateway itself says the call costs; not a price that an instrumentation computed."""
    is_stream: bool = False
    ends_stream: bool = False
    """The span tells how a stream ended that an earlier sibling of the same scope began (Logfire's `log` spans)."""
    is_failed: bool = False
    agent: str | None = None
    tool: str | None = None
    tool_call_id: str | None = None
    tool_arguments: str | None = None
    mcp_server: str | None = None
    conversation: str | None = None
    user: str | None = None
    session: str | None = None
    team: str | None = None
    organization: str | None = None
    feature: str | None = None

    @property
    def model(self) -> str | None:
        """The model that prices the call: the response's, since a router may have swapped the requested one."""
        return self.response_model or self.request_model

    @property
    def is_billable(self) -> bool:
        return self.kind in BILLABLE

    def as_dict(self) -> dict[str, Any]:
        """Return what was found, without defaults: for golden files, debugging and equality."""
        found = {name: value for name, value in asdict(self).items() if value != _DEFAULTS.get(name)}
        if self.usage is not None:
            found["usage"] = {k: v for k, v in asdict(self.usage).items() if v}
        return found

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Reading) and self.as_dict() == other.as_dict()

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Reading({', '.join(f'{k}={v!r}' for k, v in self.as_dict().items())})"


_DEFAULTS: dict[str, Any] = {field.name: field.default for field in fields(Reading) if not field.required}
