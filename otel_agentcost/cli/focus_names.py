"""What providers and their services are called in billing data: FOCUS wants names that people read, we hold ids."""

from __future__ import annotations

from typing import NamedTuple


class Seller(NamedTuple):
    """Who sells, and the name of the service that is sold."""

    provider: str
    service: str


UNKNOWN = "Unknown"
"""FOCUS allows no null here; a span that names neither provider nor model leaves nothing better to say."""

_SELLERS = {
    "anthropic": Seller("Anthropic", "Claude API"),
    "aws": Seller("AWS", "Amazon Bedrock"),
    "azure": Seller("Microsoft", "Azure AI Foundry Models"),
    "cerebras": Seller("Cerebras", "Cerebras Inference"),
    "cohere": Seller("Cohere", "Cohere API"),
    "deepseek": Seller("DeepSeek", "DeepSeek API"),
    "fireworks": Seller("Fireworks AI", "Fireworks AI"),
    "google": Seller("Google", "Gemini API"),
    "groq": Seller("Groq", "GroqCloud"),
    "mistral": Seller("Mistral AI", "Mistral AI API"),
    "openai": Seller("OpenAI", "OpenAI API"),
    "openrouter": Seller("OpenRouter", "OpenRouter"),
    "perplexity": Seller("Perplexity", "Perplexity API"),
    "together": Seller("Together AI", "Together AI"),
    "x-ai": Seller("xAI", "xAI API"),
}
"""By the price table's id of the provider."""


def seller_of(provider: str | None) -> Seller:
    """Return the names of a provider; one that is not listed goes by its id."""
    if not provider:
        return Seller(UNKNOWN, UNKNOWN)
    return _SELLERS.get(provider, Seller(provider, provider))


def tool_seller(provider: str | None, tool: str | None) -> Seller:
    """Return the names of a tool with a price of its own: the tool is the service."""
    return Seller(seller_of(provider).provider, tool or UNKNOWN)
