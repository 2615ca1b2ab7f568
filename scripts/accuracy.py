"""Score the recordings in tests/golden/corpus and print the figures of docs/accuracy.md as Markdown.

python scripts/accuracy.py            prints
python scripts/accuracy.py --write    puts the figures into docs/accuracy.md and raises tests/golden/floors.json
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.golden.bound import Bound, bound  # noqa: E402 - the checkout is no package
from tests.golden.scoring import Score, Scored, recordings, score_recording, spans_of, stands_for, truth_tokens  # noqa: E402

PAGE = ROOT / "docs" / "accuracy.md"
FLOORS = ROOT / "tests" / "golden" / "floors.json"
BEGIN = "<!-- figures: made by scripts/accuracy.py -->"
END = "<!-- end of figures -->"
GOAL = 0.92
SILENT = "silent"


class Recording(NamedTuple):
    name: str
    score: Score
    bound: Bound


def scored() -> list[Recording]:
    """Score every recording of the corpus."""
    found: list[Recording] = []
    for folder in recordings():
        score = score_recording(folder)
        found.append(Recording(folder.name, score, bound(score, spans_of(folder))))
    return found


def figures(corpus: list[Recording]) -> str:
    """Return the figures as Markdown."""
    parts = (_by_recording(corpus), _by_reason(corpus), _bound(corpus), _silent(corpus))
    return "\n\n".join(parts)


def _by_recording(corpus: list[Recording]) -> str:
    lines = ["| recording | billed | exact | flagged | silent | phantom |", "|---|---:|---:|---:|---:|---:|"]
    lines += [f"| {each.name} | {_columns(each.score)} |" for each in corpus]
    columns = [_columns(each.score).split(" | ") for each in corpus]
    sums = [sum(int(row[n]) for row in columns) for n in range(5)]
    lines.append("| **all** | " + " | ".join(f"**{count}**" for count in sums) + " |")
    lines.append(f"\n{sums[1]} of {sums[0]} calls are exact: {sums[1] / sums[0]:.1%}.")
    return "\n".join(lines)


def _columns(score: Score) -> str:
    counts = (score.count("exact"), score.count("flagged"), score.count("silent"))
    return " | ".join(str(count) for count in (len(score.rows), *counts, len(score.phantoms)))


def _by_reason(corpus: list[Recording]) -> str:
    lines = ["### Calls that are not exact, by reason", "", "| reason | calls | where |", "|---|---:|---|"]
    where: dict[str, Counter[str]] = {}
    for each in corpus:
        for row in each.score.rows:
            if row.column != "exact":
                where.setdefault(_reason(row), Counter())[each.name] += 1
    for reason, names in sorted(where.items(), key=lambda item: (-sum(item[1].values()), item[0])):
        told = ", ".join(f"{name} {count}" for name, count in sorted(names.items()))
        lines.append(f"| {reason} | {sum(names.values())} | {told} |")
    return "\n".join(lines)


def _reason(row: Scored) -> str:
    return SILENT if row.call is None else f"{row.call.status}: `{row.call.reason}`"


def _bound(corpus: list[Recording]) -> str:
    billed = sum(len(each.score.rows) for each in corpus)
    groups = {name: sum(len(getattr(each.bound, name)) for each in corpus) for name in Bound._fields}
    carried = billed - groups["not_carried"]
    at_most = carried - groups["no_price"]
    exact = sum(each.score.count("exact") for each in corpus)
    return "\n".join(
        (
            "### What can be exact at most",
            "",
            "| | calls |",
            "|---|---:|",
            f"| billed | {billed} |",
            f"| no span carries their numbers | -{groups['not_carried']} |",
            f"| carried, but the model has no price: `unpriced` by rule | -{groups['no_price']} |",
            f"| **can be exact at most, whatever the readers** | **{at_most}** = {at_most / billed:.1%} |",
            f"| needed for {GOAL:.0%} | {math.ceil(GOAL * billed)} |",
            f"| exact, but not called so: our readers know the instrumentation to leave out part of the usage "
            f"| {groups['usage_left_out']} |",
            f"| missed by our readers | {groups['missed']} |",
            f"| exact | {exact} = {exact / billed:.1%} |",
            f"| carried at all, with a price or without | {carried} = {carried / billed:.1%} |",
            "",
            "Those that no span carries, by reason: " + _counted(corpus) + ".",
        )
    )


def _counted(corpus: list[Recording]) -> str:
    reasons = Counter(_reason(row) for each in corpus for row in each.bound.not_carried)
    return ", ".join(f"{reason} {count}" for reason, count in sorted(reasons.items(), key=lambda r: (-r[1], r[0])))


def _silent(corpus: list[Recording]) -> str:
    rows = [(*found, "silent") for found in silent(corpus)]
    rows += [(*found, f"`{found[1].call.reason}`") for found in flagged_in_number_only(corpus) if found[1].call]
    lines = ["### Silent calls, and calls flagged in number only", ""]
    lines += [
        "| recording | scenario | input | cache read | cache write | output | flag |",
        "|---|---|---:|---:|---:|---:|---|",
    ]
    for name, row, flag in rows:
        counts = " | ".join(str(count) for count in truth_tokens(row.truth))
        lines.append(f"| {name} | {row.truth['scenario']} | {counts} | {flag} |")
    return "\n".join(lines)


def silent(corpus: Iterable[Recording]) -> list[tuple[str, Scored]]:
    """Return the calls of which nothing tells, with their recordings."""
    return [(each.name, row) for each in corpus for row in each.score.rows if row.column == SILENT]


def flagged_in_number_only(corpus: Iterable[Recording]) -> list[tuple[str, Scored]]:
    """Return the calls counted as flagged whose flag belongs to something else."""
    return [
        (each.name, row)
        for each in corpus
        for row in each.score.rows
        if row.column == "flagged" and not stands_for(row)
    ]


def with_figures(page: str, made: str) -> str:
    """Return the page with its figures replaced."""
    before, rest = page.split(BEGIN, 1)
    _, after = rest.split(END, 1)
    return f"{before}{BEGIN}\n\n{made}\n\n{END}{after}"


def _raise_floors(corpus: list[Recording]) -> None:
    floors = {each.name: {"exact": each.score.count("exact"), "silent": each.score.count("silent")} for each in corpus}
    lines = ",\n".join(f"  {json.dumps(name)}: {json.dumps(floor)}" for name, floor in floors.items())
    FLOORS.write_text("{\n" + lines + "\n}\n", encoding="utf-8")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="into docs/accuracy.md and tests/golden/floors.json")
    arguments = parser.parse_args()
    corpus = scored()
    made = figures(corpus)
    if arguments.write:
        PAGE.write_text(with_figures(PAGE.read_text(encoding="utf-8"), made), encoding="utf-8")
        _raise_floors(corpus)
    else:
        print(made)
    return 0


if __name__ == "__main__":
    sys.exit(main())
