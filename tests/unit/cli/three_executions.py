"""Three executions in a store, and the command that lists them, for its tests."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from otel_agentcost.cli.main import main
from tests.unit.cli.recorded import agent, call, recording, tool

TRIAGE, RESEARCH, LATE = 0x0AF7651916CD43DD8448EB211C80319C, 0x0AF76519FF << 88 | 7, 0xB << 124 | 1
SUPPORT = {"user__id": "u-17", "agentcost__team": "support", "agentcost__feature": "triage"}

SALES = {"agentcost__team": "sales"}


def record_three(folder: Path) -> str:
    """Record three executions: one with a tool and a sub-agent, one with an unpriced call, one that goes on."""
    store_url = f"sqlite:///{folder / 'books.db'}"
    with recording(store_url) as recorder:
        recorder.record(
            TRIAGE,
            "2026-11-24T09:00",
            agent(
                "triage",
                call(),
                tool("delegate", agent("helper", call("claude-sonnet-4-5", "anthropic"))),
                tool("run_sql", is_error=True),
                **SUPPORT,
                gen_ai__conversation__id="c-1",
            ),
        )
        recorder.record(
            RESEARCH,
            "2026-11-23T22:30",
            agent("research \x1b[2J[red]", call(), call("acme-private-1"), **SALES, gen_ai__conversation__id="c-1"),
        )
        recorder.record_open(LATE, "2026-11-24T11:59", agent("triage", call(**SUPPORT)))
    return store_url


def executions(*arguments: str, url: str, code: int = 0) -> int:
    assert main(["executions", "--store", url, *arguments]) == code
    return code


def rows(capsys: pytest.CaptureFixture[str], *arguments: str, url: str) -> dict[str, Any]:
    executions("--format", "json", *arguments, url=url)
    return json.loads(capsys.readouterr().out)


def ids(capsys: pytest.CaptureFixture[str], *arguments: str, url: str) -> list[int]:
    return [int(row["execution_id"], 16) for row in rows(capsys, *arguments, url=url)["executions"]]
