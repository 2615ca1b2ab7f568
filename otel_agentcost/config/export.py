"""Check the `export` section, and turn it into the settings of metrics and events."""

from __future__ import annotations

import re
from collections.abc import Iterator

from otel_agentcost.config.export_schema import Export
from otel_agentcost.config.faults import Fault
from otel_agentcost.engine.measurements.settings import ExportSettings

_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110, section 5.1
_UNSENDABLE = re.compile(r"[^\t\x20-\x7e]")


def export_faults(export: Export) -> Iterator[Fault]:
    """Yield what is wrong with the section; never with a header's value, which may be a credential."""
    seen: set[str] = set()
    for name, value in export.headers.items():
        path = ("export", "headers", name)
        if not _HEADER_NAME.fullmatch(name):
            yield Fault(path, "a header's name has letters, digits and - only")
        elif name.lower() in seen:
            yield Fault(path, "is the same as another header: remove one")
        elif _UNSENDABLE.search(value):
            yield Fault(path, "a header's value is of printable ASCII")
        seen.add(name.lower())


def export_settings(export: Export) -> ExportSettings:
    """Return the settings."""
    return ExportSettings(
        otlp_endpoint=export.otlp_endpoint,
        protocol=export.protocol,
        headers=dict(export.headers),
        interval_seconds=export.interval_seconds,
        user_label=export.user_label,
        max_label_sets=export.max_label_sets,
    )
