"""Ask the books what anybody would ask: by the command line itself, so that the demo shows nothing of its own."""

from __future__ import annotations

import io
import json
import shlex
from collections.abc import Sequence
from contextlib import redirect_stdout
from typing import Any, NamedTuple

from rich.console import Console
from rich.text import Text

from otel_agentcost.cli.exit_codes import INTERRUPTED, OK
from otel_agentcost.cli.main import main
from otel_agentcost.cli.moments import local_time, read_moment
from otel_agentcost.demo.heading import print_heading
from otel_agentcost.demo.traffic.generator import Days
from otel_agentcost.demo.traffic.rhythm import DAY_SECONDS, NANO
from otel_agentcost.engine.store import Reader
from otel_agentcost.ledger.calendar import Calendar
from otel_agentcost.model.query import ExecutionQuery

_DEAREST = "5"
_STEPS = "16"


class Question(NamedTuple):
    """A command, without the store that it asks, and what it is asked for."""

    arguments: tuple[str, ...]
    title: str
    key: str
    """What its answer is called in JSON; "" where it is not part of it."""


class NoAnswerError(RuntimeError):
    """A command of ours refused to answer."""


def questions(reader: Reader, days: Days | None, started_unix_nano: int, now_unix_nano: int) -> list[Question]:
    """Return what is asked: about the traffic's days, or where there was none about the live agents."""
    calendar = Calendar(reader.time_zone)
    if days is None:
        since, until = started_unix_nano, now_unix_nano
    else:
        since, until = days.since_unix_nano, days.until_unix_nano
    last = max(since, until - DAY_SECONDS * NANO)
    whole, latest = _bounds(since, until, calendar), _bounds(last, until, calendar)
    compare = () if last > since else ("--compare", "none")
    when = "So far" if days is None else "The last 24 hours"
    beside = ", beside the 24 before" if last > since else ""
    asked = [
        Question(("report", "--by", "team", *latest, *compare), f"{when} by team{beside}", "team"),
        Question(("report", "--by", "day", *whole, "--compare", "none"), "By day", "day"),
        Question(("report", "--by", "model", *latest, *compare), f"{when} by model{beside}", "model"),
        Question(("executions", *whole, "--sort", "cost", "--limit", _DEAREST), "The dearest executions", "dearest"),
    ]
    dearest = reader.executions(ExecutionQuery(since_unix_nano=since, until_unix_nano=until, order="cost", limit=1))
    if dearest:
        execution_id = f"{dearest[0].execution_id:032x}"
        asked.append(Question(("executions", execution_id, "--limit", _STEPS), "The dearest of all, by its steps", ""))
    return asked


def print_answers(console: Console, asked: Sequence[Question], url: str) -> None:
    """Print each command, and what it prints."""
    for question in asked:
        print_heading(console, question.title)
        console.print(Text(f"$ agentcost {shlex.join(question.arguments)}", "dim"), soft_wrap=True)
        _ask(question, url)
        console.print()


def json_answers(asked: Sequence[Question], url: str) -> dict[str, Any]:
    """Return what the commands print as JSON, by the questions' keys."""
    answers: dict[str, Any] = {}
    for question in asked:
        if question.key:
            printed = io.StringIO()
            with redirect_stdout(printed):
                _ask(question, url, "--format", "json")
            answers[question.key] = json.loads(printed.getvalue())
    return answers


def _ask(question: Question, url: str, *more: str) -> None:
    code = main([*question.arguments, *more, "--store", url])
    if code == INTERRUPTED:
        raise KeyboardInterrupt
    if code != OK:
        raise NoAnswerError(f"`agentcost {shlex.join(question.arguments)}` ended with {code}")


def _bounds(since_unix_nano: int, until_unix_nano: int, calendar: Calendar) -> tuple[str, ...]:
    return ("--since", _moment(since_unix_nano, calendar), "--until", _moment(until_unix_nano, calendar))


def _moment(unix_nano: int, calendar: Calendar) -> str:
    """Return a whole minute as people type it; with its offset where clocks show it twice."""
    local = local_time(unix_nano, calendar.time_zone)
    short = f"{local:%Y-%m-%dT%H:%M}"
    return short if read_moment(short, unix_nano, calendar).unix_nano == unix_nano else local.isoformat("T", "minutes")
