"""Check the `store` section, and turn it into the settings of the stores ring."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from otel_agentcost.config.errors import did_you_mean
from otel_agentcost.config.faults import Fault
from otel_agentcost.config.store_schema import Retention, Store
from otel_agentcost.stores.settings import RetentionSettings, StoreSettings

_SCHEMES = ("memory", "sqlite", "postgresql", "cockroachdb")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9.-]{0,20})(\+[A-Za-z0-9_]{1,20})?:")
_MEMORY = re.compile(r"memory(:(//)?)?")
_SQLITE = re.compile(r"sqlite:///(?P<path>[^?#]+)")
_SECONDS = {"h": 3_600.0, "d": 86_400.0, "w": 7 * 86_400.0, "y": 365 * 86_400.0}


def store_faults(store: Store) -> Iterator[Fault]:
    """Yield what is wrong with the section; never with a word of what stands behind the address's scheme."""
    why = _url_fault(store.url.strip())
    if why is not None:
        yield Fault(("store", "url"), why)
    kept = store.retention
    for short, long in (("calls", "executions"), ("executions", "days")):
        time, other = getattr(kept, short), getattr(kept, long)
        shorter, longer = _seconds(time), _seconds(other)
        if longer is not None and (shorter is None or shorter > longer):
            why = f"{time!r} is not allowed beside {long}: {other}, which must last at least as long"
            yield Fault(("store", "retention", short), why)


def store_settings(store: Store, folder: Path) -> StoreSettings:
    """Return the settings; the relative path of a file starts at `folder`."""
    return StoreSettings(
        _address(store.url.strip(), folder), _retention(store.retention), store.flush_seconds, store.max_pending_spans,
        store.synchronous,
    )  # fmt: skip


def _url_fault(url: str) -> str | None:
    if _MEMORY.fullmatch(url):
        return None
    found = _SCHEME.match(url)
    if found is None:
        return "this is no address; allowed: memory, sqlite:///FILE, or postgresql://USER:PASSWORD@HOST/DATABASE"
    scheme, driver = found.groups()
    if scheme not in _SCHEMES:
        return f"an address that begins {found[0]!r} is not allowed: {did_you_mean(scheme, _SCHEMES)}"
    if driver and (scheme in ("memory", "sqlite") or driver != "+psycopg"):
        return f"an address that begins {found[0]!r} is not allowed: write {scheme}: without {driver}"
    if scheme == "memory":
        return "nothing stands behind memory:"
    return _sqlite_fault(url) if scheme == "sqlite" else _server_fault(url)


def _sqlite_fault(url: str) -> str | None:
    found = _SQLITE.fullmatch(url)
    if found is None:
        return "an address of SQLite is sqlite:///FILE, or sqlite:////FOLDER/FILE from the root on"
    if ":memory:" in found["path"]:
        return "SQLite in memory is nothing that processes could share; write memory"
    return None


def _server_fault(url: str) -> str | None:
    if not re.match(r"\w+(\+\w+)?://", url):
        return "an address of PostgreSQL is postgresql://USER:PASSWORD@HOST/DATABASE"
    try:
        address = urlsplit(url)
        address.port  # noqa: B018 - reading it is what checks it
    except ValueError:
        advice = "write special characters of a password as percent codes, such as %40 for @"
        return f"its host and port cannot be read: {advice}"
    if re.search(r"(^|&)password=", address.query):
        return "a password in the query is in everything that shows the address: write USER:PASSWORD@HOST"
    return None


def _address(url: str, folder: Path) -> str:
    if _MEMORY.fullmatch(url):
        return "memory:"
    found = _SQLITE.fullmatch(url)
    if found is None:
        return url
    path = Path(found["path"]).expanduser()
    return f"sqlite:///{(folder / path).absolute().as_posix()}"


def _retention(kept: Retention) -> RetentionSettings:
    return RetentionSettings(_seconds(kept.calls), _seconds(kept.executions), _seconds(kept.days))


def _seconds(time: str) -> float | None:
    """Return a time as the schema lets it through; None for ever."""
    return None if time == "forever" else int(time[:-1]) * _SECONDS[time[-1]]
