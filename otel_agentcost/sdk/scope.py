"""The instrumentation scope of the metrics and events that are ours."""

from __future__ import annotations

from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Final

SCOPE: Final = "otel_agentcost"


@cache
def scope_version() -> str | None:
    """Return the version of this package; None where it runs without having been installed."""
    try:
        return version("otel-agentcost")
    except PackageNotFoundError:
        return None
