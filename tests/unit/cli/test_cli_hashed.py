"""People ask for a user by name, and find the one whose id the books hold hashed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.sdk.trace import TracerProvider

from otel_agentcost import AgentCostSpanProcessor, execution
from otel_agentcost.cli.main import main

CHAT = {
    "gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai", "gen_ai.request.model": "gpt-4o-mini",
    "gen_ai.usage.input_tokens": 100, "gen_ai.usage.output_tokens": 10,
}  # fmt: skip


def ask(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    assert main([*arguments, "--format", "json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_a_user_is_found_by_name_though_the_books_hold_a_hash(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "agentcost.yaml"
    config.write_text(
        "store: {url: 'sqlite:///books.db'}\nidentity: {hash_users: {key: 0f1e2d3c4b5a69788796a5b4c3d2e1f0}}\n"
    )
    provider = TracerProvider()
    provider.add_span_processor(AgentCostSpanProcessor(str(config)))
    for user in ("alice", "bob"):
        with execution(user=user, team="support", tracer_provider=provider):
            provider.get_tracer("app").start_span("chat", attributes=CHAT).end()
    provider.shutdown()
    books = ("--config", str(config))
    (found,) = ask(capsys, "executions", "--user", "alice", *books)["executions"]
    assert found["user"].startswith("hmac:")
    assert ask(capsys, "executions", "--team", "support", *books)["totals"]["executions"] == 2
    report = ask(capsys, "report", "--by", "user", "--only", "user=alice", *books)
    assert [row["key"] for row in report["rows"]] == [found["user"]]
    assert b"alice" not in (tmp_path / "books.db").read_bytes()
