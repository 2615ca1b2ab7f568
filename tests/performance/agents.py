"""The load of the benchmarks of the books: executions of many users, as an agent's spans tell them."""

from __future__ import annotations

import random

from otel_agentcost.engine.ports import EndedSpan

from .spans import ai_attributes

USERS, TEAMS = 10_000, 40
SECOND = 1_000_000_000
SCOPE = "opentelemetry.instrumentation.openai_v2"


class Agents:
    """Makes executions: a root, which ends last, and calls below it. The clock goes on with them."""

    def __init__(self, seed: int, now_unix_nano: int = 1_760_000_000 * SECOND) -> None:
        self.now_unix_nano = now_unix_nano
        self._random = random.Random(seed)
        self._calls = 0

    def clock(self) -> int:
        return self.now_unix_nano

    def execution(self, calls: int) -> list[EndedSpan]:
        """Return the spans of one execution, which takes three seconds, in the order in which they end."""
        trace_id, root = self._random.getrandbits(128), self._random.getrandbits(64) | 1
        user = self._random.randrange(USERS)
        who = {
            "user.id": f"user-{user:05d}", "agentcost.team": f"team-{user % TEAMS}", "agentcost.feature": "triage",
            "session.id": f"s-{trace_id % 10**12}", "gen_ai.conversation.id": f"c-{trace_id % 10**12}",
        }  # fmt: skip
        now = self.now_unix_nano
        spans = [self._call(trace_id, root, now - (calls - number) * SECOND // 2, who) for number in range(calls)]
        attributes = {"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "support", **who}
        spans.append(
            EndedSpan(
                trace_id, root, 0, "invoke_agent support", SCOPE, "1.0", now - 3 * SECOND, now, attributes,
                is_local_root=True,
            )
        )  # fmt: skip
        self.now_unix_nano += 1_000
        return spans

    def _call(self, trace_id: int, root: int, end_unix_nano: int, who: dict[str, str]) -> EndedSpan:
        self._calls += 1
        return EndedSpan(
            trace_id, self._random.getrandbits(64) | 1, root, "chat gpt", SCOPE, "1.0",
            end_unix_nano - SECOND // 3, end_unix_nano,
            {
                **ai_attributes(self._calls), **who,
                "gen_ai.usage.input_tokens": self._random.randrange(300, 9_000),
                "gen_ai.usage.output_tokens": self._random.randrange(20, 900),
            },
        )  # fmt: skip
