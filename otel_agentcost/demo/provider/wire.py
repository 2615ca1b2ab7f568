"""The shapes that every dialect shares: what came in, what goes out."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, NamedTuple, TypeAlias, cast

from otel_agentcost.model.usage import Usage

Json: TypeAlias = dict[str, Any]


class Event(NamedTuple):
    """One server-sent event; `name` is None where the dialect sends bare data lines."""

    data: str
    name: str | None = None

    def encode(self) -> bytes:
        """Return the event as it stands on the wire, with its closing blank line."""
        head = f"event: {self.name}\n" if self.name else ""
        return f"{head}data: {self.data}\n\n".encode()


def event(payload: Json, name: str | None = None) -> Event:
    return Event(json.dumps(payload, separators=(",", ":")), name)


class Answer(NamedTuple):
    """What a dialect answers and what it bills for it. Exactly one of `body` and `events` is there."""

    provider: str
    model: str
    response_id: str
    usage: Usage
    body: Json | None = None
    events: tuple[Event, ...] = ()
    sends_usage: bool = True
    """False where the dialect bills tokens without naming them: an OpenAI stream that was not asked to."""


class BadRequest(Exception):  # noqa: N818 - named after the HTTP status that it becomes
    """The request is one that the fake provider does not serve; the message says why."""


def as_objects(value: object) -> list[Json]:
    """Return the JSON objects in a value that should be a list of them."""
    if not isinstance(value, list):
        return []
    return [cast("Json", item) for item in cast("list[object]", value) if isinstance(item, dict)]


def as_object(value: object) -> Json:
    return cast("Json", value) if isinstance(value, dict) else {}


def canonical(value: object) -> str:
    """Return the same text for equal JSON, so that a prefix seen before is recognised."""
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True, separators=(",", ":"))


def pieces(text: str, size: int = 24) -> Iterable[str]:
    """Cut a text into the deltas of a stream."""
    return (text[i : i + size] for i in range(0, len(text), size)) if text else ("",)
