"""Say where the books are, and what else can be asked of them."""

from __future__ import annotations

import shlex
import shutil
import sys
from pathlib import Path

from rich.console import Console
from rich.text import Text

from otel_agentcost.demo.heading import print_heading
from otel_agentcost.demo.traffic.features import RUNAWAY_USER

_SQLITE = "sqlite:///"
_NAME = "agentcost"

_WITH_TRAFFIC = (
    "report --by feature --only team=support --since 1d",
    "report --by hour --since 1d",
    f"executions --user {RUNAWAY_USER} --sort cost --since 2d",
    "report --since 2d --format focus",
)
_ALONE = ("report --by agent --since 1d", "executions --team research --sort cost")


def print_ending(console: Console, url: str, program: str, *, is_ours: bool, has_traffic: bool) -> None:
    """Print commands to try, ready to be copied, and how to be rid of the store where the demo made it."""
    print_heading(console, "Ask the books yourself")
    named = shlex.quote(url) if url.startswith(_SQLITE) else "'the address that you gave'"  # it may hold a password
    lines = [f"STORE={named}"]
    lines += [f'{program} {command} --store "$STORE"' for command in (_WITH_TRAFFIC if has_traffic else _ALONE)]
    if is_ours:
        lines.append(f"rm -r {shlex.quote(str(Path(url.removeprefix(_SQLITE)).parent))}")
    for line in lines:
        console.print(Text(line), soft_wrap=True)


def program_name() -> str:
    """Return how this command can be called again: by its name where a shell finds it, else as it was called."""
    called = sys.argv[0]
    if Path(called).name != _NAME:
        return _NAME
    found = shutil.which(_NAME)
    return _NAME if found is not None and Path(found).resolve() == Path(called).resolve() else called
