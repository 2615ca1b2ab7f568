"""Read the documentation as the tests of it need it."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[3]
DOCS = ROOT / "docs"

_FENCE = re.compile(r"^(```|~~~).*?^\1\s*$", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"`([^`\n]+)`")


@cache
def text(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def pages() -> list[Path]:
    """Return every Markdown file that a reader may open, wherever it stands."""
    found = [
        path for path in ROOT.rglob("*.md") if not any(part.startswith(".") for part in path.relative_to(ROOT).parts)
    ]
    return sorted(path for path in found if "node_modules" not in path.parts)


def without_fences(markdown: str) -> str:
    return _FENCE.sub("", markdown)


def code(markdown: str) -> set[str]:
    """Return what stands in backticks, outside fenced blocks."""
    return set(_CODE.findall(without_fences(markdown)))


def first_column(markdown: str) -> list[str]:
    """Return what stands in backticks in the first column of each table: the names that a page defines."""
    cells = [line.split("|")[1] for line in without_fences(markdown).splitlines() if line.startswith("|")]
    return [name for cell in cells for name in _CODE.findall(cell)]
