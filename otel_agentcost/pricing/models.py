"""The names under which a model may stand in the price data, most literal first, each with the rule that made it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from otel_agentcost.pricing.data import Provider
from otel_agentcost.pricing.providers import provider_of_prefix

MAX_NAME_LENGTH = 512
"""No provider's model names are longer; what is longer is not looked up."""

_ARN = re.compile(r"^arn:aws[a-z-]*:bedrock:[^:]*:[^:]*:(?P<kind>[a-z-]+)/(?P<name>.+)$")
_READABLE_ARNS = frozenset({"foundation-model", "inference-profile"})
_PATHS = re.compile(r"^(?:projects/[^/]+/locations/[^/]+/)?(?:publishers/[^/]+/)?models/(?P<name>.+)$")
_BEDROCK_ROUTES = re.compile(r"^(?:(?:converse|invoke|converse_like|[a-z]{2}(?:-gov)?-[a-z]+-\d)/)+(?P<name>.+)$")
_GEO = re.compile(r"^(?P<geo>us-gov|us|eu|apac|global|jp|au|ca|in|sa|me|af)\.(?P<name>[a-z0-9-]+\..+)$")
_BEDROCK_NAME = re.compile(
    r"^(?:(?:us-gov|us|eu|apac|global|jp|au|ca|in|sa|me|af)\.)?"
    r"(?:anthropic|amazon|meta|mistral|cohere|ai21|deepseek|openai|qwen|stability|writer|google|moonshotai|moonshot|"
    r"minimax|nvidia|zai|luma|twelvelabs)\.[a-z0-9]"
)
_DATE = re.compile(r"[-@](?:20\d\d-[01]\d-[0-3]\d|20\d\d[01]\d[0-3]\d)(?=$|:)")
_VERSION = re.compile(r"(?:-latest|@latest|@default|-00\d|-v\d(?::\d+)?)$")
_SAME_PRICE_SUFFIX = re.compile(r":(?:beta|thinking)$")
_WORD_ORDER = re.compile(r"(^|/)claude-(\d+(?:[.-]\d{1,2})?)-(opus|sonnet|haiku)\b")
GEOGRAPHIES = frozenset({"us", "eu", "apac", "global", "jp", "au", "ca", "in", "sa", "me", "af", "us-gov"})
"""What Bedrock puts before a model's name, and prices by."""

_OWN_PREFIX: Mapping[str, str] = {"fireworks": "accounts/fireworks/models/"}
_OWNERS_ON_OPENROUTER: Mapping[str, str] = {"mistral": "mistralai", "meta": "meta-llama", "zai": "z-ai"}

_OWNERS: tuple[tuple[re.Pattern[str], str], ...] = (
    (_BEDROCK_NAME, "aws"),
    (re.compile(r"^(?:ft:)?(?:gpt-|chatgpt-|o\d(?:-|$)|text-embedding-(?:3|ada)|davinci|babbage|codex-)"), "openai"),
    (re.compile(r"^(?:text-embedding-00|text-multilingual-embedding|gemini-embedding)"), "google"),
    (re.compile(r"^sonar(?:-|$)"), "perplexity"),
    (re.compile(r"^(?:embed|rerank)-(?:english|multilingual|v\d)"), "cohere"),
)
"""Makers that the data's own rules do not know by these names."""


class Candidate(NamedTuple):
    name: str
    rule: str
    """How the name came about, in words for `agentcost price`."""


class ModelName(NamedTuple):
    """A model's name, taken apart."""

    name: str
    rule: str
    provider: str | None
    """The provider that the name itself names: an ARN, a path, a `provider/` prefix."""
    prefixed: str
    """The name with that prefix on, as the provider's own list may spell it."""
    opaque: bool = False
    """The name hides the model (an application inference profile): only an alias can price it."""


