"""Decide what the fake model says next: call the tools that it was offered, then answer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from otel_agentcost.demo.provider.wire import Json, as_object

_SENTENCES = (
    "I went through what the tools returned and compared it with the question.",
    "The figures agree with each other, and nothing in them contradicts the policy.",
    "Two points deserve attention before anyone acts on this.",
    "First, the record was changed last week, so older notes no longer apply.",
    "Second, the amount is within the limit that may be approved without a review.",
    "My advice is to go ahead and to keep a short note of the reason.",
)


class Script(NamedTuple):
    """How the fake model behaves in one execution."""

    tool_turns: int | None = None
    """Turns with a tool call before the text; None calls each offered tool once."""
    answer_sentences: int = 3
    throttled_requests: frozenset[int] = frozenset()
    """Which HTTP requests of the execution, counted from 1 and including retries, get a 429."""
    retry_after_ms: int = 40


class ToolOffer(NamedTuple):
    name: str
    parameters: Json


class ToolCall(NamedTuple):
    call_id: str
    name: str
    arguments: Json


class Reply(NamedTuple):
    """A text or one tool call, never both: that is how the demo's models talk."""

    text: str
    tool_call: ToolCall | None = None


def next_reply(script: Script, offers: Sequence[ToolOffer], called: Sequence[str], question: str) -> Reply:
    """Return the model's next turn, given the tools called since the user last spoke.

    Tools not called yet come first, in the order offered; where the script asks for more turns than there are
    tools, they are called again in turn. The state is in the request alone, so sub-agents need no bookkeeping here.
    """
    turns = script.tool_turns if script.tool_turns is not None else len(called) + 1
    if offers and len(called) < turns:
        fresh = [offer for offer in offers if offer.name not in called]
        if fresh or script.tool_turns is not None:
            chosen = fresh[0] if fresh else offers[len(called) % len(offers)]
            call_id = f"call_{len(called) + 1}_{chosen.name}"[:40]
            return Reply("", ToolCall(call_id, chosen.name, _arguments(chosen.parameters, question)))
    return Reply(_answer(script.answer_sentences, question))


def _answer(sentences: int, question: str) -> str:
    body = (_SENTENCES[i % len(_SENTENCES)] for i in range(sentences))
    return " ".join((f"You asked: {_shorten(question)}", *body))


def _shorten(text: str) -> str:
    first_line = text.strip().splitlines()[0] if text.strip() else "nothing"
    return first_line[:90].rstrip(" .?") + "."


def _arguments(schema: Json, question: str) -> Json:
    properties = as_object(schema.get("properties"))
    required: Iterable[str] = schema.get("required") or properties
    return {name: _argument(as_object(properties.get(name)), question) for name in required}


def _argument(schema: Json, question: str) -> Any:
    if schema.get("enum"):
        return schema["enum"][0]
    kind = str(schema.get("type", "string")).lower()
    by_kind: dict[str, Any] = {"integer": 1, "number": 1.0, "boolean": True, "array": [], "object": {}}
    return by_kind.get(kind, _shorten(question))
