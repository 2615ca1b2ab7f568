"""Draw the picture of the README from a real run of the demo: `make picture`."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.text import Text

from otel_agentcost.demo.fleet import FLEET

ROOT = Path(__file__).resolve().parent.parent
PICTURE = ROOT / "docs" / "demo.svg"
COLUMNS = 112
SHOWN = ("review  $", "2 days of", "The last 24 hours by team", "The dearest of all")
"""How the parts of what it prints begin that the picture shows."""


def main() -> int:
    environment = {**os.environ, "FORCE_COLOR": "1", "TERM": "xterm-256color", "COLUMNS": str(COLUMNS)}
    with tempfile.TemporaryDirectory() as folder:
        command = [
            sys.executable,
            "-m",
            "otel_agentcost.cli.main",
            "demo",
            "--once",
            "--store",
            f"sqlite:///{folder}/demo.db",
        ]
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
    """Return the parts to show: from a line that begins so to the one before the next part."""
    lines = printed.splitlines()
    plain = [re.sub(r"\x1b\[[\d;]*m", "", line) for line in lines]
    executions = tuple(f"{member.name}  $" for member in FLEET)
    heads = [at for at, line in enumerate(plain) if line.endswith("──") or line.startswith(executions)]
    parts = [(plain[start], lines[start:end]) for start, end in zip(heads, [*heads[1:], len(lines)], strict=True)]
    shown = ["\n".join(part).rstrip() + "\n" for start in SHOWN for head, part in parts if head.startswith(start)]
    if len(shown) != len(SHOWN):
        raise SystemExit(f"the demo prints other parts than {', '.join(SHOWN)}: see SHOWN")
    return shown


if __name__ == "__main__":
    sys.exit(main())
