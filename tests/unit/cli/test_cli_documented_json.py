"""docs/cli.md lists exactly the keys of what the commands that ask the books print as JSON."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from otel_agentcost.cli.main import main
from tests.unit.cli.recorded import agent, call, recording
from tests.unit.house import docs

_SECTION = re.compile(r"^## `?agentcost ([a-z]+)", re.MULTILINE)
_ROW = re.compile(r"^\| (`\w+`(?: `\w+`)*) \| (.*) \|$", re.MULTILINE)


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    url = f"sqlite:///{tmp_path_factory.mktemp('books') / 'books.db'}"
    with recording(url) as recorder:
        for number in (1, 2):
            recorder.record(number, "2026-11-24T09:00", agent("a", call(), gen_ai__conversation__id="c"))
    return url


def documented(command: str) -> dict[str, str]:
    """Return what the section says of each key. An option begins with a dash, so it is none."""
    _, *parts = _SECTION.split(docs.text("cli.md"))
    section = dict(zip(parts[::2], parts[1::2], strict=True))[command]
    return {key: text for keys, text in _ROW.findall(section) for key in re.findall(r"\w+", keys)}


def printed(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    assert main([*arguments, "--format", "json"]) == 0
    return json.loads(capsys.readouterr().out)


def fields(text: str) -> set[str]:
    """Return the fields that a cell lists: the longest of what stands in backticks."""
    return set(max(re.findall(r"`([\w ]+)`", text), key=len).split())


def row_of(value: Any) -> dict[str, Any]:
    return value[0] if isinstance(value, list) else value


@pytest.mark.parametrize(
    ("command", "arguments", "listed"),
    [
        ("executions", [f"{1:032x}"], ("totals", "steps")),
        ("report", [], ("period", "trend", "rows")),
        ("reprice", [], ("prices", "rows")),
    ],
)
def test_docs_cli_lists_exactly_the_keys_of(
    command: str, arguments: list[str], listed: tuple[str, ...], url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = printed(capsys, command, *arguments, "--store", url)
    told = documented(command)
    assert set(told) == set(whole) - {"schema"}
    for key in listed:
        assert fields(told[key]) == set(row_of(whole[key])), key


def test_a_list_of_executions_has_fewer_keys_than_one_alone(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert set(printed(capsys, "executions", "--store", url)) == {"schema", "executions", "totals"}
