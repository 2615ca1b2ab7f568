"""How every store must find executions."""

from __future__ import annotations

from dataclasses import replace

import pytest

from otel_agentcost.model.identity import NOBODY
from otel_agentcost.model.query import ExecutionQuery
from otel_agentcost.model.sums import Sums
from otel_agentcost.model.usage import Usage
from otel_agentcost.stores.open import Store
from tests.unit.stores.committing import LARGEST, put
from tests.unit.stores.making import (
    BOB,
    HOUR,
    NOON,
    SECOND,
    call,
    duplicate,
)


def _what_is_asked(value: object) -> str | None:
    if not isinstance(value, ExecutionQuery):
        return None
    usual = vars(ExecutionQuery())
    return ",".join(f"{name}={asked}" for name, asked in vars(value).items() if asked != usual[name]) or "all"


class ExecutionsContract:
    """How every store must find executions."""

    @pytest.mark.parametrize(
        ("query", "ids"),
        [
            (ExecutionQuery(), [4, 3, 2, 1]),
            (ExecutionQuery(since_unix_nano=NOON + HOUR), [4, 3, 2]),
            (ExecutionQuery(until_unix_nano=NOON + HOUR), [1]),
            (ExecutionQuery(since_unix_nano=NOON, until_unix_nano=NOON + 2 * HOUR), [2, 1]),
            (ExecutionQuery(user="alice"), [3, 1]),
            (ExecutionQuery(user="Alice"), []),
            (ExecutionQuery(user=""), [4]),
            (ExecutionQuery(team="search"), [2]),
            (ExecutionQuery(organization="acme"), [3, 2, 1]),
            (ExecutionQuery(organization=""), [4]),
            (ExecutionQuery(feature="triage"), [3, 1]),
            (ExecutionQuery(environment="prod", user="bob"), [2]),
            (ExecutionQuery(environment="staging"), []),
            (ExecutionQuery(conversation="c-2"), [2]),
            (ExecutionQuery(agent="planner"), [4, 3, 1]),
            (ExecutionQuery(agent='say "hi"'), [3, 2]),
            (ExecutionQuery(agent="hi"), []),
            (ExecutionQuery(agent="100%"), [2]),
            (ExecutionQuery(agent="1%"), []),
            (ExecutionQuery(agent=""), [4]),
            (ExecutionQuery(agent="nobody"), []),
            (ExecutionQuery(model="gpt-4o_mini"), []),
            (ExecutionQuery(model="o3"), [3]),
            (ExecutionQuery(model="gpt-4o-mini", user="bob"), [2]),
            (ExecutionQuery(state="completed"), [3]),
            (ExecutionQuery(state="running"), [4, 2, 1]),
            (ExecutionQuery(min_cost_nano_usd=200), [3, 2]),
            (ExecutionQuery(max_cost_nano_usd=200), [4, 2, 1]),
            (ExecutionQuery(min_cost_nano_usd=101, max_cost_nano_usd=299), [2]),
            (ExecutionQuery(order="cost"), [3, 2, 1, 4]),
            (ExecutionQuery(order="cost", descending=False), [1, 4, 2, 3]),
            (ExecutionQuery(order="start", descending=False), [1, 2, 3, 4]),
            (ExecutionQuery(order="duration"), [2, 1, 3, 4]),
            (ExecutionQuery(order="duration", descending=False), [1, 3, 4, 2]),
            (ExecutionQuery(order="calls"), [2, 3, 4, 1]),
            (ExecutionQuery(order="calls", descending=False), [1, 2, 3, 4]),
            (ExecutionQuery(limit=2), [4, 3]),
            (ExecutionQuery(limit=2, offset=1), [3, 2]),
            (ExecutionQuery(limit=None, offset=3), [1]),
            (ExecutionQuery(offset=9), []),
            (ExecutionQuery(limit=0), []),
        ],
        ids=_what_is_asked,
    )
    def test_executions_are_found_by_what_they_were(self, store: Store, query: ExecutionQuery, ids: list[int]) -> None:
        self._put_four(store)
        found = store.executions(query)
        assert [each.execution_id for each in found] == ids
        whole_set = store.executions(replace(query, limit=None, offset=0))
        assert store.executions_total(query) == Sums(
            sum(each.cost_nano_usd for each in whole_set), sum(each.calls for each in whole_set),
            sum(each.unpriced_calls for each in whole_set), sum(each.estimated_calls for each in whole_set),
            sum(each.input_tokens for each in whole_set), sum(each.cache_read_tokens for each in whole_set),
            sum(each.cache_write_tokens for each in whole_set), sum(each.output_tokens for each in whole_set),
            sum(each.reasoning_tokens for each in whole_set), sum(each.tool_calls for each in whole_set),
            sum(each.tool_cost_nano_usd for each in whole_set), len(whole_set),
        )  # fmt: skip
        stored = store.load(ids)
        assert found == [stored[each].summary for each in ids]

    def _put_four(self, store: Store) -> None:
        put(store, 1, [call(1, 1, NOON, cost=100)], tool_calls=3)
        put(
            store,
            2,
            [
                call(2, 1, NOON + HOUR, cost=150, who=BOB, agent='say "hi"', cost_source="provider"),
                call(2, 2, NOON + HOUR + SECOND, cost=50, who=BOB, agent="100%", status="estimated", reason="x"),
            ],
        )
        put(
            store,
            3,
            [
                call(3, 1, NOON + 2 * HOUR, cost=200, model="o3", usage=Usage(9, 8, 7, 1, 1, 4)),
                call(3, 2, NOON + 2 * HOUR, cost=100, agent='say "hi"'),
                duplicate(3, 3, payer=2, at=NOON + 2 * HOUR),
            ],
            state="completed",
        )
        put(
            store,
            4,
            [
                call(4, 1, NOON + 3 * HOUR, cost=100, who=NOBODY),
                call(4, 2, NOON + 3 * HOUR, cost=0, who=NOBODY, agent=None, status="unpriced"),
            ],
        )

    def test_no_executions_sum_up_to_nothing(self, store: Store) -> None:
        assert store.executions_total(ExecutionQuery(user="nobody")) == Sums()

    def test_executions_are_found_by_the_beginning_of_their_ids(self, store: Store) -> None:
        ids = [0xABC << 116, 0xABD << 116, 0xAB << 120 | 5, 5, LARGEST]
        for each in ids:
            put(store, each, [call(each, 1)])
        assert store.find("ab") == sorted(ids[:3])
        assert store.find("AB") == sorted(ids[:3])
        assert store.find("abc") == [ids[0]]
        assert store.find("abd") == [ids[1]]
        assert store.find("0") == [5]
        assert store.find(f"{5:032x}") == [5]
        assert store.find("f" * 32) == [LARGEST]
        assert store.find("") == sorted(ids)
        assert store.find("", limit=2) == sorted(ids)[:2]
        for no_prefix in ("xyz", "a_b", "0xab", " ab", "-1", "f" * 33, "ab%"):
            assert store.find(no_prefix) == []
