"""Run the demo from end to end: the part of `agentcost demo` that needs the extra `demo`."""

from __future__ import annotations

import contextlib
import json
import signal
import sys
import threading
import time
from collections.abc import Generator
from types import FrameType
from typing import NamedTuple

from rich.console import Console
from rich.status import Status

from otel_agentcost.config.model import Config
from otel_agentcost.demo.as_json import as_json
from otel_agentcost.demo.asking import Question, json_answers, print_answers, questions
from otel_agentcost.demo.ending import print_ending, program_name
from otel_agentcost.demo.fleet import FLEET, Member
from otel_agentcost.demo.found import Found
from otel_agentcost.demo.place import configuration
from otel_agentcost.demo.quiet import silence
from otel_agentcost.demo.report import print_live
from otel_agentcost.demo.run import Execution, open_stage, read_back, run_fleet
from otel_agentcost.demo.summary import summarize
from otel_agentcost.demo.traffic.generator import Days
from otel_agentcost.demo.traffic.report import print_traffic
from otel_agentcost.demo.traffic.run import Traffic, run_traffic, seed_for
from otel_agentcost.demo.width import set_width
from otel_agentcost.engine.store import Reader
from otel_agentcost.ledger.time_zone import zone_of
from otel_agentcost.model.money import format_usd
from otel_agentcost.stores.open import open_store

_MINUTE_NANO = 60_000_000_000
_PROGRESS_EVERY = 50


def run_demo(output_format: str, store: str | None = None, days: int = 2, *, all_trees: bool = False) -> int:
    """Run the live agents, then so many days of traffic, into one store, and print what was found.

    Progress goes to standard error, so that standard output holds the report alone.

    Returns:
        0 where every difference from the bills is explained and the traffic's books are exact, 1 otherwise.

    Raises:
        ConfigError: the store cannot be used.
    """
    silence()
    set_width()
    config = configuration(store)
    progress = Console(stderr=True, highlight=False)
    with _interruptible() as interrupted, progress.status("starting the fake provider") as status:
        found, asked = _run(config, days, _Progress(progress, status, interrupted))
    if found.internal_errors:
        progress.print(f"errors inside our processor: {found.internal_errors}, see the log", style="red")
    url = config.store.url
    if output_format == "json":
        json.dump(as_json(found, json_answers(asked, url), url), sys.stdout, indent=1)
        sys.stdout.write("\n")
    else:
        console = Console(highlight=False)
        print_live(console, found.summaries, found.price_table_version, all_trees=all_trees)
        if found.traffic is not None:
            print_traffic(console, found.traffic)
        print_answers(console, asked, url)
        print_ending(console, url, program_name(), is_ours=store is None, has_traffic=days > 0)
    return 0 if found.is_right else 1


class _Progress(NamedTuple):
    """Says on standard error how far the demo is, and stops it after a Ctrl-C that went unheard."""

    console: Console
    status: Status
    interrupted: threading.Event

    def announce(self, member: Member) -> None:
        self._stop_if_asked()
        self.status.update(f"{FLEET.index(member) + 1}/{len(FLEET)} {member.name}: {member.stack}")

    def done(self, execution: Execution) -> None:
        outcome = f"failed: {execution.error}" if execution.error else "done"
        requests, cost = len(execution.attempts), format_usd(execution.run_nano_usd)
        what = f"{requests} requests and {len(execution.spans)} spans, {cost} so far"
        self.console.print(f"{execution.member.name}: {outcome}, {what}", style="dim")

    def traffic(self, number: int, expected: int) -> None:
        if number % _PROGRESS_EVERY == 0:
            self._stop_if_asked()
            self.status.update(f"traffic: {number:,} of {expected:,} executions")
        elif number == expected:
            self.status.update("traffic: settling, and holding the books against the bills")

    def traffic_done(self, traffic: Traffic) -> None:
        what = f"{traffic.truth.total.executions:,} executions and {traffic.spans:,} spans"
        self.console.print(f"traffic: done, {what} in {traffic.seconds:.0f} s", style="dim")

    def _stop_if_asked(self) -> None:
        if self.interrupted.is_set():
            raise KeyboardInterrupt


def _run(config: Config, days: int, progress: _Progress) -> tuple[Found, list[Question]]:
    """Run everything; return what was found, and what can be asked of the books."""
    started = time.time_ns() // _MINUTE_NANO * _MINUTE_NANO
    executions: list[Execution] = []
    with open_stage(config) as stage:
        for execution in run_fleet(stage, FLEET, progress.announce):
            executions.append(execution)
            progress.done(execution)
        is_durable = stage.settle()
        version, errors = stage.price_table_version, stage.internal_errors
    with contextlib.closing(open_store(config.store.url, config.time_zone, create=False)) as reader:
        summaries = [summarize(each) for each in read_back(executions, reader)]
        planned = _plan(reader, days, started, config) if days else None
        traffic = None if planned is None else _run_traffic(config, reader, planned, progress)
        until = time.time_ns() // _MINUTE_NANO * _MINUTE_NANO + _MINUTE_NANO
        asked = questions(reader, planned, started, until)
    return Found(summaries, version, errors, is_durable, traffic), asked


def _plan(reader: Reader, days: int, until_unix_nano: int, config: Config) -> Days:
    planned = Days(0, days, until_unix_nano, zone_of(config.time_zone))
    return planned._replace(seed=seed_for(reader, planned.since_unix_nano, until_unix_nano))


def _run_traffic(config: Config, reader: Reader, days: Days, progress: _Progress) -> Traffic:
    traffic = run_traffic(config, reader, days, lambda number: progress.traffic(number, days.expected))
    progress.traffic_done(traffic)
    return traffic


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
