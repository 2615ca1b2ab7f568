"""Where costs are kept and sent: the store of the configuration, and its OTLP endpoint."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path

from otel_agentcost.cli.finding import Finding, ok, problem, warning

_SQLITE = "sqlite:///"


def check_store(path: str | None, environ: Mapping[str, str]) -> Iterator[Finding]:
    """Check that the store can be opened and read. A file that is not there yet is not made."""
    from otel_agentcost.cli.books import open_to_read  # noqa: PLC0415 - each check stands alone
    from otel_agentcost.config.errors import ConfigError  # noqa: PLC0415
    from otel_agentcost.config.load import load_config  # noqa: PLC0415
    from otel_agentcost.engine.store import StoreError, StoreUnavailableError  # noqa: PLC0415
    from otel_agentcost.model.query import ExecutionQuery  # noqa: PLC0415

    try:
        config = load_config(path, environ)
    except ConfigError:
        return  # told by check_configuration
    url = config.store.url
    if url == "memory:":
        yield ok("store", "in memory: what executions cost ends with the process; set store.url to keep and ask it")
        return
    file = Path(url.removeprefix(_SQLITE))
    if url.startswith(_SQLITE) and not file.exists():
        folder = file.parent
        if not folder.is_dir():
            yield problem("store", f"there is no folder {str(folder)!r}", "make it, or correct store.url")
        else:
            yield ok("store", f"{file}: not there yet; the first process that records makes it")
        return
    try:
        store = open_to_read(url)
        try:
            total = store.executions_total(ExecutionQuery(limit=None))
            zone = store.time_zone
        finally:
            store.close()
    except StoreUnavailableError as error:
        yield problem("store", str(error), "nothing can be kept until it is reachable; recording goes on in memory")
        return
    except StoreError as error:
        yield problem("store", str(error), "correct store.url, or what it names")
        return
    found = f"{total.executions:,} executions, {total.calls:,} calls, days of {zone}"
    if zone != config.time_zone:
        yield warning(
            "store",
            f"{found}, while time_zone is {config.time_zone}",
            "a store keeps the zone that it was made with: begin a new one, or set time_zone to its own",
        )
    else:
        yield ok("store", found)


def check_export(path: str | None, environ: Mapping[str, str]) -> Iterator[Finding]:
    """Check that metrics and events can be sent where the configuration says, and that something listens there."""
    from otel_agentcost.cli.doctor_environment import reached  # noqa: PLC0415 - each check stands alone
    from otel_agentcost.config.errors import ConfigError  # noqa: PLC0415
    from otel_agentcost.config.load import load_config  # noqa: PLC0415
    from otel_agentcost.engine.measurements.settings import protocol_of  # noqa: PLC0415

    try:
        settings = load_config(path, environ).export
    except ConfigError:
        return  # told by check_configuration
    if settings.otlp_endpoint is None:
        yield ok("export", "none set: metrics and events go to the providers that your program sets")
        return
    package = "grpc" if protocol_of(settings) == "grpc" else "http"
    if not is_installed(f"opentelemetry.exporter.otlp.proto.{package}"):
        found = f"the exporter for {protocol_of(settings)} is not installed"
        yield problem("export", found, "pip install 'otel-agentcost[otlp]'")
        return
    yield reached("export", "export.otlp_endpoint", settings.otlp_endpoint)


def is_installed(module: str) -> bool:
    """Return whether a module can be imported, without importing it."""
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:
        return False
