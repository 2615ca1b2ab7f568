"""The demo's store: a new file, or the one that was asked for; nothing that would be gone with the demo."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from otel_agentcost.cli.main import main
from otel_agentcost.config.errors import ConfigError
from otel_agentcost.demo.place import configuration


def test_without_a_store_there_is_a_new_file_each_time(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    first, second = configuration(None).store.url, configuration(None).store.url
    assert first != second
    assert first.startswith(f"sqlite:///{tmp_path}/agentcost-demo-")
    assert not Path(first.removeprefix("sqlite:///")).exists()


def test_a_relative_file_is_meant_from_where_the_demo_was_started(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    assert configuration("sqlite:///books.db").store.url == f"sqlite:///{tmp_path}/books.db"


@pytest.mark.parametrize(
    ("store", "said"),
    [
        ("memory", "--store: a store in memory is gone with the demo"),
        ("mysql://host/books", "--store: an address that begins 'mysql:' is not allowed"),
        ("books.db", "--store: this is no address"),
    ],
)
def test_what_cannot_be_a_store_is_refused_in_one_line(store: str, said: str) -> None:
    with pytest.raises(ConfigError, match=r"^--store: ") as refused:
        configuration(store)
    assert str(refused.value).startswith(said)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("days", ["0", "32", "two", "-1", "1.5", ""])
def test_what_is_no_number_of_days_is_refused(days: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["demo", "--traffic", days])
    assert ended.value.code == 2
    assert "is no number of days: 1 to 31, or none" in capsys.readouterr().err
