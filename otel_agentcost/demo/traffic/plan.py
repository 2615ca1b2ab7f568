"""What a planned execution is made of. Plain values: nothing here knows spans or prices."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

from otel_agentcost.demo.traffic.models import Model
from otel_agentcost.model.usage import Usage


class ModelCall(NamedTuple):
    """One request to a model, as its provider bills it."""

    model: Model
    usage: Usage
    seconds: float
    response_id: str
    """"" where the provider gives none, or failed."""
    is_stream: bool = False
    error: str | None = None
    """The kind of error it ended in; then nothing was generated, and nothing is billed."""


class ToolCall(NamedTuple):
    """One call of a tool; an agent may run behind it."""

    tool: str
    seconds: float
    """Of its own work, before the steps."""
    steps: tuple[Step, ...] = ()


class AgentRun(NamedTuple):
    """An agent's turn at work."""

    agent: str
    steps: tuple[Step, ...]


Step: TypeAlias = "ModelCall | ToolCall | AgentRun"


class Work(NamedTuple):
    """What a request sets off, and whether its user gets an answer."""

    steps: tuple[Step, ...]
    error: str | None = None


class Request(NamedTuple):
    """One request of a user to a feature: one execution."""

    feature: str
    team: str
    user: str
    stack: str
    """Which instrumentations see it: a key of `stacks.STACKS`."""
    start_unix_nano: int
    work: Work
