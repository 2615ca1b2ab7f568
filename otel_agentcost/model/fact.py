"""Fact: one ended span as the ledger sees it."""

from __future__ import annotations

from msgspec import Struct

from otel_agentcost.model.identity import NOBODY, Identity
from otel_agentcost.model.quote import Quote
from otel_agentcost.model.reading import Reading


class Fact(Struct, eq=False, gc=False):
    """One ended span: where it stands in its trace, what was read and what its usage would cost.

    Ids are integers (128 and 64 bits; 0 means absent), times are Unix nanoseconds. `reading` is None for spans that
    have nothing to do with AI; they matter only as links between the others. `process` tells processes apart: the
    fingerprint of the resource that the span came with.
    """

    trace_id: int
    span_id: int
    parent_span_id: int
    name: str
    scope: str
    start_unix_nano: int
    end_unix_nano: int
    reading: Reading | None = None
    quote: Quote | None = None
    identity: Identity = NOBODY
    process: int = 0

    def __repr__(self) -> str:
        return f"Fact({self.span_id:016x} {self.name!r} {self.reading!r})"
