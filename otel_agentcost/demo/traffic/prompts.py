"""A conversation with a model: its prompt grows from turn to turn, and its beginning is read from a cache."""

from __future__ import annotations

import random
from math import log

from otel_agentcost.demo.traffic.models import Model
from otel_agentcost.demo.traffic.plan import ModelCall
from otel_agentcost.model.usage import Usage

_LEAST_CACHED = 1_024
_CACHE_STEP = 128
"""OpenAI caches beginnings of at least the former, in steps of the latter."""
_READ_TOKENS_PER_SECOND = 9_000


def around(median: float, dice: random.Random, spread: float = 0.35) -> int:
    """Return a size near the median, now and then a much larger one: sizes of texts are like that."""
    return max(1, round(dice.lognormvariate(log(median), spread)))


class Conversation:
    """One conversation. `ask` is a turn: what is new is added to the prompt, and the answer after it.

    Args:
        model: whom it is with.
        prompt_tokens: of the instructions that it begins with.
        dice: decides what is left to chance.
        is_warm: whether somebody else asked with the same instructions a moment ago, so that a cache holds them.
    """

    def __init__(self, model: Model, prompt_tokens: int, dice: random.Random, *, is_warm: bool = False) -> None:
        self._model = model
        self._dice = dice
        self._prompt_tokens = prompt_tokens
        self._cached_tokens = prompt_tokens if is_warm and model.caching != "none" else 0

    def ask(
        self, new_tokens: int, output_tokens: int, *, reasoning_tokens: int = 0, is_stream: bool = False
    ) -> ModelCall:
        """Return the next call."""
        self._prompt_tokens += new_tokens
        usage = self._usage(output_tokens + reasoning_tokens, reasoning_tokens)
        self._cached_tokens = self._prompt_tokens if self._model.caching != "none" else 0
        self._prompt_tokens += output_tokens
        return ModelCall(self._model, usage, self._seconds(usage), self._response_id(), is_stream)

    def fail(self, error: str) -> ModelCall:
        """Return the next call as one that fails: the provider generates nothing, and bills nothing."""
        return ModelCall(self._model, Usage(), 0.2 + self._dice.random(), "", error=error)

    def _usage(self, output_tokens: int, reasoning_tokens: int) -> Usage:
        known = min(self._cached_tokens, self._prompt_tokens)
        read = written = 0
        if self._model.caching == "prefix":
            read = known // _CACHE_STEP * _CACHE_STEP if known >= _LEAST_CACHED else 0
        elif self._model.caching == "marked":
            read, written = known, self._prompt_tokens - known
        return Usage(
            self._prompt_tokens,
            output_tokens,
            cache_read_tokens=read,
            cache_write_5m_tokens=written,
            reasoning_tokens=reasoning_tokens,
        )

    def _seconds(self, usage: Usage) -> float:
        fresh = usage.input_tokens - usage.cache_read_tokens
        pure = 0.25 + fresh / _READ_TOKENS_PER_SECOND + usage.output_tokens / self._model.tokens_per_second
        return pure * self._dice.uniform(0.8, 1.4)

    def _response_id(self) -> str:
        return f"{self._model.id_prefix}{self._dice.getrandbits(64):016x}"


def embed(model: Model, tokens: int, dice: random.Random) -> ModelCall:
    """Return a request for embeddings, which answers with no tokens."""
    return ModelCall(model, Usage(tokens), 0.06 + tokens / 40_000 + 0.05 * dice.random(), "")
