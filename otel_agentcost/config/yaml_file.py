"""Read YAML the way people mean it, and remember on which line each key stands.

PyYAML takes the last of two equal keys silently, reads `off` and `no` as booleans, `2026-01-01` as a date and `1e-6` as
text. A configuration that charges money wants none of these surprises: equal keys are refused, only `true` and `false`
are booleans, dates stay text for the schema to judge, and every spelling of a number is a number.
"""

from __future__ import annotations

import re
from typing import Any, cast

import yaml

from otel_agentcost.config.errors import ConfigError
from otel_agentcost.config.key_path import Document, KeyPath, show_path

MAX_DEPTH = 32
MAX_KEYS = 100_000

_NAMED = re.compile(r"(undefined alias|for the tag|tag handle|duplicate anchor) ['\"].*")
"""What YAML takes for a name may be a secret that begins with `*`, `!` or `&`: the line number tells it as well."""


class _Loader(yaml.SafeLoader):
    """SafeLoader with the scalars of YAML 1.2's core schema."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - PyYAML's own shape; filled below


for _tag, _pattern, _first in (
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("null", r"null|Null|NULL|~|", "nN~\0"),
    ("int", r"[-+]?[0-9]+", "-+0123456789"),
    (
        "float",
        r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)",
        "-+.0123456789",
    ),
):
    cast("Any", _Loader).add_implicit_resolver(
        f"tag:yaml.org,2002:{_tag}", re.compile(f"^(?:{_pattern})$"), ["" if c == "\0" else c for c in _first]
    )


def _int(_: yaml.SafeLoader, node: yaml.ScalarNode) -> int:
    return int(node.value)


def _float(_: yaml.SafeLoader, node: yaml.ScalarNode) -> float:
    return float(node.value.lower().replace(".inf", "inf").replace(".nan", "nan"))


_Loader.add_constructor("tag:yaml.org,2002:int", _int)
_Loader.add_constructor("tag:yaml.org,2002:float", _float)


def parse(text: str, source: str) -> Document:
    """Return the content of YAML text; an empty document is an empty mapping.

    Raises:
        ConfigError: it is no YAML, holds an equal key twice, a key that is no text, or nests too deep.
    """
    lines: dict[KeyPath, int] = {}
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
        content: Any = {} if node is None else _build(loader, node, (), lines, source)
    except yaml.YAMLError as error:
        raise ConfigError(_syntax_error(error, source)) from None
    except RecursionError:
        raise ConfigError(f"{source}: nested too deep") from None
    except ValueError as error:
        if isinstance(error, ConfigError):
            raise
        raise ConfigError(f"{source}: no YAML: {error}") from None
    return Document({} if content is None else content, lines)


def _build(loader: yaml.SafeLoader, node: yaml.Node, path: KeyPath, lines: dict[KeyPath, int], source: str) -> Any:
    if len(path) > MAX_DEPTH:
        raise ConfigError(f"{source}:{_line(node)}: nested deeper than {MAX_DEPTH} levels")
    if len(lines) > MAX_KEYS:
        raise ConfigError(f"{source}:{_line(node)}: more than {MAX_KEYS} keys, with what *aliases repeat")
    if isinstance(node, yaml.MappingNode):
        found: dict[str, Any] = {}
        for key_node, value_node in cast("list[tuple[yaml.Node, yaml.Node]]", node.value):
            key = _key(loader, key_node, source)
            inner = (*path, key)
            if key in found:
                raise ConfigError(
                    f"{source}:{_line(key_node)}: {show_path(inner)}: stands twice, first on line {lines[inner]}"
                )
            lines[inner] = _line(key_node)
            found[key] = _build(loader, value_node, inner, lines, source)
        return found
    if isinstance(node, yaml.SequenceNode):
        items: list[Any] = []
        for index, item in enumerate(cast("list[yaml.Node]", node.value)):
            lines[(*path, index)] = _line(item)
            items.append(_build(loader, item, (*path, index), lines, source))
        return items
    return cast("Any", loader).construct_object(node)


def _key(loader: yaml.SafeLoader, node: yaml.Node, source: str) -> str:
    value = cast("Any", loader).construct_object(node) if isinstance(node, yaml.ScalarNode) else None
    if value is None or not isinstance(node, yaml.ScalarNode):
        raise ConfigError(f"{source}:{_line(node)}: a key that is no text")
    return str(node.value)


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1


def _syntax_error(error: yaml.YAMLError, source: str) -> str:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    where = f"{source}:{mark.line + 1}" if mark is not None else source
    what = getattr(error, "problem", None) or getattr(error, "reason", None) or str(error)
    said = _NAMED.sub(r"\1", " ".join(str(what).split()))
    return f"{where}: no YAML: {said}"
