"""Hold the books against the truth, key by key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, TypeAlias

from otel_agentcost.demo.traffic.generator import Days
from otel_agentcost.demo.traffic.truth import ALL, By, Truth
from otel_agentcost.engine.store import Reader
from otel_agentcost.model.query import ReportQuery
from otel_agentcost.model.sums import NO_SUMS, Sums

Counted: TypeAlias = "Mapping[By, Mapping[str, Sums]]"
"""What the books have for each key."""


class Difference(NamedTuple):
    """One key of which the books have something else than was billed."""

    by: By
    key: str
    billed: Sums
    counted: Sums


def read_books(reader: Reader, days: Days) -> Counted:
    """Return what the books have in those days, as `agentcost report` would ask for it."""
    return {
        by: {
            row.key: row.sums
            for row in reader.report(
                ReportQuery(by, days.since_unix_nano, days.until_unix_nano, time_zone=reader.time_zone)
            )
        }
        for by in ALL
    }


def without(counted: Counted, before: Counted) -> Counted:
    """Return what has been added since `before`: a store that is not new has calls of those days already."""
    return {
        by: {key: sums for key, had in rows.items() if (sums := had.minus(before[by].get(key, NO_SUMS))) != NO_SUMS}
        for by, rows in counted.items()
    }


def differences(truth: Truth, counted: Counted) -> list[Difference]:
    """Return every key whose sums differ in anything: money, calls, unpriced calls, tokens, tools, executions."""
    return [
        Difference(by, key, billed, found)
        for by in ALL
        for key in sorted({*truth.sums[by], *counted[by]})
        if (billed := truth.sums[by].get(key, NO_SUMS)) != (found := counted[by].get(key, NO_SUMS))
    ]
