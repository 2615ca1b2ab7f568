"""A doubt about cached tokens is lifted only where nothing can have been cached."""

from __future__ import annotations

import pytest

from otel_agentcost.ledger.doubts import SHORT_PROMPT_TOKENS, proven_uncached
from otel_agentcost.model.outcome import ESTIMATED, PRICED, Reason
from otel_agentcost.model.usage import Usage

from .facts import agent, call, judged

DOUBTED = {"doubt": Reason.CACHE_TOKENS_NOT_REPORTED}
SHORT = Usage(SHORT_PROMPT_TOKENS - 1, 10)


def test_the_first_short_prompt_of_an_execution_cannot_have_been_cached() -> None:
    verdicts = judged(agent(1), call(2, usage=SHORT, **DOUBTED), call(3, at=(20, 30), usage=SHORT, **DOUBTED))
    assert (verdicts[2].status, verdicts[3].status) == (PRICED, ESTIMATED)


def test_a_long_first_prompt_may_have_been_cached_before() -> None:
    assert proven_uncached([call(2, usage=Usage(SHORT_PROMPT_TOKENS, 10), **DOUBTED)]) == set()


def test_the_first_prompt_of_each_model_counts() -> None:
    other = call(3, at=(20, 30), usage=SHORT, request_model="claude-haiku-4-5", **DOUBTED)
    assert proven_uncached([call(2, usage=SHORT, **DOUBTED), other]) == {2, 3}


def test_a_dated_name_is_the_same_model() -> None:
    other = call(3, at=(20, 30), usage=SHORT, request_model="gpt-4o-mini-2024-07-18", **DOUBTED)
    assert proven_uncached([call(2, usage=SHORT, **DOUBTED), other]) == {2}


def test_a_provider_that_caches_small_blocks_is_not_believed() -> None:
    assert proven_uncached([call(2, usage=SHORT, host="api.deepseek.com", **DOUBTED)]) == set()


@pytest.mark.parametrize("doubt", [Reason.STREAM_ABANDONED, Reason.UNMARKED_ESTIMATE, Reason.TOOL_TOKENS_NOT_REPORTED])
def test_other_doubts_stay(doubt: str) -> None:
    assert proven_uncached([call(2, usage=SHORT, doubt=doubt)]) == set()
