"""Tables that fit: numbers whole, names shortened, what matters least left out where the terminal is narrow."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import TextIO

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

_GAP = "  "
_PLAINER = str.maketrans("█▉▊▋▌▍▎▏▲▼…·├└│─", "########+-~.|`|-")
_UNBOUNDED = 500
"""Columns where no terminal sets a width: a file or a pipe wants whole values."""


@dataclass(frozen=True)
class Column:
    """One column. `rank` 0 stays however narrow the terminal is; of the others the highest goes first."""

    title: str
    cells: Sequence[Text]
    rank: int = 0
    is_number: bool = False
    """Numbers stand to the right and are never shortened: a shortened number is a wrong number."""
    least: int = 10
    """How narrow a column of text may become."""

    @cached_property
    def widest(self) -> int:
        return max(cell_len(self.title), *(cell.cell_len for cell in self.cells), 1)

    @cached_property
    def narrowest(self) -> int:
        return self.widest if self.is_number else min(self.widest, max(self.least, cell_len(self.title)))


class PipedConsole(Console):
    """A console that leaves it to `main` to say that the reader of the output went away: rich's own exits with 1."""

    def on_broken_pipe(self) -> None:
        raise  # noqa: PLE0704 - rich calls this while it handles the BrokenPipeError


def console_for(out: TextIO) -> Console:
    """Return a console that writes there, as wide as the terminal, or unbounded where there is none."""
    if out.isatty() or os.environ.get("COLUMNS"):
        return PipedConsole(file=out, highlight=False)
    return PipedConsole(file=out, highlight=False, width=_UNBOUNDED)


def print_line(out: Console, line: Text) -> None:
    """Print one line whole, in plain characters where the output has no others."""
    if _is_ascii(out.encoding):
        line = line.copy()
        line.plain = line.plain.translate(_PLAINER)
    out.print(line, soft_wrap=True)


@cache
def _is_ascii(encoding: str) -> bool:
    try:
        "█▏├▲…".encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return True
    return False


def numbers(title: str, cells: Iterable[str | Text], rank: int = 0) -> Column:
    """Return a column of numbers."""
    return Column(title, [Text(cell) if isinstance(cell, str) else cell for cell in cells], rank, is_number=True)


def names(title: str, cells: Iterable[Text], rank: int = 0, least: int = 10) -> Column:
    """Return a column of names."""
    return Column(title, list(cells), rank, least=least)


def print_columns(out: Console, columns: Sequence[Column], *, ends_in_total: bool = False) -> None:
    """Print columns of equal length under their titles. The last row stands out where it is a total."""
    shown, widths = fit(columns, out.width)
    if not shown:
        return
    _print_row(out, [Text(column.title, style="bold") for column in shown], shown, widths)
    last = len(shown[0].cells) - 1
    for index in range(last + 1):
        cells = [column.cells[index] for column in shown]
        is_total = ends_in_total and index == last
        _print_row(out, [_bold(cell) for cell in cells] if is_total else cells, shown, widths)


def fit(columns: Sequence[Column], width: int) -> tuple[list[Column], list[int]]:
    """Return the columns that fit and their widths.

    Columns without a value say nothing and go first; then whole columns by rank, until the rest fits with its names
    shortened; names get what is left, the longest giving first.
    """
    shown = [each for each in columns if not each.rank or any(cell.plain.strip("-") for cell in each.cells)]
    while _total(each.narrowest for each in shown) > width:
        highest = max((each.rank for each in shown), default=0)
        if not highest:
            break
        shown = [each for each in shown if each.rank != highest]
    widths = [each.widest for each in shown]
    over = _total(widths) - width
    while over > 0:
        candidates = [place for place, each in enumerate(shown) if widths[place] > each.narrowest]
        if not candidates:
            break
        widest = max(candidates, key=lambda place: widths[place])
        others = [widths[place] for place in candidates if widths[place] < widths[widest]]
        step = min(over, widths[widest] - max(shown[widest].narrowest, *others, 1)) or 1
        widths[widest] -= step
        over -= step
    return shown, widths


def _total(widths: Iterable[int]) -> int:
    listed = list(widths)
    return sum(listed) + len(_GAP) * max(0, len(listed) - 1)


def _print_row(out: Console, cells: Sequence[Text], columns: Sequence[Column], widths: Sequence[int]) -> None:
    line = Text()
    last = len(columns) - 1
    for place, (cell, column, width) in enumerate(zip(cells, columns, widths, strict=True)):
        length = cell.cell_len
        shown = cell
        if length > width:
            shown = cell.copy()
            shown.truncate(width, overflow="ellipsis")
            length = shown.cell_len
        missing = " " * (width - length)
        if column.is_number:
            line.append(missing).append_text(shown)
        else:
            line.append_text(shown)
        if place < last:
            line.append(_GAP if column.is_number else missing + _GAP)
    line.rstrip()
    print_line(out, line)


def _bold(cell: Text) -> Text:
    cell = cell.copy()
    cell.stylize("bold")
    return cell


def stdout_console() -> Console:
    """Return the console of standard output."""
    return console_for(sys.stdout)
