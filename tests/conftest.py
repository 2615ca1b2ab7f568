"""What every test shares: how skips are told, and that CI allows none."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Generator

import pytest

NO_SKIPS = "AGENTCOST_NO_SKIPS"
_no_skips = os.environ.get(NO_SKIPS, "") not in ("", "0")

# Taken away for good, before any test or process of a test sees them: whoever runs the tests may have a configuration
# of their own, and the package refuses variables of this prefix that it does not know.
for _name in [name for name in os.environ if name.startswith("AGENTCOST_")]:
    del os.environ[_name]


def _reason(report: pytest.TestReport | pytest.CollectReport) -> str:
    where = report.longrepr
    text = where[2] if isinstance(where, tuple) else str(where)
    return text.removeprefix("Skipped: ")


def _fail_if_skipped(report: pytest.TestReport | pytest.CollectReport) -> None:
    if _no_skips and report.skipped and not hasattr(report, "wasxfail"):
        report.longrepr = f"{NO_SKIPS} is set, so this may not be skipped: {_reason(report)}"
        report.outcome = "failed"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    _fail_if_skipped(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    _fail_if_skipped(report)
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say in plain words what did not run here, and why."""
    reasons = Counter(_reason(report) for report in terminalreporter.getreports("skipped"))
    if not reasons:
        return
    terminalreporter.section("what this machine could not run")
    for reason, count in reasons.most_common():
        terminalreporter.write_line(f"{count} test{'s' if count > 1 else ''} skipped: {reason}")
