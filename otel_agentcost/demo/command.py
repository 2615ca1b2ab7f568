"""Run the demo from end to end: the part of `agentcost demo` that needs the extra `demo`."""

from __future__ import annotations

import contextlib
import json
import signal
import sys
import threading
from collections.abc import Callable, Generator, Sequence
from types import FrameType

from rich.console import Console
from rich.status import Status

from otel_agentcost.demo.as_json import as_json
from otel_agentcost.demo.fleet import FLEET, Member
from otel_agentcost.demo.quiet import silence
from otel_agentcost.demo.report import print_execution, print_summary
from otel_agentcost.demo.run import Execution, open_stage, run_fleet
from otel_agentcost.demo.summary import ExecutionSummary, summarize


def run_demo(output_format: str) -> int:
    """Run every member once and print what was found; return 0 where every difference is explained, 1 otherwise.

    Progress goes to standard error, so that standard output holds the report alone.
    """
    silence()
    console, progress = _console(), Console(stderr=True, highlight=False)
    summaries: list[ExecutionSummary] = []
    with (
        _interruptible() as interrupted,
        progress.status("starting the fake provider") as status,
        open_stage() as stage,
    ):
        for execution in run_fleet(stage, FLEET, _announcer(status, FLEET, interrupted)):
            summaries.append(summarize(execution))
            progress.print(_done(execution), style="dim")
        version, errors = stage.price_table_version, stage.internal_errors
    if errors:
        progress.print(f"errors inside our processor: {errors}, see the log", style="red")
    if output_format == "json":
        json.dump(as_json(summaries, version, errors), sys.stdout, indent=1)
        sys.stdout.write("\n")
    else:
        console.print(f"A fleet of {len(FLEET)} agents on a fake provider, priced by {version}.\n")
        for summary in summaries:
            print_execution(console, summary)
        print_summary(console, summaries)
    return 0 if not errors and all(summary.is_explained for summary in summaries) else 1


def _console() -> Console:
    """Return the terminal, or 120 columns where the report goes into a file or a pipe."""
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=120)


@contextlib.contextmanager
def _interruptible() -> Generator[threading.Event]:
    """Remember Ctrl-C besides raising it: an interrupt that strikes inside an SDK's destructor is swallowed there."""
    interrupted = threading.Event()

    def note(signum: int, frame: FrameType | None) -> None:
        interrupted.set()
        signal.default_int_handler(signum, frame)

    before = signal.signal(signal.SIGINT, note)
    try:
        yield interrupted
    finally:
        signal.signal(signal.SIGINT, before)


def _announcer(status: Status, fleet: Sequence[Member], interrupted: threading.Event) -> Callable[[Member], None]:
    """Return what says, while an agent runs, which one it is, and stops the fleet after a Ctrl-C that went unheard."""

    def announce(member: Member) -> None:
        if interrupted.is_set():
            raise KeyboardInterrupt
        status.update(f"{fleet.index(member) + 1}/{len(fleet)} {member.name}: {member.stack}")

    return announce


def _done(execution: Execution) -> str:
    outcome = f"failed: {execution.error}" if execution.error else "done"
    requests = len(execution.attempts)
    return f"{execution.member.name}: {outcome}, {requests} requests and {len(execution.spans)} spans"
