"""A long read shows on a terminal how far it is, and nothing anywhere else."""

from __future__ import annotations

import io
import time

import pytest

from otel_agentcost.cli import waiting as module
from otel_agentcost.cli.waiting import Waiting, waiting


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_what_is_read_is_counted_and_passed_on() -> None:
    state = Waiting("reading")
    assert list(state.count(range(2_500))) == list(range(2_500))
    assert str(state) == "reading, 2,000 so far"
    assert str(Waiting("reading")) == "reading"


def test_a_terminal_sees_how_far_a_long_read_is(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    monkeypatch.setattr(module, "_WORTH_SHOWING_SECONDS", 0.0)
    with waiting("reading the books"):
        until = time.monotonic() + 10
        while "reading the books" not in terminal.getvalue() and time.monotonic() < until:
            time.sleep(0.01)
    assert "reading the books" in terminal.getvalue()


def test_a_log_or_a_short_read_sees_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    for out in (io.StringIO(), Terminal()):
        monkeypatch.setattr("sys.stderr", out)
        with waiting("reading the books"):
            pass
        assert out.getvalue() == ""
