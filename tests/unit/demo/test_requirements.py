from __future__ import annotations

import sys

import pytest

from otel_agentcost.cli.main import main
from otel_agentcost.demo import requirements


def test_a_missing_extra_is_told_in_one_line_with_the_way_to_mend_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr(sys, "version_info", (3, 11, 0))
    monkeypatch.setattr(requirements, "_MODULES", ("json", "no_such_sdk", "no_such_package.inner"))
    assert main(["demo", "--once"]) == 2
    line = capsys.readouterr().err
    assert line.count("\n") == 1
    assert "no_such_sdk, no_such_package.inner" in line
    assert 'pip install "otel-agentcost[demo]"' in line


def test_nothing_is_missing_where_every_module_is_there(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sys, "version_info", (3, 11, 0))
    monkeypatch.setattr(requirements, "_MODULES", ("json", "email.message"))
    assert requirements.what_is_missing() is None


def test_python_3_10_is_told_which_python_it_takes(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sys, "version_info", (3, 10, 14))
    assert "Python 3.11" in (requirements.what_is_missing() or "")
