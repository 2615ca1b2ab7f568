"""Grow executions as agents make them: calls told once, twice or in two traces, tools, retries, streams, sums.

Each comes with the truth: the usage of every call that a provider would have billed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from otel_agentcost.engine.ports import EndedSpan
from tests.integration.fuzz_mutations import Choices, pick

MS = 1_000_000
EPOCH_NANO = 1_750_000_000 * 10**9
FRAMEWORK, SDK, GATEWAY, STREAMS = "app.framework", "app.provider_sdk", "app.gateway", "logfire.openai"
MODELS = (("openai", "gpt-4o-mini"), ("anthropic", "claude-sonnet-4-5"), ("openai", "gpt-4o"))


class Forest:
    """Spans in the order in which they end, children first, and what was billed.

    With `alike` calls, many have the same counts and no response id, as loops of an agent do.
    """

    def __init__(self, choices: Choices, *, alike: bool = False, strays: bool = True) -> None:
        self.spans: list[EndedSpan] = []
        self.billed: list[tuple[int, int]] = []
        self._choices = choices
        self._alike = alike
        self._ids = 1000
        self._now = EPOCH_NANO
        self._steps: list[Callable[[int, int], None]] = [
            self._call, self._nested, self._beside, self._retried, self._streamed,
            self._together, self._tool, self._embed,
        ]  # fmt: skip
        if strays:
            self._steps.append(self._in_two_traces)

    def grow(self, trace_id: int) -> None:
        """Add one execution: a root agent of a few steps."""
        self._agent(trace_id, 0, depth=0)

    def _agent(self, trace_id: int, parent: int, depth: int) -> None:
        span_id, start = self._id(), self._tick()
        before = len(self.billed)
        for _ in range(1 + self._choices.below(4)):
            if depth < 3 and self._choices.below(5) == 0:
                self._agent(trace_id, span_id, depth + 1)
            else:
                pick(self._choices, self._steps)(trace_id, span_id)
        attributes: dict[str, Any] = {"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": f"agent-{depth}"}
        if self._choices.below(2):
            below = self.billed[before:]
            attributes |= {"gen_ai.request.model": "gpt-4o-mini", "gen_ai.provider.name": "openai"}
            attributes |= _usage(sum(i for i, _ in below), sum(o for _, o in below))
        self._end(trace_id, span_id, parent, f"invoke_agent {depth}", FRAMEWORK, start, attributes)

    def _call(self, trace_id: int, parent: int) -> None:
        start, usage = self._tick(), self._bill()
        self._end(trace_id, self._id(), parent, "chat", SDK, start, self._chat(usage))

    def _nested(self, trace_id: int, parent: int) -> None:
        """Add a call that the framework, perhaps a plain span, and the SDK tell, one inside the other."""
        outer, start, usage = self._id(), self._tick(), self._bill()
        attributes = self._chat(usage)
        holder = outer
        if self._choices.below(2):
            holder, middle_start = self._id(), self._tick()
        inner_start = self._tick()
        self._end(trace_id, self._id(), holder, "chat", SDK, inner_start, dict(attributes))
        if holder != outer:
            self._end(trace_id, holder, outer, "POST", "http", middle_start, {})
        self._end(trace_id, outer, parent, "ChatModel", FRAMEWORK, start, attributes)

    def _beside(self, trace_id: int, parent: int) -> None:
        start, usage = self._tick(), self._bill()
        attributes = self._chat(usage)
        inner_start = self._tick()
        self._end(trace_id, self._id(), parent, "chat", SDK, inner_start, dict(attributes))
        self._end(trace_id, self._id(), parent, "chat", GATEWAY, start, attributes)

    def _in_two_traces(self, trace_id: int, parent: int) -> None:
        start, usage = self._tick(), self._bill()
        attributes = self._chat(usage)
        stray = self._id()
        inner_start = self._tick()
        self._end(10**6 + stray, stray, 0, "chat", SDK, inner_start, dict(attributes))
        self._end(trace_id, self._id(), parent, "ChatModel", FRAMEWORK, start, attributes)

    def _retried(self, trace_id: int, parent: int) -> None:
        outer, start, usage = self._id(), self._tick(), self._bill()
        attributes = self._chat(usage)
        for _ in range(1 + self._choices.below(3)):
            failed = {key: attributes[key] for key in ("gen_ai.operation.name", "gen_ai.request.model")}
            self._end(trace_id, self._id(), outer, "chat", SDK, self._tick(), failed, is_error=True)
        self._end(trace_id, self._id(), outer, "chat", SDK, self._tick(), dict(attributes))
        self._end(trace_id, outer, parent, "ChatModel", FRAMEWORK, start, attributes)

    def _streamed(self, trace_id: int, parent: int) -> None:
        usage = self._bill()
        chat = self._chat(usage)
        begun = {key: chat[key] for key in ("gen_ai.operation.name", "gen_ai.request.model", "gen_ai.provider.name")}
        self._end(trace_id, self._id(), parent, "chat", STREAMS, self._tick(), {**begun, "logfire.span_type": "span"})
        self._end(trace_id, self._id(), parent, "stream", STREAMS, self._tick(), {**chat, "logfire.span_type": "log"})

    def _together(self, trace_id: int, parent: int) -> None:
        """Add concurrent calls, each told by framework and SDK, whose starts and ends cross."""
        started = [(self._id(), self._tick(1), self._bill()) for _ in range(2 + self._choices.below(3))]
        chats = {outer: self._chat(usage) for outer, _, usage in started}
        begun = [(outer, self._tick(1)) for outer, _, _ in started]
        for outer, inner_start in begun if self._choices.below(2) else reversed(begun):
            self._end(trace_id, self._id(), outer, "chat", SDK, inner_start, dict(chats[outer]))
        for outer, start, _ in started:
            self._end(trace_id, outer, parent, "ChatModel", FRAMEWORK, start, chats[outer])

    def _tool(self, trace_id: int, parent: int) -> None:
        self._call(trace_id, parent)
        span_id, start = self._id(), self._tick()
        if self._choices.below(3) == 0:
            self._agent(trace_id, span_id, depth=3)
        elif self._choices.below(2):
            self._call(trace_id, span_id)
        attributes = {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "search"}
        self._end(trace_id, span_id, parent, "execute_tool search", FRAMEWORK, start, attributes)

    def _embed(self, trace_id: int, parent: int) -> None:
        start, (input_tokens, _) = self._tick(), self._bill(output=False)
        attributes = {
            "gen_ai.operation.name": "embeddings",
            "gen_ai.provider.name": "openai",
            "gen_ai.request.model": "text-embedding-3-small",
            "gen_ai.usage.input_tokens": input_tokens,
        }
        self._end(trace_id, self._id(), parent, "embeddings", SDK, start, attributes)

    def _chat(self, usage: tuple[int, int]) -> dict[str, Any]:
        provider, model = MODELS[0] if self._alike else pick(self._choices, MODELS)
        attributes: dict[str, Any] = {
            "gen_ai.operation.name": "chat", "gen_ai.provider.name": provider, "gen_ai.request.model": model,
            **_usage(*usage),
        }  # fmt: skip
        if not self._alike and self._choices.below(2):
            attributes["gen_ai.response.id"] = f"resp_{self._id()}"
        return attributes

    def _bill(self, *, output: bool = True) -> tuple[int, int]:
        n = 7 if self._alike else len(self.billed)
        usage = (300 + 3 * n, (20 + n) if output else 0)
        self.billed.append(usage)
        return usage

    def _end(
        self, trace_id: int, span_id: int, parent: int, name: str, scope: str, start: int, attributes: dict[str, Any],
        *, is_error: bool = False,
    ) -> None:  # fmt: skip
        self.spans.append(
            EndedSpan(
                trace_id, span_id, parent, name, scope, "1.0", start, self._tick(), attributes, is_error,
                is_local_root=parent == 0,
            )
        )  # fmt: skip

    def _id(self) -> int:
        self._ids += 1
        return self._ids

    def _tick(self, ms: int = 20) -> int:
        self._now += ms * MS
        return self._now


def _usage(input_tokens: int, output_tokens: int) -> dict[str, int]:
    return {"gen_ai.usage.input_tokens": input_tokens, "gen_ai.usage.output_tokens": output_tokens}
