"""What a dialect may use while it answers one request."""

from __future__ import annotations

from typing import NamedTuple

from otel_agentcost.demo.provider.script import Script
from otel_agentcost.demo.provider.tokens import PromptCache


class Desk(NamedTuple):
    """One request's surroundings: who asked, how the model is scripted, what the caches hold."""

    script: Script
    cache: PromptCache
    serial: int
    """Unique within the provider, and most likely among all; eight digits, of which response ids are made."""
    created: int
    """Unix seconds."""
