"""Turn recorded spans into malformed ones, each change decided by a source of choices: a fuzzer's bytes or chance."""

from __future__ import annotations

import random
from collections.abc import Sequence
from functools import cache
from typing import Any, Protocol, TypeVar

from otel_agentcost.conventions.registry import BY_SCOPE, MARKS
from otel_agentcost.engine.ports import EndedSpan
from tests.golden.scoring import recordings, spans_of

T = TypeVar("T")

MAX_CHANGES = 12
MAX_SPANS = 12

NUMBERS: tuple[Any, ...] = (
    0, 1, -1, 127, 1024, 10**9, 10**9 + 1, 10**18, -(10**18), 2**63, 2**64, 10**400, 0.0, -0.0, 120.0, 0.5, 1e308,
    float("nan"), float("inf"), float("-inf"), True, False, None,
)  # fmt: skip
TEXTS: tuple[str, ...] = (
    "", " ", "0", "120", "120.0", "-5", "1e5", "1e400", "nan", "inf", "0x10", "1_000", "٣", "½", "None", "null", "true",
    "{}", "[]", "{", '{"a":', "{'a': 1}", '{"prompt_tokens": 5, "completion_tokens": 1e400}', '{"input_tokens": null}',
    '{"prompt_tokens": -1}', "{'prompt_tokens': 1, 'completion_tokens': [1]}",
    '{"model": {"a": 1}}', '{"model": ["x"]}',
    "{" + '"a":{' * 3000, '{"a":' + "[" * 90_000, "{" + "(" * 90_000, "{'a':" + "-" * 90_000 + "1}", "{" + "{" * 90_000,
    "{0" + "+0j" * 60_000, "{'x': " + "9" * 5000 + "}", "\ud800", "\x00", "a\udcffb", "é" * 1000, "x" * 200_000,
    '{"id":"chatcmpl-' + "a" * 3000, '"id": "' * 20_000, "cached_tokens: " * 20_000, "prompt_tokens" + " " * 100_000,
    "gpt-5" + "-2025" * 20_000, "a/" * 50_000, "http://" + "@" * 50_000, "arn:aws:bedrock:" + ":" * 50_000, "gpt-4o\n",
    "../../etc/passwd", "%s%n", "openai", "anthropic", "aws.bedrock", "gpt-4o-mini", "claude-sonnet-4-5", "chat", "llm",
    "LLM", "AGENT", "TOOL", "invoke_agent", "execute_tool", "embeddings", "log", "provider", "batch", "flex",
)  # fmt: skip
NESTED: tuple[Any, ...] = (
    [],
    {},
    [None],
    [[["a"]]],
    {"a": {"b": 1}},
    ("x",),
    b"\xff\xfe",
    [1] * 1000,
    {1: 2},
    {None: None},
)
TIMES: tuple[int, ...] = (0, 1, -1, -(10**18), 946684800 * 10**9, 16725225600 * 10**9, 2**63 - 1, 2**63, 10**30)
IDS: tuple[int, ...] = (0, 1, 2, 3, 2**64 - 1)
SCOPES: tuple[str, ...] = (
    *BY_SCOPE,
    "openinference.instrumentation.smolagents",
    "opentelemetry.instrumentation.botocore",
)


class Choices(Protocol):
    """A source of decisions."""

    def below(self, limit: int) -> int:
        """Return a number from 0 to `limit` - 1."""
        ...


class Chance:
    """Decisions by chance."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def below(self, limit: int) -> int:
        return self._random.randrange(limit)


def pick(choices: Choices, options: Sequence[T]) -> T:
    return options[choices.below(len(options))]


@cache
def executions() -> tuple[tuple[EndedSpan, ...], ...]:
    """Return the recorded spans by trace, in the order in which they ended."""
    traces: dict[int, list[EndedSpan]] = {}
    for recording in recordings():
        for span in spans_of(recording):
            traces.setdefault(span.trace_id, []).append(span)
    return tuple(tuple(spans) for spans in traces.values())


@cache
def attribute_names() -> tuple[str, ...]:
    found = {name for spans in executions() for span in spans for name in span.attributes}
    return tuple(sorted(name for name in found | MARKS if ".messages." not in name and name.count(".") < 6))


def malformed(choices: Choices) -> list[EndedSpan]:
    """Return a few spans of one recorded execution, changed in one or more ways."""
    whole = pick(choices, executions())
    start = choices.below(len(whole))
    spans = list(whole[start : start + MAX_SPANS])
    if choices.below(4) == 0:
        spans += pick(choices, executions())[:3]
    for _ in range(1 + choices.below(MAX_CHANGES)):
        place = choices.below(len(spans))
        change = choices.below(16)
        if change < 9:
            spans[place] = _change_attribute(choices, spans[place])
        elif change == 9:
            spans.insert(place, spans[choices.below(len(spans))])
        elif change == 10:
            spans[place], spans[0] = spans[0], spans[place]
        elif change == 11 and len(spans) > 1:
            del spans[place]
        else:
            spans[place] = _change_span(choices, spans[place], spans)
    return spans


def value(choices: Choices) -> Any:
    kind = choices.below(8)
    if kind < 3:
        return pick(choices, NUMBERS)
    if kind < 6:
        return pick(choices, TEXTS)
    if kind == 6:
        return pick(choices, NESTED)
    return choices.below(3000)


def _change_attribute(choices: Choices, span: EndedSpan) -> EndedSpan:
    attributes = dict(span.attributes)
    how = choices.below(5)
    if how == 0 or not attributes:
        attributes[pick(choices, attribute_names())] = value(choices)
    else:
        name = pick(choices, sorted(attributes, key=str))
        old = attributes[name]
        if how == 1:
            del attributes[name]
        elif how == 2 and isinstance(old, str) and old:
            cut = choices.below(len(old))
            attributes[name] = old[:cut] + str(pick(choices, TEXTS))[:100] + old[cut + choices.below(3) :]
        elif how == 3:
            attributes[name] = str(old) if not isinstance(old, str) else [old]
        else:
            attributes[name] = value(choices)
    return span._replace(attributes=attributes)


def _change_span(choices: Choices, span: EndedSpan, spans: Sequence[EndedSpan]) -> EndedSpan:
    other = pick(choices, spans)
    how = choices.below(10)
    if how == 0:
        return span._replace(span_id=pick(choices, IDS))
    if how == 1:
        return span._replace(parent_span_id=pick(choices, (*IDS, span.span_id, other.span_id)))
    if how == 2:
        return span._replace(trace_id=pick(choices, (*IDS, other.trace_id, 2**128 - 1)))
    if how == 3:
        return span._replace(start_unix_nano=pick(choices, (*TIMES, other.start_unix_nano)))
    if how == 4:
        return span._replace(end_unix_nano=pick(choices, (*TIMES, other.end_unix_nano)))
    if how == 5:
        return span._replace(scope_name=pick(choices, (*SCOPES, other.scope_name, "", *TEXTS[-30:])))
    if how == 6:
        return span._replace(name=pick(choices, (other.name, *TEXTS, "invoke_agent x", "raw_gen_ai_request")))
    if how == 7:
        return span._replace(is_error=not span.is_error, dropped_attributes=choices.below(200))
    if how == 8:
        return span._replace(is_local_root=not span.is_local_root, scope_version=pick(choices, TEXTS))
    return span._replace(baggage={"user.id": str(value(choices))[:100]}, resource={"service.name": value(choices)})
