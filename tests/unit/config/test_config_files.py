"""Which file is the configuration, and what is said of one that cannot be read."""

from __future__ import annotations

from pathlib import Path

import pytest

from otel_agentcost.config.errors import ConfigError
from otel_agentcost.config.load import load_config
from tests.unit.config.loading import load, refused


def test_a_price_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    (line,) = refused(tmp_path, "prices:\n  litellm_file: gone.json")
    assert line.startswith("FILE:2: prices.litellm_file: ")
    assert line.endswith("there is no such file")


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"a: [", ":1: no YAML: "),
        (b"a: b: c", ":1: no YAML: mapping values are not allowed here"),
        (b"\ta: 1", "no YAML: "),
        (b"a: *b", "no YAML: found undefined alias"),
        (b"a: !!python/object:os.system x", "no YAML: could not determine a constructor"),
        (b"a: 1\n---\nb: 2", "no YAML: but found another document"),
        (b"[a]: 1", "a key that is no text"),
        (b"\xff\xfea", "not UTF-8 at byte 0"),
        (b"a: \x00", "no YAML: "),
        (b"[" * 1500, "FILE"),
        (b"a: &a [*a]", "nested deeper"),
        (
            b"a: &a [1,1,1,1,1,1,1,1,1,1]\n"
            + b"".join(b"%c: &%c [%s]\n" % (c, c, b",".join([b"*%c" % (c - 1)] * 10)) for c in b"bcdefgh"),
            "more than 100000 keys",
        ),
        (b"prices: " + b"[" * 50 + b"]" * 50, "nested deeper"),
    ],
)
def test_what_is_no_yaml_is_one_precise_line(tmp_path: Path, content: bytes, why: str) -> None:
    path = tmp_path / "c.yaml"
    path.write_bytes(content)
    with pytest.raises(ConfigError) as raised:
        load_config(str(path), {})
    said = str(raised.value).replace(str(path), "FILE")
    assert why in said
    assert said.count("\n") == 0


def test_files_that_cannot_be_read_are_said_to_be(tmp_path: Path) -> None:
    for path, why in ((tmp_path / "gone.yaml", "no such file or directory"), (tmp_path, "is a directory")):
        with pytest.raises(ConfigError) as raised:
            load_config(str(path), {})
        assert str(raised.value) == f"{path}: {why}"


def test_the_file_is_the_argument_else_the_variable_else_the_one_that_lies_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, limit in (("agentcost.yaml", 1), ("variable.yaml", 2), ("argument.yaml", 3)):
        (tmp_path / name).write_text(f"limits: {{max_executions: {limit}}}")
    variable = {"AGENTCOST_CONFIG": "variable.yaml"}
    assert load_config("argument.yaml", variable).engine.max_executions == 3
    assert load_config(None, variable).engine.max_executions == 2
    assert load_config(None, {}).engine.max_executions == 1
    assert load_config(None, {}).source == "agentcost.yaml"


def test_yaml_is_read_the_way_people_mean_it(tmp_path: Path) -> None:
    text = "prices: {aliases: {no: x, 1: y, 2026-01-01: z, 'null': w, off: gpt, deep: 1.10}}"
    assert refused(tmp_path, text)[0].startswith("FILE:1: prices.aliases.deep: 1.1 is not allowed")
    found = load(tmp_path, text.replace(", deep: 1.10", ""))
    assert found.prices.aliases == {"no": "x", "1": "y", "2026-01-01": "z", "null": "w", "off": "gpt"}
