"""One call told by two spans side by side, and alike calls that are two."""

from __future__ import annotations

import random

import pytest
from msgspec.structs import replace

from otel_agentcost.model.fact import Fact
from otel_agentcost.model.outcome import DUPLICATE, PRICED, UNPRICED, Reason
from otel_agentcost.model.usage import Usage

from .facts import FRAMEWORK, GATEWAY, SDK, USAGE, agent, call, duplicates, judged, payers

STREAM = {"usage": None, "doubt": Reason.STREAM_WITHOUT_USAGE, "is_stream": True}


def test_two_spans_of_one_response_are_one_call() -> None:
    verdicts = judged(agent(1), call(2, response_id="r1"), call(3, at=(50, 60), scope=FRAMEWORK, response_id="r1"))
    assert len(payers(verdicts)) == 1
    assert len(duplicates(verdicts)) == 1


def test_two_libraries_may_count_one_response_differently() -> None:
    verdicts = judged(
        agent(1), call(2, response_id="r1"), call(3, scope=FRAMEWORK, response_id="r1", usage=Usage(104, 12))
    )
    assert len(payers(verdicts)) == 1


def test_two_responses_of_the_same_counts_are_two_calls() -> None:
    verdicts = judged(agent(1), call(2, response_id="r1"), call(3, scope=FRAMEWORK, response_id="r2"))
    assert payers(verdicts) == {2, 3}


def test_a_provider_that_names_every_answer_alike_is_paid_for_each_answer() -> None:
    verdicts = judged(
        agent(1),
        call(2, at=(0, 10), response_id="chatcmpl-123"),
        call(3, at=(20, 30), response_id="chatcmpl-123", usage=Usage(200, 20)),
        call(4, at=(40, 50), response_id="chatcmpl-123"),
    )
    assert payers(verdicts) == {2, 3, 4}


def test_two_libraries_that_saw_the_same_counts_at_the_same_time_saw_one_call() -> None:
    verdicts = judged(agent(1), call(2, at=(0, 10), scope=FRAMEWORK), call(3, at=(1, 9)))
    assert len(payers(verdicts)) == 1


def test_clocks_read_one_after_the_other_do_not_make_two_calls() -> None:
    verdicts = judged(agent(1), call(2, at=(0, 10), scope=FRAMEWORK), call(3, at=(-1, 13)), call(4, at=(50, 60)))
    assert len(payers(verdicts)) == 2


def test_two_libraries_that_saw_the_same_counts_one_after_the_other_saw_two_calls() -> None:
    verdicts = judged(agent(1), call(2, at=(0, 10), scope=FRAMEWORK), call(3, at=(30, 40)))
    assert payers(verdicts) == {2, 3}


@pytest.mark.parametrize(
    "other", [{"usage": Usage(101, 10)}, {"usage": Usage(100, 11)}, {"request_model": "claude-haiku-4-5"}]
)
def test_other_counts_or_another_model_are_another_call(other: dict[str, object]) -> None:
    verdicts = judged(agent(1), call(2, at=(0, 10), scope=FRAMEWORK), call(3, at=(1, 9), **other))
    assert payers(verdicts) == {2, 3}


def test_a_count_that_leaves_out_the_cached_tokens_is_the_same_call() -> None:
    cached = replace(USAGE, cache_read_tokens=64)
    verdicts = judged(
        agent(1), call(2, at=(0, 10), scope=FRAMEWORK, usage=cached), call(3, at=(1, 9), usage=Usage(36, 10))
    )
    assert payers(verdicts) == {2}


def test_identical_concurrent_calls_of_one_instrumentation_are_all_paid() -> None:
    verdicts = judged(agent(1), *(call(n, at=(0, 10)) for n in range(2, 7)))
    assert payers(verdicts) == {2, 3, 4, 5, 6}


def test_identical_concurrent_calls_told_by_two_instrumentations_are_paid_once_each() -> None:
    inner = [call(n, at=(1, 9)) for n in range(10, 15)]
    outer = [call(n, at=(0, 10), scope=FRAMEWORK) for n in range(20, 25)]
    assert len(payers(judged(agent(1), *inner, *outer))) == 5


