"""Call: one model call in the books, the row that `agentcost replay` prints."""

from __future__ import annotations

from typing import Any, Final, Literal, TypeAlias

from msgspec import Struct

from otel_agentcost.model.identity import NOBODY, Identity
from otel_agentcost.model.money import NanoUsd
from otel_agentcost.model.outcome import Status
from otel_agentcost.model.usage import Usage

CallKind: TypeAlias = Literal["model", "tool"]
CostSource: TypeAlias = Literal["local", "provider"]
"""`provider`: the response carried the cost. `local`: we computed it."""

MODEL_CALL: Final = "model"
TOOL_CALL: Final = "tool"


class Call(Struct, frozen=True, gc=False):
    """A judged inference span, or a tool's with a price of its own. `cost_nano_usd` is 0 unless the status counts."""

    trace_id: int
    span_id: int
    parent_span_id: int
    status: Status
    reason: str | None
    provider: str | None
    model: str | None
    request_model: str | None
    operation: str | None
    usage: Usage
    cost_nano_usd: NanoUsd
    agent: str | None
    tool: str | None
    response_id: str | None
    start_unix_nano: int
    end_unix_nano: int
    convention: str
    price_id: str | None = None
    identity: Identity = NOBODY
    kind: CallKind = MODEL_CALL
    payer_span_id: int = 0
    """Of a duplicate: the span that pays in its place, 0 where that is not known."""
    cost_source: CostSource = "local"

    def as_row(self) -> dict[str, Any]:
        """Return the stable JSON row (schema 1) of docs/cli.md."""
        usage, who = self.usage, self.identity
        return {
            "trace_id": f"{self.trace_id:032x}",
            "span_id": f"{self.span_id:016x}",
            "parent_span_id": f"{self.parent_span_id:016x}" if self.parent_span_id else None,
            "status": self.status,
            "reason": self.reason,
            "provider": self.provider,
            "model": self.model,
            "request_model": self.request_model,
            "operation": self.operation,
            "input_tokens": usage.input_tokens,
            "cache_read_tokens": usage.cache_read_tokens,
            "cache_write_tokens": usage.cache_write_tokens,
            "output_tokens": usage.output_tokens,
            "reasoning_tokens": usage.reasoning_tokens,
            "cost_nano_usd": self.cost_nano_usd,
            "agent": self.agent,
            "tool": self.tool,
            "feature": who.feature,
            "user": who.user,
            "team": who.team,
            "organization": who.organization,
            "session": who.session,
            "conversation": who.conversation,
            "response_id": self.response_id,
            "start_unix_nano": self.start_unix_nano,
            "end_unix_nano": self.end_unix_nano,
            "convention": self.convention,
            "price_id": self.price_id,
        }
