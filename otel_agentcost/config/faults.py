"""Find every place where data does not fit the schema, and say what fits there.

msgspec stops at the first fault and names neither the value nor what was probably meant. The walk here asks msgspec
about one value at a time, so there is one schema, and the description of each field doubles as the error's advice.
"""

from __future__ import annotations

import math
import re
import types
from collections.abc import Iterable, Iterator
from typing import Annotated, Any, NamedTuple, Union, cast, get_args, get_origin

import msgspec

from otel_agentcost.config.credentials import HIDDEN
from otel_agentcost.config.errors import did_you_mean, nearest, shown
from otel_agentcost.config.key_path import KeyPath
from otel_agentcost.config.secrets import is_secret

_HARMLESS = re.compile(r"memory:?(//)?|sqlite:/*[^@?:]*")
"""An address without a password, whatever the setting that it belongs to."""
_ABSENT = (type(None), msgspec.UnsetType)


class Fault(NamedTuple):
    """One thing wrong: where, and why (with the value and what is allowed)."""

    path: KeyPath
    why: str


def faults(data: Any, kind: Any, path: KeyPath = (), allowed: str = "", *, is_hidden: bool = False) -> Iterator[Fault]:
    """Yield what is wrong with `data` where a value of type `kind` belongs; `allowed` describes that value."""
    is_hidden = is_hidden or is_secret(kind)
    plain, allowed = unwrap(kind, allowed)
    plain = _struct_among(plain, data)
    if isinstance(plain, type) and issubclass(plain, msgspec.Struct):
        yield from _struct_faults(data, plain, path, is_hidden)
        return
    origin = get_origin(plain)
    found: list[Fault] = []
    if origin is list and isinstance(data, list):
        for index, item in enumerate(cast("list[Any]", data)):
            found += faults(item, get_args(plain)[0], (*path, index), allowed, is_hidden=is_hidden)
    elif origin is dict and isinstance(data, dict):
        for key, item in cast("dict[str, Any]", data).items():
            found += faults(item, get_args(plain)[1], (*path, key), allowed, is_hidden=is_hidden)
    yield from found
    if not found and not _fits(data, kind):
        yield Fault(path, f"{_said(data, is_hidden)} is not allowed; allowed: {allowed}")


def _said(data: Any, is_hidden: bool) -> str:
    """Return a value for an error; of a secret only whether there is one."""
    tells_nothing = data is None or isinstance(data, (dict, list))
    return HIDDEN if is_hidden and not tells_nothing else shown(cast("object", data))


def unwrap(kind: Any, description: str = "") -> tuple[Any, str]:
    """Return the type within annotations and what says that it may be absent, and the innermost description there."""
    while True:
        origin = get_origin(kind)
        if origin is Annotated:
            kind, *notes = get_args(kind)
            for note in notes:
                description = getattr(note, "description", None) or description
        elif origin in (Union, types.UnionType):
            real = [each for each in get_args(kind) if each not in _ABSENT]
            if len(real) != 1:
                return kind, description
            kind = real[0]
        else:
            return kind, description


def _struct_among(kind: Any, data: Any) -> Any:
    """Return the mapping's own type where a mapping stands for one of several types: `on`, or details."""
    if get_origin(kind) in (Union, types.UnionType) and isinstance(data, dict):
        return next(
            (each for each in get_args(kind) if isinstance(each, type) and issubclass(each, msgspec.Struct)), kind
        )
    return kind


def _struct_faults(data: Any, kind: type[msgspec.Struct], path: KeyPath, is_hidden: bool) -> Iterator[Fault]:
    fields = {field.encode_name: field for field in msgspec.structs.fields(kind)}
    if not isinstance(data, dict):
        meant = fields.get(getattr(kind, "MEANT", ""))
        if meant is not None and isinstance(data, str) and data.strip():
            yield Fault(path, _stands_for(data, meant, str(path[-1]), is_hidden=is_hidden or is_secret(meant.type)))
            return
        yield Fault(path, f"{_said(data, is_hidden)} is not allowed; allowed: a mapping with {', '.join(fields)}")
        return
    held = cast("dict[str, Any]", data)
    for key, value in held.items():
        field = fields.get(key)
        if field is None:
            yield Fault((*path, _shown_key(key, fields, is_hidden)), unknown_key(key, kind))
        else:
            yield from faults(value, field.type, (*path, key))
    for name, field in fields.items():
        if field.required and name not in held:
            yield Fault((*path, name), f"is missing: {unwrap(field.type)[1]}")


def _stands_for(data: str, meant: msgspec.structs.FieldInfo, section: str, *, is_hidden: bool) -> str:
    """Say of a text in place of a mapping how it is written in it."""
    said = shown(data)
    if is_hidden and not _HARMLESS.fullmatch(data):
        said = HIDDEN
    written = data if said != HIDDEN and len(said) == len(data) + 2 else HIDDEN
    return f"{said} is not allowed; did you mean {section}: {{{meant.encode_name}: {written}}}?"


def _shown_key(key: str, known: Iterable[str], is_hidden: bool) -> str:
    """Return an unknown key; where secrets stand, one that is no misspelling may itself be one that lost its key."""
    return HIDDEN if is_hidden and not nearest(key, known) else key


def unknown_key(key: str, kind: type[msgspec.Struct]) -> str:
    """Say that a key is not known, and which was probably meant."""
    if key in cast("frozenset[str]", getattr(kind, "LATER", ())):
        return "this version does not know that section yet; remove it"
    known = [field.encode_name for field in msgspec.structs.fields(kind)]
    return f"no such key: {did_you_mean(key, known)}"


def _fits(data: Any, kind: Any) -> bool:
    if isinstance(data, float) and not math.isfinite(data):
        return False
    try:
        msgspec.convert(data, kind)
    except msgspec.ValidationError:
        return False
    return True
