"""Draw the picture of the README from a real run of the demo: `make picture`."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
from pathlib import Path

from rich.console import Console
from rich.text import Text

ROOT = Path(__file__).resolve().parent.parent
PICTURE = ROOT / "docs" / "demo.svg"
COLUMNS = 112
SHOWN = ("review", "triage")
"""Executions that the picture shows; the sums beneath are those of all."""


def main() -> int:
    command = [sys.executable, "-m", "otel_agentcost.cli.main", "demo", "--once"]
    environment = {**os.environ, "FORCE_COLOR": "1", "TERM": "xterm-256color", "COLUMNS": str(COLUMNS)}
    done = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    console = Console(record=True, width=COLUMNS, file=io.StringIO())
    console.print("[bold]$ make demo ONCE=1[/bold]\n")
    for section in sections(done.stdout):
        console.print(Text.from_ansi(section))
    drawn = console.export_svg(title="agentcost demo")
    # Whoever looks at a README shall fetch no fonts from elsewhere: any monospaced one will do.
    PICTURE.write_text(re.sub(r"\s*@font-face \{.*?\}", "", drawn, flags=re.DOTALL), encoding="utf-8")
    print(f"wrote {PICTURE.relative_to(ROOT)}, {PICTURE.stat().st_size // 1000} kB")
    return 0


def sections(printed: str) -> list[str]:
    """Return the parts to show: the chosen executions, then the table of both books and what it says of differences."""
    plain = [re.sub(r"\x1b\[[\d;]*m", "", line) for line in printed.splitlines()]
    lines = printed.splitlines()
    heads = [number for number, line in enumerate(plain) if re.match(r"\w[\w-]*  \$[\d.]+ ─", line)]
    books = next(number for number, line in enumerate(plain) if line.startswith("What we counted"))
    agents = next(number for number, line in enumerate(plain) if line.startswith("Cost by agent"))
    users = next(number for number, line in enumerate(plain) if line.startswith("Cost by user"))
    shown = [
        "\n".join(lines[start:end])
        for start, end in zip(heads, [*heads[1:], books], strict=True)
        if plain[start].startswith(SHOWN)
    ]
    return [*shown, "\n".join(lines[books:agents]), "\n".join(lines[agents:users]).rstrip()]


if __name__ == "__main__":
    sys.exit(main())
