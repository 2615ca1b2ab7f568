"""What the fake provider knows of the models that the demo asks for."""

from __future__ import annotations

SNAPSHOTS = {
    "gpt-4o-mini": "gpt-4o-mini-2024-07-18",
    "gpt-4.1": "gpt-4.1-2025-04-14",
    "gpt-4.1-mini": "gpt-4.1-mini-2025-04-14",
    "gpt-5.4-mini": "gpt-5.4-mini-2026-03-17",
    "claude-haiku-4-5": "claude-haiku-4-5-20251001",
}
"""Responses name the dated model that answered, not the alias that was asked for."""

REASONING_PREFIXES = ("o1", "o3", "o4", "gpt-5", "gemini-2.5", "gemini-3")
REASONING_STEP_TOKENS = 64


def served_model(requested: str) -> str:
    return SNAPSHOTS.get(requested, requested)


def reasoning_tokens(model: str, prompt_tokens: int) -> int:
    """Return how long the model thinks: 0 for most, for a reasoning model more the longer the prompt."""
    if not model.startswith(REASONING_PREFIXES):
        return 0
    return REASONING_STEP_TOKENS * (1 + prompt_tokens // 512)
