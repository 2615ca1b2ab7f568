"""Where a value stands in a configuration, apart from YAML, whose import a process without a file need not pay for."""

from __future__ import annotations

import re
from typing import Any, NamedTuple, TypeAlias

KeyPath: TypeAlias = tuple[str | int, ...]


class Document(NamedTuple):
    """A parsed file: its content, and the line (from 1) of every key and list item."""

    content: Any
    lines: dict[KeyPath, int]


def show_path(path: KeyPath) -> str:
    """Return a key path as people write it: `prices.overrides[0].model`."""
    shown = ""
    for part in path:
        if isinstance(part, int):
            shown += f"[{part}]"
        elif re.fullmatch(r"[\w-]+", part):
            shown += f".{part}" if shown else part
        else:
            shown += f"[{part!r}]"
    return shown or "the whole file"
