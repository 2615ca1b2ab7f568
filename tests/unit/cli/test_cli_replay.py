"""`agentcost replay` as people and scripts call it, on real spans through the real engine."""

from __future__ import annotations

import gzip
import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from otel_agentcost.cli import replay
from otel_agentcost.cli.main import main

TRACE = "0af7651916cd43dd8448eb211c80319c"
CALL_FIELDS = {
    "trace_id", "span_id", "parent_span_id", "status", "reason", "provider", "model", "request_model", "operation",
    "input_tokens", "cache_read_tokens", "cache_write_tokens", "output_tokens", "reasoning_tokens", "cost_nano_usd",
    "agent", "tool", "feature", "user", "team", "organization", "response_id", "start_unix_nano", "end_unix_nano",
    "convention",
}  # fmt: skip
EXECUTION_FIELDS = {
    "execution_id", "cost_nano_usd", "calls", "unpriced_calls", "tool_calls", "agents", "models", "user", "team",
    "root_name", "complete",
}  # fmt: skip


def span(span_id: int, name: str, parent: int = 0, trace: str = TRACE, **attributes: Any) -> dict[str, Any]:
    kinds = {str: "stringValue", int: "intValue"}
    return {
        "traceId": trace,
        "spanId": f"{span_id:016x}",
        "parentSpanId": f"{parent:016x}" if parent else "",
        "name": name,
        "startTimeUnixNano": str(1_790_000_000_000_000_000 + span_id),
        "endTimeUnixNano": str(1_790_000_001_000_000_000 + span_id),
        "attributes": [
            {"key": key.replace("__", "."), "value": {kinds[type(value)]: value}} for key, value in attributes.items()
        ],
    }


def call(span_id: int, parent: int = 1, trace: str = TRACE, model: str = "gpt-4o", **more: Any) -> dict[str, Any]:
    return span(
        span_id,
        f"chat {model}",
        parent,
        trace,
        gen_ai__operation__name="chat",
        gen_ai__provider__name="openai",
        gen_ai__request__model=model,
        gen_ai__usage__input_tokens=1000,
        gen_ai__usage__output_tokens=100,
        **more,
    )


def file_of(path: Path, *spans: dict[str, Any]) -> str:
    scope = {"name": "an.instrumentation.without.faults"}
    request = {"resourceSpans": [{"resource": {}, "scopeSpans": [{"scope": scope, "spans": list(spans)}]}]}
    path.write_bytes(gzip.compress(json.dumps([request]).encode()))
    return str(path)


@pytest.fixture(autouse=True)
def _no_configuration_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def recording(tmp_path: Path) -> str:
    agent = {"gen_ai__operation__name": "invoke_agent", "gen_ai__agent__name": "helper [bold]"}
    return file_of(
        tmp_path / "spans.json.gz",
        span(1, "invoke_agent helper", user__id="u-17", agentcost__team="support", **agent),
        call(2),
        call(3, model="house-model-x"),
    )


def as_json(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, dict[str, Any], str]:
    code = main(["replay", *arguments, "--format", "json"])
    said = capsys.readouterr()
    return code, json.loads(said.out) if said.out else {}, said.err


