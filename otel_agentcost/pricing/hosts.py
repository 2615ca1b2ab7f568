"""Who bills a call, by the host it went to: OpenAI-compatible providers all call themselves `openai`."""

from __future__ import annotations

import re
from collections.abc import Mapping

from otel_agentcost.pricing.data import Provider

_SUFFIXES: Mapping[str, str] = {
    "api.openai.com": "openai",
    "openai.azure.com": "azure",
    "openai.azure.us": "azure",
    "openai.azure.cn": "azure",
    "cognitiveservices.azure.com": "azure",
    "services.ai.azure.com": "azure",
    "inference.ai.azure.com": "azure",
    "models.ai.azure.com": "azure",
    "azure-api.net": "azure",
    "api.anthropic.com": "anthropic",
    "googleapis.com": "google",
    "openrouter.ai": "openrouter",
    "api.deepseek.com": "deepseek",
    "api.groq.com": "groq",
    "api.together.xyz": "together",
    "api.together.ai": "together",
    "api.fireworks.ai": "fireworks",
    "api.mistral.ai": "mistral",
    "codestral.mistral.ai": "mistral",
    "api.x.ai": "x-ai",
    "api.perplexity.ai": "perplexity",
    "api.cohere.com": "cohere",
    "api.cohere.ai": "cohere",
    "api.moonshot.ai": "moonshotai",
    "api.moonshot.cn": "moonshotai",
    "api.cerebras.ai": "cerebras",
    "api.voyageai.com": "voyageai",
    "api.novita.ai": "novita",
    "api.z.ai": "zai",
    "open.bigmodel.cn": "zhipuai",
    "api.githubcopilot.com": "github-copilot",
}
_BEDROCK = re.compile(
    r"(^|\.)bedrock(-runtime|-mantle|-agent-runtime)?(-fips)?\.[a-z0-9-]+\.(vpce\.)?"
    r"(amazonaws\.com|amazonaws\.com\.cn|api\.aws)$"
)
_MAX_LENGTH = 512


def host_name(address: str | None) -> str | None:
    """Return the bare host of an address: instrumentations write a host, `host:port` or a whole URL."""
    if not address or len(address) > _MAX_LENGTH:
        return None
    text = address.strip().lower().split("://", 1)[-1]
    text = re.split(r"[/?#]", text, maxsplit=1)[0].rsplit("@", 1)[-1]
    if text.startswith("["):  # IPv6 literal
        return text[1:].split("]", 1)[0] or None
    if text.count(":") == 1:
        text = text.split(":", 1)[0]
    return text.rstrip(".") or None


def provider_of_host(address: str | None, providers: Mapping[str, Provider]) -> str | None:
    """Return the provider whose host this is; a loopback, private or unknown host says nothing (None)."""
    host = host_name(address)
    if host is None or "." not in host:
        return None
    if _BEDROCK.search(host):
        return "aws" if "aws" in providers else None
    labels = host.split(".")
    for index in range(len(labels) - 1):
        provider = _SUFFIXES.get(".".join(labels[index:]))
        if provider is not None and provider in providers:
            return provider
    url = address if address and "://" in address else f"https://{host}/"
    for provider in providers.values():
        found = re.match(provider.api_pattern, url)
        # The data's patterns are open at their end: `https://api\.x\.y` must not accept `https://api.x.y.evil.org`.
        if (found is not None and (url[found.end() :] or "/")[0] in "/:") or (found and url[found.end() - 1] == "/"):
            return provider.id
    return None
