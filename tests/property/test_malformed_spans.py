"""Whatever stands on a span, the engine takes it: no exception, no priced nonsense, no long pause."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from otel_agentcost.conventions.registry import BY_SCOPE, MARKS
from otel_agentcost.engine.ports import EndedSpan
from otel_agentcost.model.outcome import COUNTED, UNPRICED
from tests.integration.fuzz_mutations import NESTED, NUMBERS, TEXTS, attribute_names, malformed

from .drawn import Drawn
from .examples import examples
from .invariants import check, check_order

EXAMPLES = settings(max_examples=examples(200), deadline=None, suppress_health_check=list(HealthCheck))

integers = st.integers() | st.sampled_from([0, -1, 10**9 + 1, 10**18, 2**63, 10**400])
texts = (
    st.text(max_size=40) | st.sampled_from(TEXTS) | st.text(st.characters(categories=["Cs", "Cc", "Nd"]), max_size=5)
)
scalars = st.none() | st.booleans() | integers | st.floats() | texts | st.binary(max_size=20) | st.sampled_from(NUMBERS)
values = st.recursive(scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3))
names = st.sampled_from(attribute_names()) | st.sampled_from(sorted(MARKS)) | texts
ids = st.sampled_from([0, 1, 2, 3]) | st.integers(0, 2**64 - 1)
clocks = st.integers(-(2**63), 2**64) | st.sampled_from([0, -1, 946684800 * 10**9, 16725225600 * 10**9])
spans = st.builds(
    EndedSpan,
    trace_id=st.sampled_from([0, 1, 2]),
    span_id=ids,
    parent_span_id=ids,
    name=texts | st.sampled_from(["invoke_agent x", "execute_tool y", "chat gpt-5", "raw_gen_ai_request"]),
    scope_name=texts | st.sampled_from(sorted(BY_SCOPE)),
    scope_version=texts,
    start_unix_nano=clocks,
    end_unix_nano=clocks,
    attributes=st.dictionaries(names, values, max_size=12),
    is_error=st.booleans(),
    dropped_attributes=st.integers(0, 300),
    resource=st.dictionaries(names, values, max_size=2),
    baggage=st.dictionaries(st.sampled_from(["user.id", "agentcost.team"]), st.text(max_size=9), max_size=2),
    is_local_root=st.booleans(),
)

CHAT = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "openai",
    "gen_ai.request.model": "gpt-4o-mini",
    "gen_ai.usage.input_tokens": 100,
    "gen_ai.usage.output_tokens": 10,
}


def chat(**changed: Any) -> EndedSpan:
    attributes = {**CHAT, **changed.pop("attributes", {})}
    return EndedSpan(1, 2, 0, "chat", "app", "1", 10**18, 10**18 + 1, attributes, is_local_root=True)._replace(
        **changed
    )


@settings(EXAMPLES, max_examples=examples(80))
@given(st.lists(spans, min_size=1, max_size=6))
def test_spans_of_anything_are_taken(made: list[EndedSpan]) -> None:
    check(made)


@EXAMPLES
@given(st.data())
def test_recorded_spans_with_changes_are_taken_in_any_order(data: st.DataObject) -> None:
    made = malformed(Drawn(data))
    check(made)
    check_order(made, data.draw(st.permutations(made)))


@EXAMPLES
@given(st.sampled_from(attribute_names()), values)
def test_no_value_of_any_attribute_prices_the_impossible(name: str, value: Any) -> None:
    """`check` asserts it: what is counted has a possible usage and a cost that is no less than nothing."""
    check([chat(attributes={name: value})])


@pytest.mark.parametrize(
    "attributes",
    [
        {"gen_ai.usage.input_tokens": -1},
        {"gen_ai.usage.output_tokens": -(10**18)},
        {"gen_ai.usage.input_tokens": 10**18},
        {"gen_ai.usage.input_tokens": "9" * 19},
        {"gen_ai.usage.cache_read.input_tokens": 101, "gen_ai.usage.total_tokens": 110},
        {"gen_ai.usage.reasoning.output_tokens": 11},
        {"gen_ai.usage.cache_creation.input_tokens": -5},
    ],
)
def test_a_usage_that_nobody_can_have_billed_is_unpriced_and_says_so(attributes: dict[str, Any]) -> None:
    (execution,) = check([chat(attributes=attributes)])
    assert [(call.status, call.reason) for call in execution.calls_list] == [(UNPRICED, "impossible_usage")]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 0.5, None, True, "many", [100], {"n": 100}, b"100", ""])
def test_a_count_that_is_no_count_is_missing_and_not_zero(value: Any) -> None:
    (execution,) = check([chat(attributes={"gen_ai.usage.input_tokens": value})])
    assert [(call.status, call.reason) for call in execution.calls_list] == [(UNPRICED, "missing_input_tokens")]


@pytest.mark.parametrize("value", [100, 100.0, "100", "100.0", " 100 "])
def test_a_count_spelled_otherwise_is_the_same_count(value: Any) -> None:
    (execution,) = check([chat(attributes={"gen_ai.usage.input_tokens": value})])
    assert execution.calls_list[0].usage.input_tokens == 100
    assert execution.calls_list[0].status in COUNTED


@pytest.mark.parametrize(
    ("start", "end"), [(10**18, 5), (0, 0), (-5, -9), (16725225600 * 10**9, 16725225600 * 10**9), (10**30, 10**31)]
)
def test_absurd_clocks_neither_raise_nor_lose_the_call(start: int, end: int) -> None:
    (execution,) = check([chat(start_unix_nano=start, end_unix_nano=end)])
    assert execution.calls == 1


def test_parents_in_a_circle_lose_no_call() -> None:
    circle = [chat(span_id=n, parent_span_id=n % 3 + 1, attributes={"gen_ai.response.id": f"r{n}"}) for n in (1, 2, 3)]
    (execution,) = check(circle)
    assert execution.calls >= 1


def test_missing_ids_are_taken_as_they_are() -> None:
    executions = check([chat(trace_id=0, span_id=0, parent_span_id=0)])
    assert executions[0].calls == 1


READ = ("usage", "token_count", "model", "output.value", "input.value", "metadata", "invocation_parameters", "address")


@pytest.mark.parametrize(
    "name", [n for n in attribute_names() if any(part in n for part in READ) and not any(c.isdigit() for c in n)]
)
def test_megabytes_in_one_attribute_take_no_longer_than_a_page(name: str) -> None:
    for value in ("x" * 3_000_000, "{" + '"a":' * 500_000, "{'" + "a" * 3_000_000, "9" * 3_000_000):
        check([chat(attributes={name: value})])


@pytest.mark.parametrize("text", TEXTS[-60:])
@pytest.mark.parametrize("scope", ["openinference.instrumentation.smolagents", "litellm", "logfire.openai"])
def test_texts_made_to_hurt_a_parser_do_not(text: str, scope: str) -> None:
    hurt = {
        "openinference.span.kind": "LLM", "output.value": text, "input.value": text, "gen_ai.usage.raw": text,
        "llm.invocation_parameters": text, "metadata": text, "request_data": text, "hidden_params": text,
        "llm.openai.usage": text, "gen_ai.request.model": text, "server.address": text, "gen_ai.response.model": text,
    }  # fmt: skip
    check([chat(scope_name=scope, attributes=hurt)])
    check([chat(scope_name=text, name=text, scope_version=text, attributes=hurt)])


def test_ten_thousand_attributes_are_no_burden() -> None:
    many = {f"gen_ai.prompt.{n}.content": "x" for n in range(10_000)}
    (execution,) = check([chat(attributes=many)])
    assert execution.cost_nano_usd > 0


@pytest.mark.parametrize("value", NESTED, ids=repr)
@pytest.mark.parametrize("name", [*CHAT, "gen_ai.usage.raw", "server.address", "user.id", "gen_ai.response.id"])
def test_a_structure_where_a_scalar_belongs_is_taken(name: str, value: Any) -> None:
    check([chat(attributes={name: value})])
