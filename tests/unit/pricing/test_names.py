"""Which provider and model a span's names mean: the spellings of TRAPS and of the conventions, one by one."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from otel_agentcost.model.outcome import PRICED, UNPRICED, Reason
from otel_agentcost.pricing.hosts import host_name
from tests.unit.pricing.prices import USAGE, quote, shipped

SONNET = "claude-sonnet-4-5"


@pytest.mark.parametrize(
    ("spelled", "model", "provider"),
    [
        ("openai", "gpt-4o", "openai"),
        ("OpenAI", "gpt-4o", "openai"),
        ("openai.responses", "gpt-4o", "openai"),
        ("azure", "gpt-4o", "azure"),
        ("azure.ai.openai", "gpt-4o", "azure"),
        ("azure.ai.inference", "gpt-4o", "azure"),
        ("az.ai.openai", "gpt-4o", "azure"),
        ("az.ai.inference", "gpt-4o", "azure"),
        ("azure-openai.chat", "gpt-4o", "azure"),
        ("Azure OpenAI", "gpt-4o", "azure"),
        ("anthropic", SONNET, "anthropic"),
        ("Anthropic", SONNET, "anthropic"),
        ("anthropic.messages", SONNET, "anthropic"),
        ("gemini", "gemini-2.5-flash", "google"),
        ("google", "gemini-2.5-flash", "google"),
        ("gcp.gen_ai", "gemini-2.5-flash", "google"),
        ("gcp.gemini", "gemini-2.5-flash", "google"),
        ("gcp.vertex_ai", "gemini-2.5-flash", "google"),
        ("gcp.vertex.agent", "gemini-2.5-flash", "google"),
        ("google.generative-ai", "gemini-2.5-flash", "google"),
        ("aws.bedrock", "amazon.nova-lite-v1:0", "aws"),
        ("AWS", "amazon.nova-lite-v1:0", "aws"),
        ("aws", "amazon.nova-lite-v1:0", "aws"),
        ("amazon-bedrock", "amazon.nova-lite-v1:0", "aws"),
        ("mistral_ai", "mistral-small-latest", "mistral"),
        ("MistralAI", "mistral-small-latest", "mistral"),
        ("mistralai", "mistral-small-latest", "mistral"),
        ("x_ai", "grok-4", "x-ai"),
        ("xai", "grok-4", "x-ai"),
        ("groq", "llama-3.3-70b-versatile", "groq"),
        ("together_ai", "meta-llama/Llama-3.3-70B-Instruct-Turbo", "together"),
        ("fireworks_ai", "accounts/fireworks/models/kimi-k3", "fireworks"),
        ("deepseek", "deepseek-chat", "deepseek"),
        ("perplexity", "sonar-pro", "perplexity"),
        ("cohere", "command-r-plus", "cohere"),
        ("moonshot_ai", "kimi-k2.5", "moonshotai"),
        ("strands-agents", "gpt-4o-mini", "openai"),
        ("microsoft.agent_framework", "gpt-4o-mini", "openai"),
        ("agno", SONNET, "anthropic"),
        ("", "gemini-2.5-pro", "google"),
        (None, "mistral-small-latest", "mistral"),
        ("a-framework-nobody-knows", "gpt-4o-mini", "openai"),
    ],
)
def test_a_provider_is_known_under_each_of_its_names(spelled: str | None, model: str, provider: str) -> None:
    answer = quote(spelled, model)
    assert (answer.status, answer.provider) == (PRICED, provider)


@pytest.mark.parametrize(
    ("host", "model", "provider"),
    [
        ("api.openai.com", "gpt-4o", "openai"),
        ("eu.api.openai.com", "gpt-4o", "openai"),
        ("acme.openai.azure.com", "gpt-4o", "azure"),
        ("acme.services.ai.azure.com", "gpt-4o", "azure"),
        ("acme.cognitiveservices.azure.com:443", "gpt-4o", "azure"),
        ("openrouter.ai", "openai/gpt-4o", "openrouter"),
        ("api.deepseek.com", "deepseek-chat", "deepseek"),
        ("api.groq.com", "openai/gpt-oss-120b", "groq"),
        ("api.together.xyz", "meta-llama/Llama-3.3-70B-Instruct-Turbo", "together"),
        ("api.fireworks.ai", "accounts/fireworks/models/kimi-k3", "fireworks"),
        ("https://api.mistral.ai/v1/chat/completions", "mistral-small-latest", "mistral"),
        ("api.mistral.ai:37375", "mistral-small-latest", "mistral"),
        ("api.x.ai", "grok-4", "x-ai"),
        ("api.perplexity.ai", "sonar-pro", "perplexity"),
        ("generativelanguage.googleapis.com", "gemini-2.5-flash", "google"),
        ("europe-west4-aiplatform.googleapis.com", "gemini-2.5-flash", "google"),
        ("bedrock-runtime.eu-central-1.amazonaws.com", "amazon.nova-lite-v1:0", "aws"),
        ("bedrock-runtime-fips.us-east-1.amazonaws.com", "amazon.nova-lite-v1:0", "aws"),
        ("https://inference.baseten.co/v1", "deepseek-ai/DeepSeek-V4-Pro", "baseten"),
    ],
)
def test_the_host_tells_openai_compatible_providers_apart(host: str, model: str, provider: str) -> None:
    answer = quote("openai", model, host=host)
    assert (answer.status, answer.provider) == (PRICED, provider)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "localhost", "http://127.0.0.1:8766/s/run/v1/", "10.1.2.3:8080", "[::1]:8080", "fe80::1", "llm",
        "gateway.acme.internal", "api.openai.com.evil.example", "notopenrouter.ai", "", ":", "//", "x" * 2000,
        "https://", "http://[", "\ud800.com",
    ],
)  # fmt: skip
def test_a_host_that_is_loopback_private_or_unknown_says_nothing(host: str) -> None:
    answer = quote("openai", "gpt-4o", host=host)
    assert (answer.status, answer.provider) == (PRICED, "openai")


def test_the_host_bills_whatever_the_span_calls_the_provider() -> None:
    name = "anthropic.claude-3-5-haiku-20241022-v1:0"
    assert quote("anthropic", name, host="bedrock-runtime.us-east-1.amazonaws.com").provider == "aws"


def test_a_model_that_the_billing_host_does_not_sell_is_not_priced_elsewhere() -> None:
    answer = quote("openai", "gpt-4o", host="api.groq.com")
    assert (answer.status, answer.reason, answer.provider) == (UNPRICED, Reason.UNKNOWN_MODEL, "groq")


@pytest.mark.parametrize(
    ("provider", "name", "model"),
    [
        ("openai", "gpt-4o-mini-2024-07-18", "gpt-4o-mini"),
        ("openai", "GPT-4o-Mini", "gpt-4o-mini"),
        ("openai", "gpt-4o-2031-02-03", "gpt-4o"),
        ("openai", "openai/gpt-4o", "gpt-4o"),
        ("openai", "ft:gpt-4o-mini-2024-07-18:acme::abc123", "ft:gpt-4o-mini"),
        ("anthropic", "claude-sonnet-4-5-20250929", SONNET),
        ("anthropic", "claude-sonnet-4-5@20250929", SONNET),
        ("anthropic", "anthropic/claude-sonnet-4-5", SONNET),
        ("anthropic", "claude-4.5-sonnet-20250929", SONNET),
        ("google", "models/gemini-2.5-flash", "gemini-2.5-flash"),
        ("google", "publishers/google/models/gemini-2.5-flash", "gemini-2.5-flash"),
        ("google", "projects/p/locations/europe-west4/publishers/google/models/gemini-2.5-flash", "gemini-2.5-flash"),
        ("google", "publishers/anthropic/models/claude-sonnet-4-5@20250929", SONNET),
        ("google", "gemini-2.5-flash-001", "gemini-2.5-flash"),
        (None, "gemini/gemini-2.5-flash", "gemini-2.5-flash"),
        (None, "vertex_ai/gemini-2.5-flash", "gemini-2.5-flash"),
        ("openrouter", "openrouter/anthropic/claude-sonnet-4.5", "anthropic/claude-sonnet-4.5"),
        ("openrouter", "claude-4.5-sonnet-20250929", "anthropic/claude-sonnet-4.5"),
        (None, "openrouter/openai/gpt-4o", "openai/gpt-4o"),
        (None, "fireworks_ai/accounts/fireworks/models/kimi-k3", "kimi-k3"),
        ("fireworks", "kimi-k3", "kimi-k3"),
        (None, "groq/llama-3.3-70b-versatile", "llama-3.3-70b-versatile"),
        ("azure", "gpt-35-turbo", "gpt-3.5-turbo"),
        (None, "azure/gpt-4o", "gpt-4o"),
        ("azure.ai.inference", "openai/gpt-4o", "gpt-4o"),
        (None, "text-embedding-3-small", "text-embedding-3-small"),
        ("openai", "deepseek-chat", "deepseek-chat"),
    ],
)
def test_a_model_is_found_under_each_of_its_names(provider: str | None, name: str, model: str) -> None:
    usage = replace(USAGE, output_tokens=0) if "embedding" in name else USAGE
    answer = quote(provider, name, usage=usage)
    assert (answer.status, answer.model) == (PRICED, model)


REGIONAL = "regional.anthropic.claude-sonnet-4-5-20250929-v1:0"
GLOBAL = "global.anthropic.claude-sonnet-4-5-20250929-v1:0"
BARE = "anthropic.claude-sonnet-4-5-20250929-v1:0"


@pytest.mark.parametrize(
    ("provider", "name", "region", "model"),
    [
        ("aws.bedrock", f"us.{BARE}", None, REGIONAL),
        ("aws.bedrock", f"apac.{BARE}", None, REGIONAL),
        ("aws.bedrock", f"us-gov.{BARE}", None, REGIONAL),
        ("aws.bedrock", f"global.{BARE}", None, GLOBAL),
        ("aws.bedrock", BARE, None, REGIONAL),
        ("aws.bedrock", BARE, "global", GLOBAL),
        ("aws.bedrock", BARE, "eu", REGIONAL),
        ("aws.bedrock", BARE, "eu-central-1", REGIONAL),
        (None, f"eu.{BARE}", None, REGIONAL),
        ("anthropic", f"eu.{BARE}", None, REGIONAL),
        (None, f"bedrock/{BARE}", None, REGIONAL),
        (None, f"bedrock/converse/us.{BARE}", None, REGIONAL),
        (None, f"bedrock/us-east-1/{BARE}", None, REGIONAL),
        ("aws.bedrock", f"arn:aws:bedrock:us-east-1::foundation-model/{BARE}", None, REGIONAL),
        ("aws.bedrock", f"arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.{BARE}", None, REGIONAL),
        ("aws.bedrock", f"arn:aws:bedrock:us-east-1:123456789012:inference-profile/global.{BARE}", None, GLOBAL),
        (None, f"arn:aws-us-gov:bedrock:us-gov-west-1:123456789012:inference-profile/us-gov.{BARE}", None, REGIONAL),
        (None, f"bedrock/arn:aws:bedrock:us-east-1:1:inference-profile/us.{BARE}", None, REGIONAL),
    ],
)
def test_bedrock_names_say_the_model_and_its_geography(
    provider: str | None, name: str, region: str | None, model: str
) -> None:
    answer = quote(provider, name, region=region)
    assert (answer.status, answer.provider, answer.model) == (PRICED, "aws", model)


@pytest.mark.parametrize(
    ("provider", "name", "reason"),
    [
        ("openai", "acme-private-7b", Reason.UNKNOWN_MODEL),
        ("openai", "openai/acme-private-7b", Reason.UNKNOWN_MODEL),
        ("anthropic", "gpt-4o", Reason.UNKNOWN_MODEL),
        ("groq", "moonshotai/kimi-nobody-knows", Reason.UNKNOWN_MODEL),
        ("openai", "gpt-nine", Reason.UNKNOWN_MODEL),
        ("aws", "arn:aws:bedrock:us-east-1:1:application-inference-profile/claude-v2", Reason.UNKNOWN_MODEL),
        ("aws", "arn:aws:bedrock:us-east-1:1:provisioned-model/anthropic.claude-v2", Reason.UNKNOWN_MODEL),
        ("openrouter", "openai/gpt-4o:nitro", Reason.UNKNOWN_MODEL),
        ("ollama", "gpt-4o", Reason.UNKNOWN_PROVIDER),
        ("ibm.watsonx.ai", "gpt-4o", Reason.UNKNOWN_PROVIDER),
        (None, "llama-3.3-70b", Reason.UNKNOWN_MODEL),
        ("openai", None, Reason.NO_MODEL),
        ("openai", "   ", Reason.NO_MODEL),
        ("openai", "gpt-4o" * 500, Reason.UNKNOWN_MODEL),
        ("openai", "\ud800\x00", Reason.UNKNOWN_MODEL),
    ],
)  # fmt: skip
def test_what_is_not_known_is_unpriced_with_the_reason(provider: str, name: str | None, reason: str) -> None:
    answer = quote(provider, name)
    assert (answer.status, answer.reason, answer.cost_nano_usd) == (UNPRICED, reason, 0)


def test_the_response_model_prices_an_azure_deployment() -> None:
    assert quote("azure.ai.openai", "gpt-4o-mini-2024-07-18", "prod-gpt-4o").model == "gpt-4o-mini"


def test_on_azure_the_requested_model_prices_where_the_answering_one_is_not_known() -> None:
    assert quote("azure.ai.openai", "deployment-17", "gpt-4o").model == "gpt-4o"


def test_elsewhere_a_router_may_have_swapped_the_requested_model() -> None:
    answer = quote("openai", "acme-private-7b", "gpt-4o")
    assert (answer.status, answer.reason) == (UNPRICED, Reason.UNKNOWN_MODEL)


def test_a_snapshot_that_is_not_known_is_priced_as_the_family_that_was_requested() -> None:
    answer = quote("mistral", "mistral-small-latest-build7", "mistral-small-latest")
    assert answer.model == "mistral-small-latest"


def test_the_route_in_the_requested_name_tells_who_bills() -> None:
    answer = quote(None, "anthropic/claude-4.5-sonnet-20250929", "openrouter/anthropic/claude-sonnet-4.5")
    assert answer.provider == "openrouter"


def test_azure_is_not_openai_though_its_name_contains_it() -> None:
    """genai-prices reads `azure.ai.openai` as `openai` and so applies OpenAI's batch price, which Azure has not."""
    tiered = quote("azure.ai.openai", "gpt-5.5", tier="batch")
    assert tiered.provider == "azure"
    assert tiered.cost_nano_usd == quote("azure.ai.openai", "gpt-5.5").cost_nano_usd
    assert quote("openai", "gpt-5.5", tier="batch").cost_nano_usd < tiered.cost_nano_usd


@pytest.mark.parametrize(
    ("address", "host"),
    [
        ("https://user:secret@API.Example.com:8443/v1?x=1", "api.example.com"),
        ("api.example.com.", "api.example.com"),
        ("[2001:db8::1]:443", "2001:db8::1"),
        ("2001:db8::1", "2001:db8::1"),
        (None, None),
        ("https://", None),
    ],
)
def test_an_address_is_reduced_to_its_host(address: str | None, host: str | None) -> None:
    assert host_name(address) == host


def test_names_are_remembered_within_bounds() -> None:
    table = shipped()
    for number in range(6000):
        quote("openai", f"unknown-{number}")
    assert len(table._remembered) <= 4096
    quote("openai", "gpt-4o" * 100_000)
    assert max(len(name or "") for key in table._remembered for name in key) < 1000
    assert quote("openai", "gpt-4o").status == PRICED
