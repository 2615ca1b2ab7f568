"""When each step of a plan happens, and within which agent and tool."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from otel_agentcost.demo.traffic.plan import AgentRun, ModelCall, Step
from otel_agentcost.demo.traffic.rhythm import NANO

PAUSE_NANO = 4_000_000
"""Between two steps: the agent's own work."""


class Placed(NamedTuple):
    """A step with its time, in Unix nanoseconds, and the agent and tool nearest around it."""

    step: Step
    start: int
    end: int
    agent: str | None
    tool: str | None
    inside: tuple[Placed, ...] = ()


def place(
    steps: tuple[Step, ...], at: int, agent: str | None = None, tool: str | None = None
) -> tuple[tuple[Placed, ...], int]:
    """Return the steps one after the other from `at` on, and when the last has ended."""
    found: list[Placed] = []
    for step in steps:
        if isinstance(step, ModelCall):
            placed = Placed(step, at, at + int(step.seconds * NANO), agent, tool)
        elif isinstance(step, AgentRun):
            inside, end = place(step.steps, at, step.agent, tool)
            placed = Placed(step, at, end, step.agent, tool, inside)
        else:
            inside, end = place(step.steps, at + int(step.seconds * NANO), agent, step.tool)
            placed = Placed(step, at, end, agent, step.tool, inside)
        found.append(placed)
        at = placed.end + PAUSE_NANO
    return tuple(found), at


def flat(placed: tuple[Placed, ...]) -> Iterator[Placed]:
    """Yield every step, each before those inside it."""
    for each in placed:
        yield each
        yield from flat(each.inside)