def test_crossed_starts_of_identical_concurrent_calls_do_not_merge_two_into_one() -> None:
    verdicts = judged(
        agent(1),
        call(10, 1, (0, 10), scope=FRAMEWORK),
        call(11, 1, (0.1, 10.1), scope=FRAMEWORK),
        call(21, 11, (1, 9)),
        call(20, 10, (1.5, 9)),
    )
    assert payers(verdicts) == {20, 21}


@pytest.mark.parametrize("seed", range(40))
def test_any_mixture_of_instrumentations_of_concurrent_identical_calls_is_paid_per_call(seed: int) -> None:
    """Frameworks around, gateways beside: as many payers as calls, whatever started first."""
    chance = random.Random(seed)
    calls, facts = chance.randint(2, 5), list[Fact]()
    for n in range(calls):
        start, end = chance.random(), 10 + chance.random()
        facts.append(call(100 + n, 1, (start, end), scope=FRAMEWORK))
        if chance.random() < 0.8:
            facts.append(call(200 + n, 100 + n, (start + chance.random(), end - chance.random()), scope=SDK))
        if chance.random() < 0.5:
            facts.append(call(300 + n, 1, (start + 0.05, end - 0.05), scope=GATEWAY))
    chance.shuffle(facts)
    assert len(payers(judged(agent(1), *facts))) == calls


def test_a_stream_and_the_span_that_tells_its_end_are_one_call() -> None:
    verdicts = judged(agent(1), call(2, at=(0, 5), **STREAM), call(3, at=(20, 20), is_stream=True, ends_stream=True))
    assert payers(verdicts) == {3}
    assert duplicates(verdicts) == {2}


def test_each_end_of_a_stream_goes_with_one_beginning() -> None:
    ends = {"is_stream": True, "ends_stream": True}
    verdicts = judged(
        agent(1),
        call(2, at=(0, 1), **STREAM), call(3, at=(2, 3), **STREAM),
        call(4, at=(20, 20), **ends), call(5, at=(30, 30), **ends),
    )  # fmt: skip
    assert payers(verdicts) == {4, 5}
    assert duplicates(verdicts) == {2, 3}


def test_a_stream_whose_end_is_never_told_stays_flagged() -> None:
    verdicts = judged(
        agent(1), call(2, at=(0, 1), **STREAM), call(3, at=(2, 3), **STREAM),
        call(4, at=(20, 20), is_stream=True, ends_stream=True),
    )  # fmt: skip
    assert sorted(verdict.status for verdict in verdicts.values()) == [DUPLICATE, PRICED, UNPRICED]


def test_a_stream_is_ended_by_its_own_model_only() -> None:
    ends = {"is_stream": True, "ends_stream": True, "request_model": "claude-haiku-4-5"}
    verdicts = judged(agent(1), call(2, at=(0, 1), **STREAM), call(3, at=(20, 20), **ends))
    assert (verdicts[2].status, verdicts[3].status) == (UNPRICED, PRICED)


def test_a_stream_ends_beside_where_it_began_only() -> None:
    verdicts = judged(
        agent(1),
        agent(9, 1),
        call(2, 1, at=(0, 1), **STREAM),
        call(4, 9, at=(20, 20), is_stream=True, ends_stream=True),
    )
    assert verdicts[2].status == UNPRICED


def test_a_span_without_usage_beside_one_with_it_is_the_same_call_seen_by_another_library() -> None:
    verdicts = judged(agent(1), call(2, at=(0, 10), scope=FRAMEWORK, **STREAM), call(3, at=(1, 9)))
    assert payers(verdicts) == {3}
    assert duplicates(verdicts) == {2}


def test_a_failed_span_beside_an_answered_one_is_a_call_of_its_own() -> None:
    verdicts = judged(
        agent(1),
        call(2, at=(0, 10), scope=FRAMEWORK, usage=None, doubt=Reason.CALL_FAILED, is_failed=True),
        call(3, at=(1, 9)),
    )
    assert (verdicts[2].status, verdicts[3].status) == (UNPRICED, PRICED)


def test_a_thousand_alike_concurrent_streams_are_judged() -> None:
    facts = [call(n, at=(0, 10), **STREAM) for n in range(10, 1010)]
    ends = [call(n, at=(20, 20), is_stream=True, ends_stream=True) for n in range(2000, 3000)]
    assert len(payers(judged(agent(1), *facts, *ends))) == 1000
