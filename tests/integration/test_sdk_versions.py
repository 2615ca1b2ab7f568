"""The sdk ring's own tests, on the oldest and the newest SDK, on both sides of its changes, on several Pythons.

1.30 is the oldest that we support; 1.39 is the last without `_on_ending`, 1.40 the first with it.
"""

from __future__ import annotations

import os
import subprocess

import pytest

from tests.integration.environments import ROOT, environment, find_interpreter

pytestmark = pytest.mark.integration

NO_SKIPS = "AGENTCOST_NO_SKIPS"
NEWEST = "opentelemetry-sdk"


@pytest.mark.parametrize(
    ("python", "sdk"),
    [
        ("3.10", "opentelemetry-sdk==1.30.0"),
        ("3.11", "opentelemetry-sdk==1.30.0"),
        ("3.11", "opentelemetry-sdk==1.39.1"),
        ("3.11", "opentelemetry-sdk==1.40.0"),
        ("3.11", "opentelemetry-sdk==1.43.0"),
        ("3.10", NEWEST),
        ("3.11", NEWEST),
        ("3.12", NEWEST),
        ("3.13", NEWEST),
        # Too new to be had everywhere: where it is not, that is no reason to fail a run that may skip nothing.
        *([("3.14", NEWEST)] if find_interpreter("3.14") else []),
    ],
)
def test_costs_reach_every_exporter_on(python: str, sdk: str) -> None:
    binaries = environment(python, sdk, "pytest>=8.3")
    done = subprocess.run(
        [binaries / "python", "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:randomly", "tests/unit/sdk"],
        cwd=ROOT,
        # A skip in there is told by that SDK's age; here nothing is skipped.
        env={**{k: v for k, v in os.environ.items() if k != NO_SKIPS}, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=180,
    )
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-2000:]
