"""What a span's provider name says: a provider of the price data, one that is not in it, or nothing at all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from otel_agentcost.pricing.data import Provider
from otel_agentcost.pricing.match import matches

_ALIASES: Mapping[str, tuple[str, ...]] = {
    "openai": ("openai", "open_ai", "openai_sdk", "openai.chat", "openai.responses", "text-completion-openai"),
    "azure": (
        "azure", "azure.ai.openai", "azure.ai.inference", "az.ai.openai", "az.ai.inference", "azure.openai",
        "azure_openai", "azure-openai", "azureopenai", "azure_ai", "azure_ai_foundry", "azure.ai.foundry",
        "azure_text", "azure-openai.chat", "azure-openai.responses", "azure_foundry",
    ),
    "anthropic": ("anthropic", "anthropic_sdk", "anthropic.messages", "claude", "claude_code", "claude-code"),
    "aws": (
        "aws", "aws.bedrock", "aws_bedrock", "awsbedrock", "bedrock", "amazon", "amazon_bedrock", "amazon-bedrock",
        "amazon.bedrock", "bedrock_converse", "bedrock_mantle", "converse",
    ),
    "google": (
        "google", "gemini", "gcp", "gcp.gemini", "gcp.gen_ai", "gcp.vertex_ai", "gcp.vertex.agent", "vertex_ai",
        "vertexai", "vertex", "vertex_ai_beta", "google_vertexai", "google_vertex_ai", "google-vertex", "google_genai",
        "google-genai", "google_gen_ai", "google-gla", "google.generative-ai", "google.vertex", "google_ai",
        "google_ai_studio", "google_anthropic_vertex", "anthropic_vertex", "palm", "google.vertex.chat",
    ),
    "mistral": ("mistral", "mistral_ai", "mistralai", "mistral-ai", "mistral.chat"),
    "x-ai": ("x-ai", "x_ai", "xai", "x.ai", "xai.chat", "grok"),
    "deepseek": ("deepseek", "deepseek_ai", "deepseek-ai", "deepseek.chat"),
    "groq": ("groq", "groq.chat", "groqcloud"),
    "together": ("together", "together_ai", "together-ai", "togetherai", "together.ai", "togetherai.chat"),
    "fireworks": ("fireworks", "fireworks_ai", "fireworks-ai", "fireworksai", "fireworks.ai", "fireworks.chat"),
    "perplexity": ("perplexity", "perplexity_ai", "perplexity-ai", "pplx"),
    "openrouter": ("openrouter", "open_router", "openrouter.ai", "openrouter.chat"),
    "cohere": ("cohere", "cohere_chat", "cohere_v2", "cohere.chat"),
    "moonshotai": ("moonshotai", "moonshot", "moonshot_ai", "moonshot.ai", "kimi"),
    "cerebras": ("cerebras", "cerebras.chat"),
    "voyageai": ("voyageai", "voyage", "voyage_ai", "voyage-ai"),
    "github-copilot": ("github_copilot", "github-copilot"),
    "zai": ("zai", "z.ai", "z_ai", "z-ai"),
    "zhipuai": ("zhipuai", "zhipu", "zhipu_ai", "bigmodel"),
    "minimax": ("minimax", "mini_max"),
    "novita": ("novita", "novita_ai", "novita-ai"),
    "cloudflare": ("cloudflare", "cloudflare_workers_ai", "workers-ai"),
    "databricks": ("databricks",),
    "meta": ("meta", "meta_llama_api"),
}  # fmt: skip

_BY_ALIAS: Mapping[str, str] = {alias: provider for provider, aliases in _ALIASES.items() for alias in aliases}

NOT_IN_THE_DATA = frozenset({
    "ibm.watsonx.ai", "watsonx", "watsonx_ai", "watson", "ollama", "ollama_chat", "vllm", "hosted_vllm", "lm_studio",
    "lmstudio", "llamafile", "llama_cpp", "llamacpp", "xinference", "sagemaker", "aws.sagemaker", "aws_sagemaker",
    "sagemaker_chat", "triton", "nvidia_nim", "oci", "oracle", "snowflake", "alibaba", "dashscope", "bytedance",
    "volcengine", "replicate", "sap", "gpt4all", "transformers", "huggingface_local",
})  # fmt: skip
"""Providers that set prices of their own, or run on the user's own machines: the model's name alone proves no price."""

_FRAMEWORKS = frozenset({
    "", "unknown", "none", "null", "undefined", "custom", "other", "generic", "_other", "litellm", "litellm_proxy",
    "strands-agents", "strands", "strands_agents", "microsoft.agent_framework", "agent_framework", "agent-framework",
    "agno", "langchain", "langgraph", "llamaindex", "llama_index", "llama-index", "crewai", "autogen", "ag2",
    "semantic_kernel", "semantic-kernel", "haystack", "smolagents", "pydantic_ai", "pydantic-ai", "dspy", "google_adk",
    "google-adk", "openai_agents", "openai-agents", "openai-agents-sdk", "vercel", "vercel_ai", "ai", "mastra",
    "traceloop", "openinference", "openlit", "logfire", "langfuse", "mlflow", "langsmith", "gateway", "portkey",
    "helicone", "kong", "instructor", "marvin", "ai_gateway", "ai-gateway", "openai_compatible", "openai-compatible",
    "gcp.vertex.agent", "camel", "letta", "beeai", "guidance",
})  # fmt: skip
"""Names of frameworks, gateways and instrumentations: they say who made the call, not who bills it."""


class Said(NamedTuple):
    """What a provider name says. At most one of the two is set; neither where it says nothing."""

    provider: str | None = None
    absent: bool = False
    """A real provider whose prices the data does not have."""


NOTHING = Said()


def read_provider_name(name: str | None, providers: Mapping[str, Provider]) -> Said:
    """Return what a span's provider name says.

    Our own spellings come first because the data's own rule reads `azure.ai.openai` as OpenAI.
    """
    text = (name or "").strip().lower()
    if text in _FRAMEWORKS:
        return NOTHING
    if text in NOT_IN_THE_DATA:
        return Said(absent=True)
    known = _BY_ALIAS.get(text)
    if known is not None and known in providers:
        return Said(known)
    if text in providers:
        return Said(text)
    head = text.split(".", 1)[0]  # Vercel writes `openai.responses`, `xai.chat`
    if head != text and head in _BY_ALIAS and not head.startswith(("azure", "gcp", "aws")):
        return Said(_BY_ALIAS[head])
    if "azure" in text:
        return Said("azure")
    for provider in providers.values():
        if matches(provider.provider_match, text):
            return Said(provider.id)
    return NOTHING


def provider_of_prefix(prefix: str, providers: Mapping[str, Provider]) -> str | None:
    """Return the provider that a `provider/model` prefix names, None where it names none of the data."""
    known = _BY_ALIAS.get(prefix) or (prefix if prefix in providers else None)
    return known if known in providers else None
