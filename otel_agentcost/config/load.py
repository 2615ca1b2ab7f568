"""Find, read and check the configuration: file and environment in, `Config` out, or one precise line an error."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, cast

import msgspec

from otel_agentcost.config import checks, convert, environment, faults
from otel_agentcost.config.errors import ConfigError
from otel_agentcost.config.export import export_settings
from otel_agentcost.config.faults import Fault
from otel_agentcost.config.key_path import Document, KeyPath, show_path
from otel_agentcost.config.model import Config
from otel_agentcost.config.schema import File
from otel_agentcost.config.store import store_settings
from otel_agentcost.pricing.overrides import Overrides
from otel_agentcost.pricing.settings import PriceSettings

DEFAULT_FILE = "agentcost.yaml"
LARGEST_FILE_BYTES = 16 << 20


def load_config(path: str | None = None, environ: Mapping[str, str] | None = None) -> Config:
    """Return the configuration.

    The file is `path`, else the one that `AGENTCOST_CONFIG` names, else `agentcost.yaml` in the current directory where
    there is one. Environment variables override it.

    Raises:
        ConfigError: a file that was asked for cannot be read, or a value is wrong.
    """
    environ = os.environ if environ is None else environ
    file = find_file(path, environ)
    if file is None:
        return build(Document({}, {}), None, environ)
    from otel_agentcost.config.yaml_file import parse  # noqa: PLC0415 - see key_path.py

    return build(parse(_read(file), str(file)), str(file), environ)


def find_file(path: str | None, environ: Mapping[str, str]) -> Path | None:
    """Return which file is the configuration; None where there is none."""
    named = path or environ.get(environment.CONFIG_FILE)
    if named:
        return Path(named)
    found = Path(DEFAULT_FILE)
    return found if found.is_file() else None


def build(document: Document, source: str | None, environ: Mapping[str, str]) -> Config:
    """Return the configuration of a parsed file and the environment.

    Raises:
        ConfigError: a value is wrong; one line for each.
    """
    if not isinstance(cast("object", document.content), dict):
        raise ConfigError(f"{source}: the whole file is no mapping: it has keys such as prices and identity")
    content = _without_empty_sections(cast("dict[str, Any]", document.content))
    origins = environment.overlay(content, environ, File)
    problems = list(faults.faults(content, File))
    if not problems:
        file = msgspec.convert(content, File)
        problems = list(checks.faults_between(file))
        folder = Path() if source is None else Path(source).parent
        prices = convert.price_settings(file.prices, Path() if ("prices", "litellm_file") in origins else folder)
        problems = problems or list(_pricing_faults(prices))
        if not problems:
            store = store_settings(file.store, Path() if ("store", "url") in origins else folder)
            settings = convert.engine_settings(file)
            return Config(prices, settings, source, store, export_settings(file.export), file.time_zone)
    raise ConfigError("\n".join(_lines(problems, document, source, origins)))


def _pricing_faults(prices: PriceSettings) -> Iterator[Fault]:
    """Yield what the pricing ring itself refuses, so that it is said here and with its line."""
    if prices.litellm_file is not None and not Path(prices.litellm_file).is_file():
        yield Fault(("prices", "litellm_file"), f"{prices.litellm_file!r} is not allowed: there is no such file")
    try:
        Overrides(prices)
    except ValueError as error:
        path, _, why = str(error).partition(": ")
        yield Fault(_key_path(path), why or str(error))


def _key_path(text: str) -> KeyPath:
    return tuple(int(part) if part.isdigit() else part for part in re.findall(r"[^.\[\]]+", text))


def _lines(
    problems: Iterable[Fault], document: Document, source: str | None, origins: Mapping[KeyPath, str]
) -> Iterable[str]:
    for path, why in problems:
        yield f"{_where(path, document, source, origins)}: {show_path(path)}: {why}"


def _where(path: KeyPath, document: Document, source: str | None, origins: Mapping[KeyPath, str]) -> str:
    """Return the variable, or the file and the line, that a key path came from."""
    for length in range(len(path), 0, -1):
        if path[:length] in origins:
            return origins[path[:length]]
        if path[:length] in document.lines:
            return f"{source}:{document.lines[path[:length]]}"
    return source or "configuration"


def _read(file: Path) -> str:
    try:
        if file.stat().st_size > LARGEST_FILE_BYTES:
            raise ConfigError(f"{file}: larger than {LARGEST_FILE_BYTES >> 20} MiB, which no configuration is")
        return file.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise ConfigError(f"{file}: {(error.strerror or str(error)).lower()}") from None
    except UnicodeDecodeError as error:
        raise ConfigError(f"{file}: not UTF-8 at byte {error.start}") from None


def _without_empty_sections(content: dict[str, Any]) -> dict[str, Any]:
    """Return a copy in which a section with nothing below its key (all commented out) is as good as absent."""
    known = {each.encode_name for each in msgspec.structs.fields(File)}
    return {
        key: dict(cast("dict[str, Any]", value)) if isinstance(value, dict) else value
        for key, value in content.items()
        if value is not None or key not in known
    }
