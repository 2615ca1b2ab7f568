"""Make changes fit the columns: what a malformed span carries must not keep the others of its batch from being stored.

Looked at only once a database has refused a batch: nearly none has anything to repair.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from msgspec.structs import astuple

from otel_agentcost.model.books import Change, DayChange, Tie
from otel_agentcost.model.call import Call
from otel_agentcost.model.execution import ExecutionSummary
from otel_agentcost.model.identity import Identity
from otel_agentcost.model.sums import Sums
from otel_agentcost.model.usage import Usage

_T = TypeVar("_T")

_MOST = 2**63 - 1
"""What a 64-bit column holds at most."""
_MOST_OF_ONE = 10**15
"""What one execution may add to a day here: a million dollars. So all that a commit adds fits the column too."""


def fitted(change: Change) -> Change:
    """Return the change with numbers in the range of a column, and texts of characters that every database takes."""
    return change._replace(
        calls=tuple(map(_call, change.calls)),
        summary=_summary(change.summary),
        days=tuple(map(_day, change.days)),
        seen_unix_nano=_number(change.seen_unix_nano),
        ties=tuple(Tie._make(map(_number, tie)) for tie in change.ties),
    )


def _call(call: Call) -> Call:
    parts: tuple[Any, ...] = tuple(
        _usage(part) if isinstance(part, Usage) else Identity._make(map(_value, part)) if isinstance(part, Identity)
        else part if name in _IDS else _value(part)
        for name, part in zip(Call.__struct_fields__, astuple(call), strict=True)
    )  # fmt: skip
    return Call(*parts)


_IDS = frozenset({"trace_id", "span_id", "parent_span_id", "payer_span_id", "execution_id", "root_span_id"})


def _usage(usage: Usage) -> Usage:
    return Usage(*map(_number, usage.counts))


def _summary(summary: ExecutionSummary) -> ExecutionSummary:
    return ExecutionSummary._make(
        part if name in _IDS or name == "calls_list" else _value(part)
        for name, part in zip(ExecutionSummary._fields, summary, strict=True)
    )


def _day(change: DayChange) -> DayChange:
    sums = Sums._make(max(-_MOST_OF_ONE, min(_MOST_OF_ONE, amount)) for amount in change.sums)
    return DayChange(change.day, change.dimension, _text(change.key), sums)


def _value(value: _T) -> _T:
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        return _number(value)  # pyright: ignore[reportReturnType] - an int for an int
    if isinstance(value, str):
        return _text(value)  # pyright: ignore[reportReturnType] - a str for a str
    if isinstance(value, Mapping):
        return _map(value)  # pyright: ignore[reportReturnType, reportUnknownArgumentType] - a map for a map
    return value


def _map(amounts: Mapping[str, int]) -> dict[str, int]:
    fit: dict[str, int] = {}
    for name, amount in amounts.items():
        key = _text(name)
        fit[key] = _number(fit.get(key, 0) + amount)
    return fit


def _number(number: int) -> int:
    return max(-_MOST, min(_MOST, number))


def _text(text: str) -> str:
    """Replace what UTF-8 (half of a surrogate pair) or PostgreSQL (NUL) cannot hold."""
    return text.encode("utf-8", "replace").decode().replace("\0", "\ufffd")
