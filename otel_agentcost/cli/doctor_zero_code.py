"""What `opentelemetry-instrument` needs: to be installed and switched on, and an exporter behind each name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import metadata

from otel_agentcost.cli.finding import Finding, ok, problem, warning

ENABLED = "OTEL_PYTHON_AGENTCOST_ENABLED"

_EXPORTER = "OTEL_TRACES_EXPORTER"
_WRAPPED = "OTEL_PYTHON_AGENTCOST_EXPORTER"
_WRAPPED_BY_DEFAULT = "otlp_proto_http"
_OWN_NAME = "agentcost"
_PROTOCOLS = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
_OTLP = {"grpc": "otlp_proto_grpc", "http/protobuf": "otlp_proto_http"}
"""What the SDK takes `otlp` for, by the protocol that is set."""
_DISTRO_GROUP, _EXPORTER_GROUP = "opentelemetry_configurator", "opentelemetry_traces_exporter"


def is_enabled(environ: Mapping[str, str]) -> bool:
    """Return whether zero-code use is switched on."""
    return environ.get(ENABLED, "").strip().lower() == "true"


def check_enabled(environ: Mapping[str, str]) -> Iterator[Finding]:
    """Check that zero-code use is switched on, and that there is something to switch it on in."""
    value = environ.get(ENABLED, "").strip()
    if is_enabled(environ):
        if _is_distro_installed():
            yield ok("zero code", f"{ENABLED}=true, and opentelemetry-instrument is installed")
        else:
            yield problem(
                "zero code",
                f"{ENABLED}=true, but no distro is installed, so there is no opentelemetry-instrument that reads it",
                "pip install opentelemetry-distro, and start your program with opentelemetry-instrument",
            )
    elif value:
        yield warning("zero code", f"{ENABLED}={value} does not switch it on", f"set {ENABLED}=true")
    elif _is_distro_installed():
        yield warning(
            "zero code",
            f"{ENABLED} is not set, so opentelemetry-instrument leaves costs out",
            f"set {ENABLED}=true, or add AgentCostSpanProcessor() to your tracer provider and ignore this",
        )
    else:
        yield ok("zero code", f"not used: {ENABLED} is not set and no distro is installed; add the processor in code")


def check_exporter(environ: Mapping[str, str]) -> Iterator[Finding]:
    """Check that spans are exported, by exporters that are installed."""
    chosen = environ.get(_EXPORTER, "").strip()
    if environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
        yield problem("exporter", "OTEL_SDK_DISABLED=true: there are no spans", "unset OTEL_SDK_DISABLED")
    elif chosen.lower() == "none":
        advice = f"set {_EXPORTER}=otlp"
        yield warning("exporter", f"{_EXPORTER}=none: costs are counted and nobody sees them on spans", advice)
    elif chosen:
        yield from _check_chosen(chosen, environ)
    elif is_enabled(environ) and _is_distro_installed():
        yield from _check_chosen("otlp", environ, ", the distro's default")
    else:
        yield ok("exporter", f"{_EXPORTER} is not set: spans go to the exporters that your code adds")


def _check_chosen(chosen: str, environ: Mapping[str, str], note: str = "") -> Iterator[Finding]:
    """Look each name up as the SDK would, and the one that our own exporter wraps."""
    installed = {entry.name for entry in metadata.entry_points(group=_EXPORTER_GROUP)}
    names = [name.strip() for name in chosen.split(",")]
    faults = [_fault(_EXPORTER, name, note, _looked_up(name, environ), installed) for name in names]
    if _OWN_NAME in names:
        wrapped = environ.get(_WRAPPED, "").strip()
        wanted = wrapped or _WRAPPED_BY_DEFAULT
        faults.append(_fault(_WRAPPED, wanted, "" if wrapped else ", the default", wanted, installed - {_OWN_NAME}))
    found = [fault for fault in faults if fault is not None]
    yield from found or [ok("exporter", f"{_EXPORTER}={chosen}{note}")]


def _looked_up(name: str, environ: Mapping[str, str]) -> str:
    """Return the entry point that the SDK takes for a name: `otlp` is one of two, by the protocol that is set."""
    protocol = next((environ[each].strip() for each in _PROTOCOLS if environ.get(each)), "grpc")
    return _OTLP.get(protocol, f"unknown for the protocol {protocol!r}") if name == "otlp" else name


def _fault(variable: str, name: str, note: str, wanted: str, installed: set[str]) -> Finding | None:
    if wanted in installed:
        return None
    means = "" if wanted == name else f" ({wanted})"
    advice = f"installed are: {', '.join(sorted(installed)) or 'none'}"
    if wanted in _OTLP.values():
        advice = "pip install otel-agentcost[otlp]"
    elif means:
        advice = f"set {_PROTOCOLS[-1]} to {' or '.join(_OTLP)}"
    return problem("exporter", f"{variable}={name}{note}{means}: no such exporter is installed", advice)


def _is_distro_installed() -> bool:
    """Return whether any distro is: vendors have theirs, and each brings `opentelemetry-instrument`."""
    return bool(metadata.entry_points(group=_DISTRO_GROUP))
