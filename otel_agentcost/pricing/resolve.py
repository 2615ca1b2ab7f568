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


def resolve(names: Names, providers: Mapping[str, Provider], aliases: Mapping[str, str]) -> Resolution:
    """Find the model. The host tells who bills the call, else the provider's name, else the model's own name.

    The response's model prices the call, since a router may have swapped the requested one. The requested one is tried
    where an alias names it, on Azure (whose deployments have names of their own), and where the response's name is a
    longer form of it.
    """
    steps: list[str] = []
    billed = provider_of_host(names.host, providers)
    if billed is not None:
        steps.append(f"host {names.host} is {billed}")
        said_absent = False
    else:
        said = read_provider_name(names.provider, providers)
        billed, said_absent = said.provider, said.absent
        if billed is not None:
            steps.append(f"provider {names.provider} is {billed}")
        elif names.provider:
            steps.append(f"provider {names.provider} {'is not in the table' if said_absent else 'does not tell'}")
    by_host = steps[:1] != [] and steps[0].startswith("host ")

    asked = [name for name in (names.response_model, names.request_model) if name and name.strip()]
    if not asked:
        return Resolution(billed, steps=tuple(steps), reason=Reason.NO_MODEL)
    for index, name in enumerate(asked):
        alias = _alias(name, aliases)
        if alias is not None:
            found = _look_up(alias, None, False, names.region, providers, [*steps, f"alias {name} is {alias}"])
        elif index == 0 or billed == "azure" or _extends(asked[0], name):
            how = [*steps, "response model unknown, request model tried"] if index else steps
            found = None if said_absent else _look_up(name, billed, by_host, names.region, providers, how)
        else:
            found = None
        if found is not None:
            return found
    return Resolution(
        billed, steps=tuple(steps), reason=Reason.UNKNOWN_PROVIDER if said_absent else Reason.UNKNOWN_MODEL
    )


def _look_up(
    name: str,
    billed: str | None,
    by_host: bool,
    region: str | None,
    providers: Mapping[str, Provider],
    steps: list[str],
) -> Resolution | None:
    parsed = parse_model_name(name, providers)
    if parsed is None or parsed.opaque:
        return None
    for provider, why in _sellers(parsed, billed, by_host, providers):
        owner = owner_of(parsed.name, providers)
        for candidate in candidates(parsed, provider, owner, region):
            found = find_model(providers[provider], providers, candidate.name)
            if found is not None:
                how = [*steps, *([why] if why else []), f"model {name}: {candidate.rule}"]
                if found.owner.id != provider:
                    how.append(f"{provider} resells the model at {found.owner.id}'s price")
                return Resolution(provider, found.model, found.owner.id, tuple(how))
    return None


def _sellers(
    parsed: ModelName, billed: str | None, by_host: bool, providers: Mapping[str, Provider]
) -> list[tuple[str, str]]:
    """Return the providers to look in, first come first."""
    if billed is not None and (by_host or billed != _COMPATIBLE):
        return [(billed, "")]
    sellers = [(billed, "")] if billed is not None else []
    if parsed.provider is not None:
        sellers.append((parsed.provider, f"the model's name says {parsed.provider}"))
    elif (owner := owner_of(parsed.name, providers)) is not None:
        sellers.append((owner, f"the model's name belongs to {owner}"))
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
