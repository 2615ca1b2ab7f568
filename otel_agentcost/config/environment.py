"""Read the same settings from environment variables: `AGENTCOST_` and the key path, in capitals, joined by `_`.

`prices.unknown` is `AGENTCOST_PRICES_UNKNOWN`. A variable replaces the file's value whole. Its text is read as YAML, so
lists and mappings can be given (`AGENTCOST_PRICES_ALIASES='{prod: azure/gpt-4o}'`); text settings take it as it is, and
lists of text also take `a,b`. Items within lists and free mappings have no variable of their own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, cast, get_args, get_origin

import msgspec

from otel_agentcost.config.credentials import HIDDEN
from otel_agentcost.config.errors import ConfigError, did_you_mean, shown
from otel_agentcost.config.faults import unwrap
from otel_agentcost.config.key_path import KeyPath
from otel_agentcost.config.secrets import is_secret

PREFIX = "AGENTCOST_"
CONFIG_FILE = "AGENTCOST_CONFIG"

_SERVICE_LINK = re.compile(
    r"AGENTCOST_(\w+_)?(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT(_\d+_[A-Z]+(_(PROTO|PORT|ADDR))?)?)"
)
"""What Kubernetes puts into every pod's environment for a service whose name starts with `agentcost`."""


class Variable(NamedTuple):
    """One environment variable and the setting that it sets."""

    name: str
    path: tuple[str, ...]
    kind: Any
    description: str


def variables(schema: type[msgspec.Struct], path: tuple[str, ...] = ()) -> Iterator[Variable]:
    """Yield the variable of every setting in a schema, in its order."""
    for field in msgspec.structs.fields(schema):
        kind, description = unwrap(field.type)
        inner = (*path, field.encode_name)
        if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
            yield from variables(kind, inner)
        else:
            yield Variable(_name(inner), inner, kind, description)


def overlay(content: dict[str, Any], environ: Mapping[str, str], schema: type[msgspec.Struct]) -> dict[KeyPath, str]:
    """Put what the environment sets into `content`, and return which variable each such key path came from.

    Raises:
        ConfigError: a variable starts like ours and sets nothing that exists, or is no YAML where YAML is needed.
    """
    known = {variable.name: variable for variable in variables(schema)}
    origins: dict[KeyPath, str] = {}
    for name in _ours(environ):
        variable = known.get(name)
        if variable is None:
            raise ConfigError(f"{name}: {_unknown(name, known, schema)}")
        if environ[name] != "":  # as the OpenTelemetry specification has it: empty is unset
            _set(content, variable, _value(environ[name], variable), schema)
            origins[variable.path] = name
    return origins


def set_by_environment(environ: Mapping[str, str]) -> list[str]:
    """Return the variables that set something."""
    return [name for name in _ours(environ) if environ[name] != ""]


def _ours(environ: Mapping[str, str]) -> Iterator[str]:
    for name in sorted(environ):
        if name.startswith(PREFIX) and name != CONFIG_FILE and not _SERVICE_LINK.fullmatch(name):
            yield name


def _unknown(name: str, known: Mapping[str, Variable], schema: type[msgspec.Struct]) -> str:
    section = name.removeprefix(PREFIX).split("_")[0].lower()
    if section in cast("frozenset[str]", getattr(schema, "LATER", ())):
        return f"this version does not know the section {section!r} yet; remove it"
    within = [each.name for each in known.values() if name in _sections(each)]
    if within:
        return f"a section has no variable of its own; there are {', '.join(within)}"
    return f"no such setting: {did_you_mean(name, [*known, CONFIG_FILE], PREFIX)}"


def _sections(variable: Variable) -> list[str]:
    """Return what the sections around a setting would be called if they had variables."""
    return [_name(variable.path[:depth]) for depth in range(1, len(variable.path))]


def _name(path: tuple[str, ...]) -> str:
    return PREFIX + "_".join(path).upper()


def _value(text: str, variable: Variable) -> Any:
    if variable.kind is str:
        return text
    is_list_of_text = get_origin(variable.kind) is list and unwrap(get_args(variable.kind)[0])[0] is str
    if is_list_of_text and text.lstrip()[:1] not in ("[", "{"):
        return [part.strip() for part in text.split(",") if part.strip()]
    from otel_agentcost.config.yaml_file import parse  # noqa: PLC0415 - see key_path.py

    return parse(text, variable.name).content


def _set(content: dict[str, Any], variable: Variable, value: Any, schema: type[msgspec.Struct]) -> None:
    held, kind, is_hidden = content, schema, False
    for part in variable.path[:-1]:
        below = next(each.type for each in msgspec.structs.fields(kind) if each.encode_name == part)
        kind, is_hidden = unwrap(below)[0], is_hidden or is_secret(below)
        inner = held.get(part)
        if inner is None:
            inner = held[part] = {}
        if not isinstance(inner, dict):
            section = ".".join(variable.path[:-1])
            said = HIDDEN if is_hidden else shown(inner)
            raise ConfigError(f"{variable.name}: cannot be set, since {section} is {said} and no mapping")
        held = cast("dict[str, Any]", inner)
    held[variable.path[-1]] = value
