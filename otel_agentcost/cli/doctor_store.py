"""Where costs are kept and sent: the store of the configuration, and its OTLP endpoint."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
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
