"""One call seen by a library inside another's span: the innermost with the best numbers pays, once."""

from __future__ import annotations

from msgspec.structs import replace

from otel_agentcost.ledger.standing import Verdict
from otel_agentcost.model.outcome import DUPLICATE, ESTIMATED, FREE, PRICED, UNPRICED, Reason
from otel_agentcost.model.quote import Quote
from otel_agentcost.model.usage import Usage

from .facts import (
    FRAMEWORK,
    GATEWAY,
    SDK,
    USAGE,
    agent,
    call,
    cost,
    duplicates,
    embedding,
    judged,
    payers,
    plain,
    price,
    tool,
    workflow,
)


def test_the_inner_span_of_two_that_tell_one_call_pays() -> None:
    verdicts = judged(agent(1), call(2, 1, (0, 10), scope=FRAMEWORK), call(3, 2, (1, 9)))
    assert verdicts[3].status == PRICED
    assert verdicts[2] == Verdict(DUPLICATE, Reason.SAME_CALL, 0, 3)
    assert cost(verdicts) == price(USAGE)


def test_spans_that_are_not_about_ai_between_the_two_change_nothing() -> None:
    verdicts = judged(call(2, 0, (0, 10), scope=FRAMEWORK), plain(3, 2), plain(4, 3), call(5, 4, (1, 9)))
    assert payers(verdicts) == {5}


def test_a_chain_between_the_two_changes_nothing() -> None:
    verdicts = judged(call(2, 0, (0, 10), scope=FRAMEWORK), workflow(3, 2), call(5, 3, (1, 9)))
    assert payers(verdicts) == {5}


def test_of_framework_sdk_and_gateway_one_pays() -> None:
    verdicts = judged(call(2, 0, (0, 10), scope=FRAMEWORK), call(3, 2, (1, 9)), call(4, 3, (2, 8), scope=GATEWAY))
    assert payers(verdicts) == {4}
    assert duplicates(verdicts) == {2, 3}


def test_the_outer_span_pays_where_the_inner_one_has_no_usage() -> None:
    verdicts = judged(
        call(2, 0, (0, 10), scope=FRAMEWORK),
        call(3, 2, (1, 9), usage=None, doubt=Reason.STREAM_WITHOUT_USAGE),
    )
    assert payers(verdicts) == {2}
    assert duplicates(verdicts) == {3}


def test_the_outer_span_pays_where_only_it_tells_of_cached_tokens() -> None:
    cached = replace(USAGE, cache_read_tokens=64)
    verdicts = judged(call(2, 0, (0, 10), scope=FRAMEWORK, usage=cached), call(3, 2, (1, 9)))
    assert payers(verdicts) == {2}


def test_the_outer_span_pays_where_the_inner_one_names_a_model_without_a_price() -> None:
    unknown = Quote(UNPRICED, Reason.UNKNOWN_MODEL)
    verdicts = judged(call(2, 0, (0, 10), scope=FRAMEWORK), call(3, 2, (1, 9), quote=unknown))
    assert payers(verdicts) == {2}


def test_a_free_call_pays_nothing_and_is_no_duplicate() -> None:
    free = Quote(FREE)
    verdicts = judged(call(2, 0, (0, 10), scope=FRAMEWORK, quote=free), call(3, 2, (1, 9), quote=free))
    assert verdicts[3].status == FREE
    assert cost(verdicts) == 0


def test_of_retries_inside_one_span_the_answered_one_pays_and_the_failed_ones_are_flagged() -> None:
    failed = {"usage": None, "doubt": Reason.CALL_FAILED, "is_failed": True}
    verdicts = judged(
        call(2, 0, (0, 30), scope=FRAMEWORK),
        call(3, 2, (1, 9), **failed),
        call(4, 2, (10, 19), **failed),
        call(5, 2, (20, 29)),
    )
    assert payers(verdicts) == {5}
    assert verdicts[2].status == DUPLICATE
    assert [verdicts[n].status for n in (3, 4)] == [UNPRICED, UNPRICED]


def test_where_each_retry_failed_the_outer_span_is_no_call_of_its_own() -> None:
    failed = {"usage": None, "doubt": Reason.CALL_FAILED, "is_failed": True}
    verdicts = judged(
        call(2, 0, (0, 30), scope=FRAMEWORK, **failed), call(3, 2, (1, 9), **failed), call(4, 2, (10, 19), **failed)
    )
    assert payers(verdicts) == set()
    assert sum(verdict.status == UNPRICED for verdict in verdicts.values()) == 2