def parse_model_name(raw: str, providers: Mapping[str, Provider]) -> ModelName | None:
    """Take a model's name apart, or return None where it is no name."""
    name = raw.strip().lower()
    if not name or len(name) > MAX_NAME_LENGTH:
        return None
    arn = _ARN.match(name)
    if arn:
        opaque = arn["kind"] not in _READABLE_ARNS
        return ModelName(arn["name"], f"{arn['kind']} of the ARN", "aws", arn["name"], opaque)
    if name.startswith("accounts/fireworks/"):
        return ModelName(name, "the name as it is", "fireworks", name)
    path = _PATHS.match(name)
    if path:
        maker = "google" if "gemini" in path["name"] or "publishers/" in name else None
        return ModelName(path["name"], "path prefix taken off", maker, path["name"])
    head, slash, rest = name.partition("/")
    provider = provider_of_prefix(head, providers) if slash else None
    if provider is None or not rest:
        return ModelName(name, "the name as it is", None, name)
    if provider == "aws":
        route = _BEDROCK_ROUTES.match(rest)
        rest = route["name"] if route else rest
        if rest.startswith("arn:"):
            return parse_model_name(rest, providers)
    path = _PATHS.match(rest)
    return ModelName(path["name"] if path else rest, f"prefix {head}/ taken off", provider, name)


def owner_of(name: str, providers: Mapping[str, Provider]) -> str | None:
    """Return the provider that makes and sells the model of this name, None where the name does not tell."""
    from otel_agentcost.pricing.match import matches  # noqa: PLC0415

    for pattern, provider in _OWNERS:
        if pattern.match(name) and provider in providers:
            return provider
    for provider in providers.values():
        if matches(provider.model_match, name):
            return provider.id
    return None


def candidates(parsed: ModelName, provider: str, owner: str | None, region: str | None) -> Iterator[Candidate]:
    """Yield the names to look up in a provider's list, most literal first.

    A date, a version or a geography is taken off only after the name with it has not been found, since a snapshot or a
    region may have a price of its own.
    """
    seen: set[str] = set()
    for base, rule in _bases(parsed, provider, owner, region):
        for name, how in _reductions(base, rule):
            if name not in seen:
                seen.add(name)
                yield Candidate(name, how)


def _bases(parsed: ModelName, provider: str, owner: str | None, region: str | None) -> Iterator[Candidate]:
    geo = _GEO.match(parsed.name) if provider == "aws" else None
    if provider == "aws" and geo is None and region and region.lower() in GEOGRAPHIES:
        yield Candidate(f"{region.lower()}.{parsed.name}", f"{parsed.rule}, in geography {region.lower()}")
    if parsed.prefixed != parsed.name:
        # `openai/gpt-oss-120b` is a name of its own at Groq, `perplexity/sonar` one at Perplexity.
        yield Candidate(parsed.prefixed, "the name as it is")
        if provider not in {parsed.provider, "azure"}:
            return
    yield Candidate(parsed.name, parsed.rule)
    if provider in _OWN_PREFIX and not parsed.name.startswith("accounts/"):
        yield Candidate(_OWN_PREFIX[provider] + parsed.name, f"with {_OWN_PREFIX[provider]} before it")
    if provider == "openrouter" and "/" not in parsed.name and owner:
        maker = _OWNERS_ON_OPENROUTER.get(owner, owner)
        yield Candidate(f"{maker}/{parsed.name}", f"with its maker's name {maker}/ before it")
    if geo:
        yield Candidate(geo["name"], f"geography {geo['geo']} taken off")


def _reductions(name: str, rule: str) -> Iterator[Candidate]:
    yield Candidate(name, rule)
    current = name
    for pattern, what in (
        (_SAME_PRICE_SUFFIX, "suffix"),
        (_DATE, "date"),
        (_VERSION, "version"),
        (_DATE, "date"),
    ):
        reduced = pattern.sub("", current)
        if reduced != current:
            rule = f"{rule}, {what} taken off"
            current = reduced
            yield Candidate(current, rule)
    reordered = _WORD_ORDER.sub(lambda m: f"{m[1]}claude-{m[3]}-{m[2]}", current)
    if reordered != current:
        yield Candidate(reordered, f"{rule}, words reordered")
