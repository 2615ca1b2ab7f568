"""What `agentcost executions` is asked with, and what it says of a wrong question."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from otel_agentcost.cli.main import main
from tests.unit.cli.recorded import NOW, Recorder, agent, call
from tests.unit.cli.three_executions import RESEARCH, TRIAGE, executions, ids, record_three


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    return record_three(tmp_path_factory.mktemp("books"))


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["xyz"], "'xyz' is no id: 1 to 32 hexadecimal digits"),
        (["0" * 33], f"'{'0' * 33}' is no id"),
        (["dead"], "no execution begins with 'dead'"),
        (["0af765"], f"'0af765' begins more than one execution: {TRIAGE:032x}, {RESEARCH:032x}: give more digits"),
        (["0af765", "--user", "nobody"], "an id needs no filter and no order: --user"),
        (["0af765", "--user", "", "--min-cost", "1", "--reverse"], "an id needs no filter and no order: --user, --min"),
        (["--since", "soon"], "--since: 'soon' is no moment; allowed: "),
        (["--min-cost", "2", "--max-cost", "1"], "--max-cost: is below --min-cost"),
        (["--time-zone", "Berlin"], "--time-zone: 'Berlin' is no IANA time zone; did you mean Europe/Berlin?"),
    ],
)
def test_a_question_that_cannot_be_answered_is_one_line(
    arguments: list[str], why: str, url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    executions(*arguments, url=url, code=2)
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith(f"agentcost: {why}")
    assert said.err.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["--limit", "many"], "argument --limit: 'many' is no number of rows: 1 or more, or all"),
        (["--limit", "0"], "argument --limit: '0' is no number of rows: 1 or more, or all"),
        (["--min-cost", "much"], "argument --min-cost: 'much' is no amount: US dollars such as 0.50"),
        (["--state", "done"], "argument --state: invalid choice: 'done'"),
        (["--sort", "price"], "argument --sort: invalid choice: 'price'"),
    ],
)
def test_a_wrong_argument_says_what_is_allowed(
    arguments: list[str], why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["executions", *arguments])
    assert ended.value.code == 2
    assert why in capsys.readouterr().err


@pytest.mark.parametrize(
    ("store", "why"),
    [
        ("sqlite:///no/such.db", "such.db': there is no such file; a process that records into this store makes it"),
        ("memory:", "--store: a store in memory is its own process's alone; allowed: sqlite:///FILE or postgresql:"),
        ("mysql://host/x", "--store: an address that begins 'mysql:' is not allowed"),
        ("agentcost.db", "--store: this is no address; allowed: memory, sqlite:///FILE"),
    ],
)
def test_a_store_that_is_not_there_is_one_line_and_nothing_is_created(
    store: str, why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    executions(url=store, code=2)
    said = capsys.readouterr()
    assert why in said.err
    assert said.err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_without_a_store_it_is_said_where_one_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["executions"]) == 2
    assert "give --store sqlite:///FILE or postgresql://USER@HOST/DATABASE, or set store.url" in capsys.readouterr().err


def test_the_configuration_says_where_the_store_is(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "agentcost.yaml").write_text(f"store: {{url: '{url}'}}")
    assert main(["executions", "--format", "json", "--limit", "1"]) == 0
    assert json.loads(capsys.readouterr().out)["totals"]["executions"] == 3


def test_many_executions_are_listed_without_a_gap_or_a_repeat(
    recorder: Recorder, store_url: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("otel_agentcost.cli.executions_query._PAGE", 7)
    made = {recorder.record(each << 96, NOW - each * 10**9, agent("a", call())) for each in range(1, 31)}
    assert set(ids(capsys, url=store_url)) == made
    assert len(ids(capsys, "--limit", "20", url=store_url)) == 20
