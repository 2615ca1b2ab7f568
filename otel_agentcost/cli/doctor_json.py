"""The machine's view of the doctor's report."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TextIO

from otel_agentcost.cli.finding import Finding

SCHEMA = 1


def write_json(out: TextIO, findings: Sequence[Finding]) -> None:
    """Write one object: `schema`, `findings` (each `state check found advice`) and how many are not ok."""
    report = {
        "schema": SCHEMA,
        "findings": [each._asdict() for each in findings],
        "problems": sum(each.state == "problem" for each in findings),
        "warnings": sum(each.state == "warning" for each in findings),
    }
    out.write(json.dumps(report, indent=2, ensure_ascii=False) + "\n")
