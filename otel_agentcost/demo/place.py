"""Where the demo keeps its books, and the configuration that it runs with."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

from otel_agentcost.config.errors import ConfigError
from otel_agentcost.config.load import load_config
from otel_agentcost.config.model import Config
from otel_agentcost.config.store import store_faults, store_settings
from otel_agentcost.config.store_schema import Store

_CONFIGURATION = Path(__file__).with_name("agentcost.yaml")
_FILE = "agentcost.db"


def configuration(store: str | None) -> Config:
    """Return the demo's configuration, with its books in that store, else in a new file that is left for a look.

    Raises:
        ConfigError: the store is no address, or is one that no other process could read.
    """
    config = load_config(str(_CONFIGURATION))
    url = _new_file() if store is None else _given(store)
    # Whatever is wrong from here on is wrong with the store, and the file in our package is nobody's to mend.
    return replace(config, store=replace(config.store, url=url), source="--store" if store else "the demo")


def _given(store: str) -> str:
    section = Store(url=store)
    for fault in store_faults(section):
        raise ConfigError(f"--store: {fault.why}")
    url = store_settings(section, Path()).url
    if url.startswith("memory"):
        raise ConfigError("--store: a store in memory is gone with the demo; allowed: sqlite:///FILE or postgresql://…")
    return url


def _new_file() -> str:
    return f"sqlite:///{Path(tempfile.mkdtemp(prefix='agentcost-demo-'), _FILE).as_posix()}"