def test_json_has_the_documented_shape(recording: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, found, err = as_json(capsys, recording)
    assert (code, err) == (0, "")
    assert list(found) == ["schema", "calls", "tool_calls", "executions", "events", "totals", "input"]
    assert (found["schema"], found["events"]) == (1, [])
    for row in found["calls"]:
        assert set(row) >= CALL_FIELDS
    (execution,) = found["executions"]
    assert set(execution) >= EXECUTION_FIELDS
    assert (execution["execution_id"], execution["user"], execution["team"]) == (TRACE, "u-17", "support")


def test_totals_are_the_sums_and_an_unpriced_call_is_no_zero(
    recording: str, capsys: pytest.CaptureFixture[str]
) -> None:
    _, found, _ = as_json(capsys, recording)
    priced, unpriced = found["calls"]
    assert (priced["status"], priced["cost_nano_usd"]) == ("priced", 1000 * 2500 + 100 * 10000)
    assert (unpriced["status"], unpriced["reason"]) == ("unpriced", "unknown_model")
    assert found["totals"] == {
        "cost_nano_usd": 3_500_000,
        "calls": 2,
        "unpriced_calls": 1,
        "estimated_calls": 0,
        "executions": 1,
        "duplicate_calls": 0,
        "skipped_spans": 0,
        "skipped_requests": 0,
    }


def test_several_files_are_one_recording(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first = file_of(tmp_path / "1.gz", span(1, "root"), call(2))
    second = file_of(tmp_path / "2.gz", call(3), call(9, parent=0, trace="f" * 32))
    code, found, _ = as_json(capsys, first, second)
    assert code == 0
    assert (found["totals"]["calls"], found["totals"]["executions"]) == (3, 2)
    assert found["input"] == {
        "files": 2, "unreadable_files": 0, "spans": 4, "skipped_spans": 0, "skipped_requests": 0,
    }  # fmt: skip


def test_a_file_given_twice_is_charged_once(recording: str, capsys: pytest.CaptureFixture[str]) -> None:
    _, once, _ = as_json(capsys, recording)
    _, twice, _ = as_json(capsys, recording, recording)
    assert twice["totals"] == once["totals"]


def test_a_file_that_cannot_be_read_ends_with_1_and_the_rest_is_priced(
    recording: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "odd.json").write_text("hello")
    code, found, err = as_json(capsys, "gone.json", recording, "odd.json")
    assert code == 1
    assert found["totals"]["calls"] == 2
    assert err.splitlines() == [
        "agentcost: gone.json: no such file or directory",
        "agentcost: odd.json: is no OTLP: neither JSON nor protobuf (it starts with b'hello')",
    ]


def test_where_no_file_can_be_read_nothing_is_printed_and_it_ends_with_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty").write_bytes(b"")
    assert main(["replay", "gone.json", "empty", str(tmp_path)]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.splitlines() == [
        "agentcost: gone.json: no such file or directory",
        "agentcost: empty: is empty",
        f"agentcost: {tmp_path}: is a directory",
    ]


def test_a_request_without_spans_is_no_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "none.json").write_text('{"resourceSpans": []}')
    code, found, err = as_json(capsys, "none.json")
    assert (code, err, found["calls"], found["totals"]["calls"]) == (0, "", [], 0)
    assert main(["replay", "none.json"]) == 0
    assert "No model call was found" in capsys.readouterr().out


def test_skipped_spans_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = file_of(tmp_path / "x.gz", call(2), {**call(3), "traceId": None}, {**call(4), "spanId": "zz"})
    code, found, err = as_json(capsys, path)
    assert code == 0
    assert found["input"]["skipped_spans"] == found["totals"]["skipped_spans"] == 2
    assert err.startswith("agentcost: 2 spans skipped as malformed; first: ")
    assert err.count("\n") == 1


def test_standard_input_is_read(
    recording: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(Path(recording).read_bytes())))
    code, found, _ = as_json(capsys, "-")
    assert (code, found["totals"]["calls"]) == (0, 2)


def test_a_configuration_sets_prices_and_identity(
    recording: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mine.yaml").write_text(
        "prices: {overrides: [{model: house-*, input_usd_per_mtok: 1, output_usd_per_mtok: 2}]}\n"
        "identity: {defaults: {feature: triage}}\n"
    )
    _, found, _ = as_json(capsys, recording, "--config", "mine.yaml")
    house = found["calls"][1]
    assert (house["status"], house["cost_nano_usd"]) == ("priced", 1_200_000)
    assert {row["feature"] for row in found["calls"]} == {"triage"}


def test_the_table_shows_totals_rankings_and_reasons(recording: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["replay", recording]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "$0.003500 for 2 calls in 1 execution; 1 call unpriced"
    assert lines[1] == "1 priced · 1 unpriced"
    text = "\n".join(lines)
    assert f"{TRACE}  $0.003500" in text
    assert "gpt-4o" in text
    assert "helper [bold]" in text, "text from outside is no markup"
    assert "100.0%" in text
    assert "unknown_model" in text


def test_a_row_wholly_of_unpriced_calls_says_so_instead_of_no_cost(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = "b" * 32
    path = file_of(
        tmp_path / "x.gz", span(1, "root"), call(2), call(3, model="house-x"), call(4, 0, other, "house-x"),
    )  # fmt: skip
    assert main(["replay", path]) == 0
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert next(row for row in rows if row[:1] == [other])[1:4] == ["unpriced", "1", "1"]
    assert next(row for row in rows if row[:1] == [TRACE])[1:4] == ["$0.003500", "2", "1"]
    assert next(row for row in rows if row[:1] == ["house-x"]) == ["house-x", "2", "unpriced", "0.0%"]
    assert next(row for row in rows if row[:1] == ["gpt-4o"]) == ["gpt-4o", "1", "$0.003500", "100.0%"]


def test_a_recording_without_any_price_is_headed_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["replay", file_of(tmp_path / "x.gz", call(2, 0, model="house-x"))]) == 0
    assert capsys.readouterr().out.splitlines()[0] == "unpriced for 1 call in 1 execution"


def test_the_rankings_stop_at_top(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spans = [call(number, parent=0, trace=f"{number:032x}") for number in range(1, 6)]
    assert main(["replay", file_of(tmp_path / "x.gz", *spans), "--top", "2"]) == 0
    assert "… and 3 more executions (--top)" in capsys.readouterr().out


def test_names_from_outside_cannot_control_the_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = file_of(tmp_path / "x.gz", span(1, "root\x1b[31m\nred", user__id="\x07bell"), call(2))
    assert main(["replay", path]) == 0
    said = capsys.readouterr().out
    assert "\x1b" not in said
    assert "\x07" not in said
    assert "root·[31m·red" in said


@pytest.mark.parametrize("form", ["json", "table"])
def test_names_that_the_locale_cannot_show_fail_nothing(tmp_path: Path, form: str) -> None:
    path = file_of(tmp_path / "x.gz", span(1, "Größe 漢", user__id="é"), call(2))
    done = subprocess.run(
        [sys.executable, "-m", "otel_agentcost.cli.main", "replay", path, "--format", form],
        capture_output=True, check=True, env={**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"},
    )  # fmt: skip
    assert done.stderr == b""
    assert b"xf6" in done.stdout or json.loads(done.stdout)["executions"][0]["root_name"] == "Größe 漢"


def test_standard_input_that_is_closed_is_said_to_be(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", None)
    assert main(["replay", "-"]) == 2
    assert capsys.readouterr().err == "agentcost: standard input: is closed\n"


def test_a_progress_bar_is_shown_on_a_terminal_only(
    recording: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(replay, "_WORTH_A_BAR_BYTES", 0)
    assert as_json(capsys, recording)[2] == ""
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    code, found, err = as_json(capsys, recording)
    assert (code, found["totals"]["calls"]) == (0, 2)
    assert "reading" in err
