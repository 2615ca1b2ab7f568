"""The command line as a whole: help, mistakes, interruptions."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from otel_agentcost.cli import main, replay
from otel_agentcost.cli.main import COMMANDS
from tests.unit.cli.recorded import Recorder, agent, call

HEAVY = ("msgspec", "yaml", "rich", "opentelemetry", "genai_prices", "otel_agentcost.engine")


def test_help_teaches_with_examples(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main.main(["--help"])
    assert ended.value.code == 0
    said = capsys.readouterr().out
    assert "examples:" in said
    for name, summary in COMMANDS.items():
        assert name in said
        assert summary in said


@pytest.mark.parametrize("name", ["replay", "doctor", "config"])
def test_the_help_of_each_command_teaches_with_examples(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main.main([name, "--help"])
    assert ended.value.code == 0
    said = capsys.readouterr().out
    assert f"agentcost {name}" in said
    assert "examples:" in said
    assert "exit codes:" in said


def test_without_a_command_the_help_is_shown_and_nothing_was_done(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.main([]) == 2
    assert "commands:" in capsys.readouterr().out


def test_the_version_is_the_distributions(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main.main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"agentcost {version('otel-agentcost')}\n"


@pytest.mark.parametrize(
    ("typed", "hint"),
    [("replya", "did you mean 'replay'?"), ("docter", "did you mean 'doctor'?"), ("xyz", "there are replay, price")],
)
def test_an_unknown_command_is_one_line_with_a_hint(typed: str, hint: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main.main([typed, "file"]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith(f"agentcost: no command {typed!r}: {hint}")
    assert said.err.count("\n") == 1


def test_wrong_arguments_end_with_2(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (["replay"], ["replay", "x", "--top", "0"], ["replay", "x", "--format", "xml"], ["config"]):
        with pytest.raises(SystemExit) as ended:
            main.main(arguments)
        assert ended.value.code == 2
    assert "'0' is no number of rows" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["price"], "agentcost price: error: the following arguments are required: MODEL"),
        (["price", "gpt-4o", "--input", "x"], "agentcost price: error: argument --input: 'x' is no count"),
        (["replay", "x", "--fromat", "json"], "agentcost replay: error: unrecognized arguments: --fromat json"),
        (["config", "chekc"], "agentcost config: error: argument ACTION: invalid choice: 'chekc'"),
        (["--verbose"], "agentcost: error: unrecognized arguments: --verbose"),
    ],
)
def test_a_wrong_argument_is_one_line_and_a_hint(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main.main(arguments)
    assert ended.value.code == 2
    first, hint = capsys.readouterr().err.splitlines()
    assert first.startswith(said)
    assert hint == f"`{first.partition(':')[0]} --help` says what is allowed"


def test_ctrl_c_ends_with_130_and_without_a_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(_: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(replay, "run", interrupted)
    assert main.main(["replay", "x"]) == 130
    assert capsys.readouterr().err == ""


def test_a_configuration_error_is_one_line_and_ends_with_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "c.yaml"
    path.write_text("pricess: {}")
    for arguments in (["replay", "x", "--config", str(path)], ["config", "check", str(path)]):
        assert main.main(arguments) == 2
        said = capsys.readouterr()
        assert said.err == f"agentcost: {path}:1: pricess: no such key: did you mean 'prices'?\n"
        assert said.out == ""


def test_every_command_but_the_one_that_runs_stays_unimported() -> None:
    code = (
        "import sys\nfrom otel_agentcost.cli.main import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit:\n    pass\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_a_reader_that_goes_away_is_no_error(tmp_path: Path) -> None:
    many = tmp_path / "many.jsonl"
    attributes = [{"key": "gen_ai.operation.name", "value": {"stringValue": "chat"}}]
    with many.open("w") as out:
        for number in range(1, 3000):
            span = {"traceId": f"{number:032x}", "spanId": f"{number:016x}", "attributes": attributes}
            out.write(json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}) + "\n")
    process = subprocess.Popen(
        [sys.executable, "-m", "otel_agentcost.cli.main", "replay", str(many), "--format", "json"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**os.environ, "PYTHONUNBUFFERED": ""},
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.read(10)
    process.stdout.close()
    assert process.stderr.read() == b""
    assert process.wait(timeout=30) == 141


def test_a_reader_of_a_table_that_goes_away_is_no_error(recorder: Recorder, store_url: str) -> None:
    recorder.record(1, "2026-11-24T09:00", agent("a", call()))
    command = [sys.executable, "-m", "otel_agentcost.cli.main", "report", "--store", store_url, "--since", "2026-11"]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**os.environ, "PYTHONUNBUFFERED": ""}
    )
    assert process.stdout is not None
    process.stdout.close()
    _, said = process.communicate(timeout=60)
    assert said == b""
    assert process.returncode == 141


def test_the_schema_is_json_schema_with_a_description_everywhere(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.main(["config", "schema"]) == 0
    schema = json.loads(capsys.readouterr().out)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    for name, definition in schema["$defs"].items():
        assert definition["additionalProperties"] is False, name
        for key, setting in definition["properties"].items():
            assert setting.get("description"), f"{name}.{key}"


def test_config_check_says_what_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("AGENTCOST_")]:
        monkeypatch.delenv(name)
    assert main.main(["config", "check"]) == 0
    assert capsys.readouterr().out == "no configuration file and no variable: the defaults hold\n"
    (tmp_path / "agentcost.yaml").write_text("limits: {max_executions: 3}")
    monkeypatch.setenv("AGENTCOST_LIMITS_IDLE_SECONDS", "5")
    assert main.main(["config", "check"]) == 0
    assert capsys.readouterr().out == "agentcost.yaml with AGENTCOST_LIMITS_IDLE_SECONDS: fine\n"


def test_a_price_file_that_is_none_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "litellm.json").write_text("not json")
    path = tmp_path / "c.yaml"
    path.write_text("prices: {litellm_file: litellm.json}")
    assert main.main(["config", "check", str(path)]) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"agentcost: {path}: prices.litellm_file: ")
    assert said.count("\n") == 1
