"""Finding: what one check of `agentcost doctor` found."""

from __future__ import annotations

from typing import Literal, NamedTuple, TypeAlias

State: TypeAlias = Literal["ok", "warning", "problem"]


class Finding(NamedTuple):
    """One line of the doctor's report. `advice` says what to do; nothing where all is well."""

    state: State
    check: str
    found: str
    advice: str | None = None


def ok(check: str, found: str) -> Finding:
    """Return that a check found nothing wrong."""
    return Finding("ok", check, found)


def warning(check: str, found: str, advice: str) -> Finding:
    """Return what may make costs incomplete."""
    return Finding("warning", check, found, advice)


def problem(check: str, found: str, advice: str) -> Finding:
    """Return what keeps costs from being seen."""
    return Finding("problem", check, found, advice)
