"""Desks for dialect tests: a fresh cache, a chosen script."""

from __future__ import annotations

import json
from typing import Any

from otel_agentcost.demo.provider.desk import Desk
from otel_agentcost.demo.provider.script import Script
from otel_agentcost.demo.provider.tokens import PromptCache
from otel_agentcost.demo.provider.wire import Answer

LONG_TEXT = "All returns are logged with date, order and reason. " * 120


def desk(script: Script | None = None, cache: PromptCache | None = None, serial: int = 1) -> Desk:
    return Desk(script or Script(), cache or PromptCache(), serial, 1_790_000_000)


def payloads(answer: Answer) -> list[dict[str, Any]]:
    return [json.loads(event.data) for event in answer.events if event.data != "[DONE]"]
