"""The demo asks the books by commands that people can type."""

from __future__ import annotations

import io
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from rich.console import Console

from otel_agentcost.cli.main import main
from otel_agentcost.demo.asking import questions
from otel_agentcost.demo.ending import print_ending, program_name
from otel_agentcost.demo.traffic.generator import Days
from otel_agentcost.stores.memory.store import MemoryStore

BERLIN = ZoneInfo("Europe/Berlin")


def unix_nano(*moment: int) -> int:
    return int(datetime(*moment, tzinfo=BERLIN).timestamp()) * 1_000_000_000


def asked(until: int, count: int = 2) -> list[str]:
    days = Days(4, count, until, BERLIN)
    return [" ".join(each.arguments) for each in questions(MemoryStore("Europe/Berlin"), days, until, until)]


def test_the_last_day_is_put_beside_the_one_before() -> None:
    team, day, model, dearest = asked(unix_nano(2026, 11, 24, 14, 3))
    assert team == "report --by team --since 2026-11-23T14:03 --until 2026-11-24T14:03"
    assert day == "report --by day --since 2026-11-22T14:03 --until 2026-11-24T14:03 --compare none"
    assert model.startswith("report --by model --since 2026-11-23T14:03")
    assert dearest.endswith("--sort cost --limit 5")


def test_a_single_day_has_none_before_it() -> None:
    assert "--compare none" in asked(unix_nano(2026, 11, 24, 14, 3), 1)[0]


def test_a_time_that_clocks_show_twice_is_told_with_its_offset() -> None:
    until = unix_nano(2026, 10, 25, 12, 30) - 10 * 3_600 * 1_000_000_000  # 02:30 for the second time
    assert "--until 2026-10-25T02:30+01:00" in asked(until)[0]


def ending(url: str, *, is_ours: bool = True, has_traffic: bool = True) -> list[str]:
    out = io.StringIO()
    print_ending(Console(file=out, width=80), url, "agentcost", is_ours=is_ours, has_traffic=has_traffic)
    return out.getvalue().splitlines()


@pytest.mark.parametrize("has_traffic", [True, False])
def test_the_commands_to_try_are_whole_lines_that_the_command_line_takes(
    has_traffic: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("sqlalchemy")
    from otel_agentcost.stores.open import open_store

    url = f"sqlite:///{tmp_path}/agentcost.db"
    open_store(url).close()
    _, store, *commands, removal = ending(url, has_traffic=has_traffic)
    assert store == f"STORE={url}"
    assert removal == f"rm -r {tmp_path}"
    for command in commands:
        assert main([word.replace('"$STORE"', url) for word in command.split()[1:]]) == 0, command
    assert capsys.readouterr().err == ""


def test_the_address_of_a_server_and_its_password_are_not_shown() -> None:
    lines = ending("postgresql://demo:secret@host/books", is_ours=False)
    assert not [line for line in lines if "secret" in line]
    assert lines[1] == "STORE='the address that you gave'"
    assert not lines[-1].startswith("rm")


def test_the_command_is_named_as_it_was_called(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    called = tmp_path / "agentcost"
    monkeypatch.setattr("sys.argv", [str(called), "demo"])
    assert program_name() == str(called)
    monkeypatch.setattr("sys.argv", ["otel_agentcost/cli/main.py", "demo"])
    assert program_name() == "agentcost"
    called.touch(0o755)
    monkeypatch.setattr("sys.argv", [str(called), "demo"])
    monkeypatch.setenv("PATH", str(tmp_path))
    assert program_name() == "agentcost"
