"""What is installed: Python, the SDK, our entry points, instrumentations with known faults."""

from __future__ import annotations

import platform
import re
import sys
from collections.abc import Iterator
from importlib import metadata

from otel_agentcost.cli.finding import Finding, ok, problem, warning

OLDEST_PYTHON, NEWEST_PYTHON = (3, 10), (3, 14)
OLDEST_SDK = (1, 30)

_ENTRY_POINTS = ("opentelemetry_pre_instrument", "opentelemetry_post_instrument", "opentelemetry_traces_exporter")


def check_python() -> Iterator[Finding]:
    """Check the interpreter's version."""
    version = platform.python_version()
    if OLDEST_PYTHON <= sys.version_info[:2] <= NEWEST_PYTHON:
        yield ok("python", version)
    else:
        supported = f"{_dotted(OLDEST_PYTHON)} to {_dotted(NEWEST_PYTHON)}"
        yield warning("python", f"{version} is not tested", f"supported are {supported}")


def check_sdk() -> Iterator[Finding]:
    """Check the OpenTelemetry SDK's version."""
    version = _version("opentelemetry-sdk")
    if version is None:
        yield problem("sdk", "opentelemetry-sdk is not installed", "pip install 'opentelemetry-sdk>=1.30'")
    elif _numbers(version) < OLDEST_SDK:
        yield problem(
            "sdk", f"opentelemetry-sdk {version} is too old", f"pip install 'opentelemetry-sdk>={_dotted(OLDEST_SDK)}'"
        )
    else:
        yield ok("sdk", f"opentelemetry-sdk {version} (supported from {_dotted(OLDEST_SDK)} on)")


def check_entry_points() -> Iterator[Finding]:
    """Check that zero-code set-up and the SDK's configurator can find us."""
    missing = [group for group in _ENTRY_POINTS if not metadata.entry_points(group=group, name="agentcost")]
    if missing:
        yield problem(
            "entry points",
            f"not found: {', '.join(missing)}",
            "reinstall otel-agentcost into this environment: pip install --force-reinstall otel-agentcost",
        )
    else:
        yield ok("entry points", "the hooks and the exporter agentcost are registered in this environment")


def check_instrumentations() -> Iterator[Finding]:
    """Name the installed instrumentations whose telemetry is known to be wrong or incomplete."""
    from otel_agentcost.conventions.quirks import QUIRKS  # noqa: PLC0415 - the readers are not needed before this

    found: dict[str, list[str]] = {}
    for quirk in QUIRKS:
        version = None if quirk.distribution is None else _version(quirk.distribution)
        if version is None or not quirk.concerns_version(version):
            continue
        faults = found.setdefault(f"{quirk.distribution} {version}", [])
        if quirk.fault not in faults:
            faults.append(quirk.fault)
    for name, faults in found.items():
        yield warning(
            "instrumentations",
            f"{name}: {'; '.join(faults)}",
            "corrected where the spans allow it; where not, the calls are marked estimated or unpriced",
        )
    if not found:
        yield ok("instrumentations", "none installed that is known to leave out or misstate tokens")


def _version(distribution: str) -> str | None:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version)[:3])


def _dotted(version: tuple[int, ...]) -> str:
    return ".".join(map(str, version))
