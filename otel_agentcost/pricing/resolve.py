"""Find the model that a span's names mean: who bills the call, and which row of that provider's list it is."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import NamedTuple

from otel_agentcost.model.outcome import Reason
from otel_agentcost.pricing.data import Model, Provider
from otel_agentcost.pricing.hosts import provider_of_host
from otel_agentcost.pricing.match import find_model
from otel_agentcost.pricing.models import ModelName, candidates, owner_of, parse_model_name
from otel_agentcost.pricing.providers import read_provider_name

_COMPATIBLE = "openai"
"""What every client of an OpenAI-compatible provider calls itself."""

_RESELLERS = frozenset({"aws", "azure", "google", "openrouter", "fireworks", "databricks", "github-copilot"})
"""Providers that sell other makers' models under names that only they use."""


class Names(NamedTuple):
    """What a span says about whom it called."""

    provider: str | None = None
    response_model: str | None = None
    request_model: str | None = None
    host: str | None = None
    region: str | None = None


class Resolution(NamedTuple):
    """The model that the names mean, or the reason why they mean none."""

    provider: str | None = None
    """Who bills the call."""
    model: Model | None = None
    owner: str | None = None
    """Whose list holds the model; another than `provider` where that one resells it."""
    steps: tuple[str, ...] = ()
    """How it was found, in words."""
    reason: str | None = None


class _Biller(NamedTuple):
    """Who bills a call, before its model is known."""

    provider: str | None
    by_host: bool
    """Then it is certain: no other provider is looked in."""
    absent: bool
    """A provider that the data does not have."""
    steps: tuple[str, ...]


def resolve(names: Names, providers: Mapping[str, Provider], aliases: Mapping[str, str]) -> Resolution:
    """Find the model. The host tells who bills the call, else the provider's name, else the model's own name.

    The response's model prices the call, since a router may have swapped the requested one. The requested one is tried
    where an alias names it, on Azure (whose deployments have names of their own), and where the response's name is a
    longer form of it.
    """
    biller = _biller(names, providers)
    steps = list(biller.steps)
    asked = [name for name in (names.response_model, names.request_model) if name and name.strip()]
    if not asked:
        return Resolution(biller.provider, steps=biller.steps, reason=Reason.NO_MODEL)
    for index, name in enumerate(dict.fromkeys(asked)):
        alias = _alias(name, aliases)
        if alias is not None:
            steps.append(f"alias {name} is {alias}")
            found = _look_up(alias, biller, names.region, providers, steps, is_alias=True)
        elif biller.absent or not (index == 0 or biller.provider == "azure" or _extends(asked[0], name)):
            continue
        else:
            how = [*steps, "response model unknown, request model tried"] if index else steps
            found = _look_up(name, biller, names.region, providers, how)
        if found is not None:
            return found
    reason = Reason.UNKNOWN_PROVIDER if biller.absent else Reason.UNKNOWN_MODEL
    return Resolution(biller.provider, steps=tuple(steps), reason=reason)


def _biller(names: Names, providers: Mapping[str, Provider]) -> _Biller:
    """Return who bills the call by the span's host and provider, and by the route that the request's name takes."""
    by_host = provider_of_host(names.host, providers)
    if by_host is not None:
        return _Biller(by_host, True, False, (f"host {names.host} is {by_host}",))
    said = read_provider_name(names.provider, providers)
    if said.provider is not None:
        return _Biller(said.provider, False, False, (f"provider {names.provider} is {said.provider}",))
    if said.absent:
        return _Biller(None, False, True, (f"provider {names.provider} is not in the table",))
    steps = (f"provider {names.provider} does not tell",) if names.provider else ()
    route = parse_model_name(names.request_model or "", providers)
    if route is not None and route.provider is not None:
        # LiteLLM asks for `openrouter/anthropic/...` and gets an answer from `anthropic/...`: the route bills.
        return _Biller(
            route.provider, False, False, (*steps, f"request model {names.request_model} says {route.provider}")
        )
    return _Biller(None, False, False, steps)


def _look_up(
    name: str,
    biller: _Biller,
    region: str | None,
    providers: Mapping[str, Provider],
    steps: list[str],
    is_alias: bool = False,
) -> Resolution | None:
    parsed = parse_model_name(name, providers)
    if parsed is None or parsed.opaque:
        return None
    if is_alias and parsed.provider is not None:
        biller = _Biller(parsed.provider, True, False, ())
    owner = owner_of(parsed.name, providers)
    for provider, why in _sellers(parsed, biller, owner):
        for candidate in candidates(parsed, provider, owner, region):
            found = find_model(providers[provider], providers, candidate.name)
            if found is not None:
                how = [*steps, *([why] if why else []), f"model {name}: {candidate.rule}"]
                if found.owner.id != provider:
                    how.append(f"{provider} resells the model at {found.owner.id}'s price")
                return Resolution(provider, found.model, found.owner.id, tuple(how))
    return None


def _sellers(parsed: ModelName, biller: _Biller, owner: str | None) -> list[tuple[str, str]]:
    """Return the providers to look in, first come first, with the reason where it is not who was said to bill."""
    named = parsed.provider or owner
    why = f"the model's name {'says' if parsed.provider else 'belongs to'} {named}"
    if biller.provider is None:
        return [(named, why)] if named else []
    sellers = [(biller.provider, "")]
    if biller.by_host or named is None or named == biller.provider:
        return sellers
    # Clients of OpenAI-compatible hosts say `openai`; SDKs of a maker (`anthropic`) also call its resellers.
    if biller.provider == _COMPATIBLE or (named in _RESELLERS and biller.provider not in _RESELLERS):
        sellers.append((named, why))
    return sellers


def _alias(name: str, aliases: Mapping[str, str]) -> str | None:
    """Return what an alias makes of a name: an exact alias first, then the longest glob that matches."""
    lowered = name.strip().lower()
    if lowered in aliases:
        return aliases[lowered]
    globs = [glob for glob in aliases if fnmatchcase(lowered, glob)]
    return aliases[max(globs, key=len)] if globs else None


def _extends(response: str, request: str) -> bool:
    """Return whether the response's name is a longer form of the request's, as a snapshot is of its family."""
    stem = request.strip().lower().removesuffix("-latest")
    return len(stem) > 3 and response.strip().lower().startswith(stem)
