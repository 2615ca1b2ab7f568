"""The reader is chosen by the scope that made a span, else by the marks on it."""

from __future__ import annotations

import pytest

from otel_agentcost.conventions.registry import BY_MARK, BY_SCOPE, MARKS, looks_like_ai, read_span, scope_is_ai
from tests.unit.conventions.spans import span

CALL = {"gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-5", "gen_ai.usage.input_tokens": 5}


@pytest.mark.parametrize("attributes", [{}, {"http.method": "POST", "http.url": "https://api.openai.com"}, {"db": "x"}])
def test_a_span_without_a_mark_is_not_about_ai(attributes: dict[str, object]) -> None:
    assert not looks_like_ai(attributes)
    assert read_span(span("POST", "opentelemetry.instrumentation.httpx", attributes=attributes)) is None


@pytest.mark.parametrize("mark", sorted(MARKS))
def test_every_mark_leads_to_a_reader(mark: str) -> None:
    assert looks_like_ai({"http.method": "POST", mark: "x"})
    read_span(span("anything", "some.scope", attributes={mark: "x"}))


@pytest.mark.parametrize("scope", sorted(BY_SCOPE))
def test_every_scope_has_a_reader_that_takes_an_empty_span_and_a_call(scope: str) -> None:
    read_span(span("anything", scope))
    assert read_span(span("chat gpt-5", f"{scope}.more", attributes=CALL)) is not None


def test_a_scope_decides_before_the_marks_do() -> None:
    reading = read_span(span("ChatCompletion", "openinference.instrumentation.openai", attributes=CALL))
    assert reading is not None
    assert reading.convention == "openinference"


def test_the_longest_scope_that_fits_decides() -> None:
    claude = read_span(span("x", "com.anthropic.claude_code.tracing", attributes={"span.type": "llm_request"}))
    sdk = read_span(span("chat", "com.anthropic.sdk.python", attributes=CALL))
    assert claude is not None
    assert sdk is not None
    assert (claude.convention, sdk.convention) == ("claude_code", "anthropic_sdk")


def test_the_first_mark_decides_whatever_the_order_on_the_span() -> None:
    both = {"gen_ai.system": "openai", "openinference.span.kind": "LLM", "llm.token_count.prompt": 5}
    turned = dict(reversed(both.items()))
    for attributes in (both, turned):
        reading = read_span(span("x", "own.scope", attributes=attributes))
        assert reading is not None
        assert reading.convention == "openinference"


def test_a_few_scopes_are_read_even_without_a_mark() -> None:
    assert scope_is_ai("litellm")
    assert scope_is_ai("com.anthropic.claude_code.tracing")
    assert not scope_is_ai("opentelemetry.instrumentation.openai.v1")


def test_no_mark_stands_twice() -> None:
    assert len(BY_MARK) == len(MARKS)