def test_a_span_around_several_answered_calls_repeats_them() -> None:
    verdicts = judged(
        call(2, 0, (0, 30), scope=FRAMEWORK, usage=Usage(200, 20)), call(3, 2, (1, 9)), call(4, 2, (10, 19))
    )
    assert payers(verdicts) == {3, 4}
    assert verdicts[2].reason == Reason.REPEATS_ITS_CHILDREN


def test_a_span_around_several_calls_without_numbers_is_their_sum() -> None:
    mute = {"usage": None, "doubt": Reason.MISSING_USAGE}
    verdicts = judged(
        call(2, 0, (0, 30), scope=FRAMEWORK, usage=Usage(200, 20)),
        call(3, 2, (1, 9), **mute),
        call(4, 2, (9, 19), **mute),
    )
    assert verdicts[2] == Verdict(ESTIMATED, Reason.SUM_OF_CALLS, price(Usage(200, 20)), 0)


def test_a_call_and_the_calls_of_an_agent_inside_a_tool_inside_it_are_all_paid() -> None:
    verdicts = judged(
        agent(1),
        call(2, 1, (0, 50), scope=FRAMEWORK, usage=Usage(300, 30)),
        tool(3, 2, (10, 40)),
        agent(4, 3, (11, 39)),
        call(5, 4, (12, 20), usage=Usage(50, 5)),
        call(6, 4, (21, 30), usage=Usage(60, 6)),
    )
    assert payers(verdicts) == {2, 5, 6}


def test_a_call_inside_a_tool_inside_a_call_is_paid_beside_it() -> None:
    verdicts = judged(call(2, 0, (0, 50), usage=Usage(300, 30)), tool(3, 2), call(4, 3, (12, 18), scope=GATEWAY))
    assert payers(verdicts) == {2, 4}


def test_embeddings_inside_a_chat_call_are_paid_beside_it() -> None:
    verdicts = judged(
        call(2, 0, (0, 50), scope=FRAMEWORK),
        embedding(3, 2, (1, 5), request_model="text-embedding-3-small", usage=Usage(21, 0)),
    )
    assert payers(verdicts) == {2, 3}


def test_embeddings_inside_a_chat_stream_without_usage_do_not_stand_for_it() -> None:
    verdicts = judged(
        call(2, 0, (0, 50), scope=FRAMEWORK, usage=None, doubt=Reason.STREAM_WITHOUT_USAGE),
        embedding(3, 2, (1, 5), request_model="text-embedding-3-small", usage=Usage(21, 0)),
    )
    assert verdicts[2].status == UNPRICED
    assert payers(verdicts) == {3}


def test_an_embedding_that_an_outer_library_calls_a_completion_is_one_call() -> None:
    verdicts = judged(
        call(2, 0, (0, 50), scope=FRAMEWORK, usage=Usage(21, 0)),
        embedding(3, 2, (1, 5), usage=Usage(21, 0)),
    )
    assert payers(verdicts) == {3}


def test_two_answers_with_names_and_counts_of_their_own_are_two_calls() -> None:
    verdicts = judged(
        call(2, 0, (0, 50), scope=FRAMEWORK, response_id="resp_a", usage=Usage(900, 9)),
        call(3, 2, (1, 5), response_id="resp_b"),
    )
    assert payers(verdicts) == {2, 3}


def test_a_gateway_that_renames_the_answer_is_no_second_call() -> None:
    verdicts = judged(
        call(2, 0, (0, 50), scope=GATEWAY, response_id="chatcmpl-a"), call(3, 2, (1, 5), response_id="msg_b")
    )
    assert payers(verdicts) == {3}


def test_another_model_with_other_counts_is_another_call() -> None:
    verdicts = judged(
        call(2, 0, (0, 50), scope=FRAMEWORK, usage=Usage(900, 9)), call(3, 2, (1, 5), request_model="claude-haiku-4-5")
    )
    assert payers(verdicts) == {2, 3}


def test_one_instrumentation_that_nests_two_spans_of_one_call_is_paid_once() -> None:
    verdicts = judged(call(2, 0, (0, 10)), call(3, 2, (1, 9)))
    assert payers(verdicts) == {3}


def test_the_response_names_the_model_where_a_router_swapped_it() -> None:
    verdicts = judged(
        call(2, 0, (0, 10), scope=GATEWAY, request_model="smart-router"),
        call(3, 2, (1, 9), request_model="gpt-4o", response_model="gpt-4o-2024-08-06", scope=SDK),
    )
    assert payers(verdicts) == {3}
