"""Libraries that write each call onto one span, over the last: LiteLLM's callback on its caller's span."""

from __future__ import annotations

from msgspec.structs import replace

from otel_agentcost.model.outcome import DUPLICATE, ESTIMATED, PRICED, Reason
from otel_agentcost.model.usage import Usage

from .facts import GATEWAY, USAGE, agent, call, duplicates, judged, payers

LAST = {"covers": "last", "scope": GATEWAY}


def test_the_root_that_was_written_upon_repeats_the_calls_below_it() -> None:
    verdicts = judged(call(1, 0, (0, 50), **LAST), call(2, 1, (1, 9)), call(3, 1, (10, 19)))
    assert payers(verdicts) == {2, 3}
    assert verdicts[1].reason == Reason.REPEATS_ITS_CHILDREN


def test_it_pays_where_the_one_call_below_it_knows_less() -> None:
    mute = {"usage": None, "doubt": Reason.MISSING_USAGE}
    verdicts = judged(call(1, 0, (0, 50), **LAST), call(2, 1, (1, 9), **mute))
    assert verdicts[1].status == PRICED
    assert duplicates(verdicts) == {2}


def test_it_pays_where_only_it_tells_of_cached_tokens() -> None:
    cached = replace(USAGE, cache_read_tokens=64)
    verdicts = judged(call(1, 0, (0, 50), usage=cached, **LAST), call(2, 1, (1, 9)))
    assert payers(verdicts) == {1}


def test_alone_it_was_the_only_call_as_far_as_anybody_sees() -> None:
    assert judged(call(1, 0, (0, 50), **LAST))[1].status == PRICED


def test_beside_other_telemetry_without_calls_below_it_only_the_last_call_is_left() -> None:
    verdicts = judged(agent(1), call(2, 1, (0, 50), **LAST))
    assert verdicts[2].status == ESTIMATED
    assert verdicts[2].reason == Reason.LAST_CALL_ONLY


def test_two_of_them_nested_count_once() -> None:
    verdicts = judged(call(1, 0, (0, 50), **LAST), call(2, 1, (1, 40), usage=Usage(300, 3), **LAST))
    assert len(payers(verdicts)) == 1
    assert verdicts[1].status == DUPLICATE
