"""The quirk table: every row must change what some span of its scope says, and only in the versions that it names."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from otel_agentcost.conventions import finish
from otel_agentcost.conventions.quirk import Quirk
from otel_agentcost.conventions.quirks import QUIRKS, quirks_of
from otel_agentcost.conventions.registry import read_span
from otel_agentcost.model.reading import Reading
from tests.unit.conventions.spans import span

_OI = {
    "openinference.span.kind": "LLM",
    "llm.model_name": "gpt-5",
    "llm.token_count.prompt": 1500,
    "llm.token_count.completion": 20,
}
_OTEL = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "openai",
    "gen_ai.request.model": "gpt-5",
    "gen_ai.usage.input_tokens": 1500,
    "gen_ai.usage.output_tokens": 20,
}
_CLAUDE = {**_OTEL, "gen_ai.provider.name": "anthropic", "gen_ai.request.model": "claude-sonnet-4-5"}
_GEMINI = {**_OTEL, "gen_ai.provider.name": "gcp.gemini", "gen_ai.request.model": "gemini-2.5-pro"}
_STREAM = {"gen_ai.request.stream": True, "gen_ai.is_streaming": True}
_CACHED = {"gen_ai.usage.cache_read.input_tokens": 1000}

PROBES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("chat gpt-5", _OTEL),
    ("chat gpt-5", {**_OTEL, **_STREAM}),
    ("chat claude", {**_CLAUDE, **_CACHED}),
    ("chat claude", {**_CLAUDE, "gen_ai.output.type": "json"}),
    ("chat claude", {**_CLAUDE, **_STREAM, "gen_ai.usage.cache_read.input_tokens": 0}),
    ("generate_content gemini", _GEMINI),
    ("generate_content gemini", {**_GEMINI, "gen_ai.usage.reasoning_tokens": 300}),
    ("generate_content gemini", {**_GEMINI, "gen_ai.usage.total_tokens": 1820}),
    ("embeddings", {**_OTEL, "gen_ai.operation.name": "embeddings"}),
    ("InvokeModel", {**_OTEL, "rpc.method": "InvokeModel", "gen_ai.request.model": "anthropic.claude-v2"}),
    ("ChatCompletion", _OI),
    ("Messages", {**_OI, "llm.model_name": "claude-sonnet-4-5", "llm.invocation_parameters": '{"stream": true}'}),
    ("ChatCompletion", {**_OI, "llm.token_count.total": 1820}),
    (
        "bedrock.invoke_model",
        {**_OI, "llm.model_name": "amazon.nova-pro-v1:0", "llm.token_count.prompt_details.cache_read": 1000},
    ),
)


def _version_with(quirk: Quirk) -> str:
    if quirk.since is not None:
        return quirk.since
    return "0.0.1" if quirk.below is not None else "99.0"


def _said(monkeypatch: pytest.MonkeyPatch, quirks: tuple[Quirk, ...], quirk: Quirk) -> list[Reading | None]:
    monkeypatch.setattr(finish, "quirks_of", lambda scope, version: quirks)
    version = _version_with(quirk)
    return [read_span(span(name, quirk.scope, version, attributes=dict(attributes))) for name, attributes in PROBES]


@pytest.mark.parametrize("quirk", QUIRKS, ids=lambda q: f"{q.scope}: {q.effect.__name__}")
def test_every_row_changes_what_some_span_of_its_scope_says(quirk: Quirk, monkeypatch: pytest.MonkeyPatch) -> None:
    assert quirk in quirks_of(quirk.scope, _version_with(quirk))
    assert _said(monkeypatch, (quirk,), quirk) != _said(monkeypatch, (), quirk)


@pytest.mark.parametrize("quirk", QUIRKS, ids=lambda q: f"{q.scope}: {q.effect.__name__}")
def test_every_row_names_its_fault_its_source_and_its_package(quirk: Quirk) -> None:
    assert quirk.fault
    assert len(quirk.source) > 20
    assert quirk.distribution


@pytest.mark.parametrize("quirk", [q for q in QUIRKS if q.below or q.since], ids=lambda q: q.scope)
def test_a_bound_keeps_a_row_from_other_versions(quirk: Quirk) -> None:
    if quirk.below is not None:
        assert quirk not in quirks_of(quirk.scope, quirk.below)
        assert quirk not in quirks_of(quirk.scope, "99.0")
    if quirk.since is not None:
        assert quirk not in quirks_of(quirk.scope, "0.0.1")
    assert quirk in quirks_of(quirk.scope, ""), "a scope without a version may be any"


def test_no_row_stands_twice() -> None:
    keys = sorted((q.scope, q.effect.__name__, q.below or "") for q in QUIRKS)
    assert not [a for a, b in pairwise(keys) if a == b]


def test_a_neighbours_scope_has_none_of_the_rows() -> None:
    assert quirks_of("my_app.agents", "1.0") == ()
