"""Run the benchmarks and print their tables: `make bench`, or `python -m tests.performance --only NAME`."""

from __future__ import annotations

import argparse
import math
import os
import platform
import sys
from collections.abc import Callable, Sequence
from importlib import metadata
from pathlib import Path

from . import (
    bench_books,
    bench_import,
    bench_large,
    bench_live,
    bench_million,
    bench_pauses,
    bench_prices,
    bench_process,
    bench_replay,
    bench_spans,
)
from .harness import Figures, Table

BENCHMARKS: dict[str, Callable[[], Sequence[Table | Figures]]] = {
    "prices": lambda: [bench_prices.measure()],
    "spans": bench_spans.measure,
    "live": lambda: [bench_spans.measure_live(), bench_live.measure(), bench_large.measure()],
    "pauses": lambda: [bench_pauses.measure()],
    "books": bench_books.measure,
    "million": bench_million.measure,
    "process": lambda: [bench_process.measure()],
    "import": lambda: [bench_import.measure()],
    "replay": lambda: [bench_replay.measure()],
}
VERSIONS = ("opentelemetry-sdk", "genai-prices", "litellm", "SQLAlchemy", "psycopg")
INTRODUCTION = """\
# Benchmarks

Made by `make bench`; no figure here is written by hand. Contenders run side by side, in turn, and each figure is the
median of their rounds, in CPU time but for imports, replays and what waits for a disk or a server. Ratios hold on other
machines roughly, raw figures only on this one. Compare within a table.
"""


def machine() -> str:
    """Describe the machine without naming it."""
    versions = [f"{name} {metadata.version(name)}" for name in VERSIONS if _is_installed(name)]
    system = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores"
    return f"Machine: {system}, {platform.python_implementation()} {platform.python_version()}; {', '.join(versions)}."


def _is_installed(name: str) -> bool:
    try:
        metadata.version(name)
    except metadata.PackageNotFoundError:
        return False
    return True


def as_markdown(table: Table | Figures) -> str:
    if isinstance(table, Figures):
        return figures_as_markdown(table)
    lines = [f"## {table.title}", "", f"| | {table.unit} | on top | ratio | goal |", "|---|--:|--:|--:|---|"]
    base = table.medians[table.yardstick]
    for name, seconds in table.medians.items():
        on_top = "" if name == table.yardstick else f"{(seconds - base) * table.scale:+.{table.digits}f}"
        shown = f"{seconds * table.scale:.{table.digits}f}"
        lines.append(f"| {name} | {shown} | {on_top} | {table.ratio(name):.2f} | {table.goals.get(name, '')} |")
    return "\n".join([*lines, *(f"\n{note}" for note in table.notes)]) + "\n"


def figures_as_markdown(table: Figures) -> str:
    lines = [f"## {table.title}", "", f"| {table.case} | {' | '.join(table.columns)} |"]
    lines.append("|---" + "|--:" * len(table.columns) + "|")
    for name, figures in table.rows.items():
        each_shown = zip(figures, table.digits, strict=True)
        shown = ("" if math.isnan(figure) else f"{figure:,.{digits}f}" for figure, digits in each_shown)
        lines.append(f"| {name} | {' | '.join(shown)} |")
    if table.goals:
        lines.append(f"| goal | {' | '.join(table.goals.get(column, '') for column in table.columns)} |")
    return "\n".join([*lines, *(f"\n{note}" for note in table.notes)]) + "\n"


def _title(section: str) -> str:
    return section.partition("\n")[0]


def _sections(page: Path) -> dict[str, str]:
    """Return the tables of a page by their titles, in their order."""
    _, *sections = page.read_text(encoding="utf-8").split("\n## ") if page.exists() else ("",)
    return {_title(section): section for section in (f"## {each.rstrip()}\n" for each in sections)}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.performance", description=__doc__)
    parser.add_argument("--only", choices=BENCHMARKS, action="append", help="run this one; may be repeated")
    parser.add_argument(
        "--write", type=Path, help="write the tables to this Markdown file; with --only, in place of theirs"
    )
    options = parser.parse_args()
    tables: list[str] = []
    for name in options.only or BENCHMARKS:
        for table in BENCHMARKS[name]():
            tables.append(as_markdown(table))
            print(tables[-1], flush=True)
    if options.write:
        head = "\n".join([INTRODUCTION, machine() + "\n"])
        kept = _sections(options.write) if options.only else {}
        kept.update((_title(table), table) for table in tables)
        options.write.write_text("\n".join([head, *kept.values()]), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
