"""Every command, option and configuration key is documented, and every documented one exists."""

from __future__ import annotations

import argparse
import importlib
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from otel_agentcost.cli.main import COMMANDS

from . import docs

_OPTION = re.compile(r"(?<![\w-])--[a-z][a-z0-9-]*")
_SECTION = re.compile(r"^## `?agentcost ([a-z]+)", re.MULTILINE)
GLOBAL_OPTIONS = {"--version", "--help"}


def options_of(parser: argparse.ArgumentParser) -> Iterator[str]:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for below in dict.fromkeys(action.choices.values()):
                yield from options_of(below)
        yield from (option for option in action.option_strings if option.startswith("--"))


def options(command: str) -> set[str]:
    parser = argparse.ArgumentParser()
    importlib.import_module(f"otel_agentcost.cli.{command}").add_parser(parser.add_subparsers())
    return set(options_of(parser)) - GLOBAL_OPTIONS


def sections() -> dict[str, str]:
    """Return the part of docs/cli.md about each command."""
    _, *parts = _SECTION.split(docs.text("cli.md"))
    return dict(zip(parts[::2], parts[1::2], strict=True))


def test_docs_cli_has_a_section_for_exactly_the_commands_there_are() -> None:
    assert set(sections()) == set(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_docs_cli_lists_exactly_the_options_of(command: str) -> None:
    documented = set(_OPTION.findall(sections()[command])) - GLOBAL_OPTIONS
    assert documented == options(command)


def test_the_readme_names_every_command() -> None:
    readme = (docs.ROOT / "README.md").read_text(encoding="utf-8")
    assert [command for command in COMMANDS if f"agentcost {command}" not in readme] == []


def agentcost(*arguments: str) -> str:
    command = [sys.executable, "-m", "otel_agentcost.cli.main", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def configuration_schema() -> dict[str, Any]:
    return json.loads(agentcost("config", "schema"))


def keys(schema: dict[str, Any], node: dict[str, Any], path: str = "") -> Iterator[str]:
    """Yield the path of every key, as docs/configuration.md spells it: `prices.overrides[].provider`."""
    if "$ref" in node:
        node = schema["$defs"][node["$ref"].rpartition("/")[2]]
    for choice in node.get("anyOf", ()):
        yield from keys(schema, choice, path)
    if "items" in node:
        yield from keys(schema, node["items"], f"{path}[]")
    for name, below in node.get("properties", {}).items():
        inner = f"{path}.{name}" if path else name
        yield inner
        yield from keys(schema, below, inner)


def test_docs_configuration_lists_exactly_the_keys_there_are() -> None:
    schema = configuration_schema()
    documented = set(docs.first_column(docs.text("configuration.md")))
    environment = {name for name in documented if name.isupper()}
    assert documented - environment == set(keys(schema, schema))


def test_docs_configuration_lists_exactly_the_switches_that_only_the_environment_has() -> None:
    pattern = re.compile(r"\b(?:OTEL_PYTHON_AGENTCOST_[A-Z]+|AGENTCOST_CONFIG)\b")
    used: set[str] = set()
    for path in (docs.ROOT / "otel_agentcost").rglob("*.py"):
        used |= set(pattern.findall(path.read_text(encoding="utf-8")))
    documented = {name for name in docs.first_column(docs.text("configuration.md")) if name.isupper()}
    assert documented == used


def test_docs_cli_lists_exactly_the_keys_of_a_replay_as_json() -> None:
    recording = docs.ROOT / "tests/golden/corpus/provider__official-genai-openai/spans.json.gz"
    printed = json.loads(agentcost("replay", str(recording), "--format", "json"))
    table = dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", sections()["replay"], re.MULTILINE))
    assert set(table) == set(printed) - {"schema"}
    for key in ("calls", "executions", "totals", "input"):
        row = printed[key][0] if isinstance(printed[key], list) else printed[key]
        listed = max(re.findall(r"`([\w ]+)`", table[key]), key=len)
        assert set(listed.split()) == set(row), key


def test_every_page_that_the_source_names_exists() -> None:
    named: set[str] = set()
    for folder in ("otel_agentcost", "scripts", "tests"):
        for path in (docs.ROOT / folder).rglob("*.py"):
            named |= set(re.findall(r"docs/[\w/-]+\.md", path.read_text(encoding="utf-8")))
    named |= set(re.findall(r"docs/[\w/-]+\.md", (docs.ROOT / "pyproject.toml").read_text(encoding="utf-8")))
    assert [name for name in sorted(named) if not (docs.ROOT / name).exists()] == []
