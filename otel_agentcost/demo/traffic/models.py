"""The models that the company uses, and who bills them."""

from __future__ import annotations

from typing import Literal, NamedTuple, TypeAlias

Caching: TypeAlias = Literal["prefix", "marked", "none"]
"""`prefix`: the provider caches long beginnings by itself. `marked`: what is marked is written, and then read."""


class Model(NamedTuple):
    """A model, as clients ask for it and as it answers."""

    requested: str
    answered: str
    provider: str
    """As spans spell it."""
    billed_by: str | None
    """The provider's id in genai-prices; None where no provider bills it."""
    caching: Caching
    tokens_per_second: float
    usd_per_million: tuple[str, str] | None = None
    """What the company charges itself for input and output, of a model that runs on its own machines."""
    id_prefix: str = "chatcmpl-"


SMALL = Model("gpt-4o-mini", "gpt-4o-mini-2024-07-18", "openai", "openai", "prefix", 140)
MINI = Model("gpt-4.1-mini", "gpt-4.1-mini-2025-04-14", "openai", "openai", "prefix", 110)
LARGE = Model("gpt-4.1", "gpt-4.1-2025-04-14", "openai", "openai", "prefix", 80)
EMBEDDING = Model("text-embedding-3-small", "text-embedding-3-small", "openai", "openai", "none", 1)
SONNET = Model("claude-sonnet-5", "claude-sonnet-5", "anthropic", "anthropic", "marked", 75, id_prefix="msg_")
OPUS = Model("claude-opus-5", "claude-opus-5", "anthropic", "anthropic", "marked", 50, id_prefix="msg_")
FLASH = Model("gemini-2.5-flash", "gemini-2.5-flash", "gcp.gemini", "google", "none", 160, id_prefix="")
OWN = Model("northwind-chat-8b", "northwind-chat-8b", "openai", None, "none", 60, ("0.05", "0.2"))
"""On the company's own machines, behind an OpenAI-compatible server; the configuration holds the same price."""
TRIAL = Model("northwind-lab-1", "northwind-lab-1", "openai", None, "none", 40)
"""On trial: nobody has given it a price yet, so its calls must end as unpriced."""

TOOL_USD = {"patent_search": "0.03", "credit_check": "0.02"}
"""What the companies behind these tools charge for each call; the configuration holds the same prices."""
