"""Fail where a source file is longer than the house allows: a file has one reason to exist."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MAX_LINES = 300
FOLDERS = ("otel_agentcost", "scripts", "tests")


def too_long(root: Path = ROOT, limit: int = MAX_LINES) -> list[tuple[Path, int]]:
    """Return each Python file above the limit, with its number of lines."""
    found: list[tuple[Path, int]] = []
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*.py")):
            lines = len(path.read_text(encoding="utf-8").splitlines())
            if lines > limit:
                found.append((path.relative_to(root), lines))
    return found


def main() -> int:
    offenders = too_long()
    for path, lines in offenders:
        print(f"{path}: {lines} lines; the house allows {MAX_LINES}. Split it by reason: what in it changes together?")
    return 1 if offenders else 0


if __name__ == "__main__":
    sys.exit(main())
