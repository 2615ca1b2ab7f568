"""Open the store that a command reads, and say in one line why that or a question to it failed."""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Callable
from pathlib import Path
from time import time_ns
from typing import NamedTuple

from otel_agentcost.cli.exit_codes import USAGE
from otel_agentcost.engine.store import Reader, StoreError, StoreUnavailableError
from otel_agentcost.ledger.calendar import Calendar

_SQLITE = "sqlite:///"
_MEMORY = "memory"
ALLOWED = "sqlite:///FILE or postgresql://USER@HOST/DATABASE"


class Books(NamedTuple):
    """An open store, the calendar that its answers are told in, and the moment of the question."""

    reader: Reader
    calendar: Calendar
    now_unix_nano: int

    @property
    def zone(self) -> str:
        return self.calendar.time_zone


class QuestionError(ValueError):
    """A question that cannot be asked so. One line a fault: the argument, the value, what is allowed."""


def add_store_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare which store a command reads."""
    parser.add_argument("--store", metavar="URL", help=f"{ALLOWED}; else the configuration's store.url")
    parser.add_argument("--config", metavar="FILE", help="default: AGENTCOST_CONFIG, or agentcost.yaml where you are")


def with_books(args: argparse.Namespace, answer: Callable[[argparse.Namespace, Books], int]) -> int:
    """Open the store, let `answer` do its work and return its exit code; what goes wrong is one line and code 2."""
    from otel_agentcost.config.errors import ConfigError  # noqa: PLC0415 - `--help` needs none of these

    try:
        reader = _open(args)
        try:
            return answer(args, Books(reader, _calendar(args, reader), time_ns()))
        finally:
            reader.close()
    except (QuestionError, StoreError, ConfigError) as error:
        return _refuse(str(error))
    except StoreUnavailableError as error:
        return _refuse(f"the store cannot be read now: {error}")


def store_url(args: argparse.Namespace) -> str:
    """Return where the books are kept.

    Raises:
        QuestionError: nobody says where, nothing can be there, or there is no such file.
        ConfigError: the configuration is wrong.
    """
    from otel_agentcost.config.load import load_config  # noqa: PLC0415 - `--help` needs none of these
    from otel_agentcost.config.store import store_faults, store_settings  # noqa: PLC0415
    from otel_agentcost.config.store_schema import Store  # noqa: PLC0415

    named: str | None = args.store
    if named is None:
        config = load_config(args.config)
        key, url = f"{config.source or 'configuration'}: store.url", config.store.url
        if url.startswith(_MEMORY):
            where = f"set store.url in {config.source or 'agentcost.yaml'}"
            raise QuestionError(f"no store that outlives a process is named: give --store {ALLOWED}, or {where}")
    else:
        store = Store(url=named)
        for fault in store_faults(store):
            raise QuestionError(f"--store: {fault.why}")
        key, url = "--store", store_settings(store, Path()).url
        if url.startswith(_MEMORY):
            raise QuestionError(f"--store: a store in memory is its own process's alone; allowed: {ALLOWED}")
    if url.startswith(_SQLITE):
        file = Path(url.removeprefix(_SQLITE))
        if not file.is_file():
            made = "a process that records into this store makes it"
            raise QuestionError(f"{key}: {str(file)!r}: there is no such file; {made}")
    return url


def _open(args: argparse.Namespace) -> Reader:
    return open_to_read(store_url(args))


def open_to_read(url: str) -> Reader:
    """Open a store that is there.

    Raises:
        StoreError, StoreUnavailableError: as `stores.open.open_store` does.
    """
    from otel_agentcost.stores.open import open_store  # noqa: PLC0415 - once it is known which

    log = logging.getLogger("otel_agentcost.stores")
    level = log.level
    log.setLevel(logging.ERROR)  # who reads takes the store's own time zone: that it is another is nothing to warn of
    try:
        return open_store(url, create=False)
    finally:
        log.setLevel(level)


def _calendar(args: argparse.Namespace, reader: Reader) -> Calendar:
    named: str | None = getattr(args, "time_zone", None)
    try:
        return Calendar(named or reader.time_zone)
    except ValueError as error:
        raise QuestionError(f"--{str(error).replace('time_zone', 'time-zone', 1)}" if named else str(error)) from None


def _refuse(message: str) -> int:
    for line in message.splitlines():
        sys.stderr.write(f"agentcost: {line}\n")
    return USAGE
