"""Find the provider and the model that a name means, by the match rules of the price data."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from otel_agentcost.pricing.data import Clause, Model, Provider

_COMPACT_DATE = re.compile(r"-(20\d\d)(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(?=-|:|$)")


class Found(NamedTuple):
    """A model, and the provider whose list holds it: another than the one asked where that one resells it."""

    model: Model
    owner: Provider


def matches(clause: Clause | None, text: str) -> bool:
    """Return whether a rule matches a text, which must be in lower case."""
    if clause is None:
        return False
    if clause.equals is not None:
        return text == clause.equals.lower()
    if clause.or_ is not None:
        return any(matches(each, text) for each in clause.or_)
    if clause.contains is not None:
        return clause.contains.lower() in text
    if clause.starts_with is not None:
        return text.startswith(clause.starts_with.lower())
    if clause.ends_with is not None:
        return text.endswith(clause.ends_with.lower())
    if clause.and_ is not None:
        return all(matches(each, text) for each in clause.and_)
    return clause.regex is not None and re.search(clause.regex, text) is not None


def find_model(provider: Provider, providers: Mapping[str, Provider], name: str) -> Found | None:
    """Return the provider's model of this name, or that of a provider whose models it resells.

    A name that nothing matches is tried again with its date written `-2025-12-11` instead of `-20251211`.
    """
    found = _find(provider, providers, name)
    if found is None:
        dashed = _COMPACT_DATE.sub(_dashed, name)
        if dashed != name:
            found = _find(provider, providers, dashed)
    return found


def _find(provider: Provider, providers: Mapping[str, Provider], name: str) -> Found | None:
    for model in provider.models:
        if matches(model.match, name):
            return Found(model, provider)
    for fallback in provider.fallback_model_providers or ():
        owner = providers.get(fallback)
        if owner is not None:
            for model in owner.models:
                if matches(model.match, name):
                    return Found(model, owner)
    return None


def _dashed(match: re.Match[str]) -> str:
    year, month, day = match.groups()
    try:
        date(int(year), int(month), int(day))
    except ValueError:
        return match.group(0)
    return f"-{year}-{month}-{day}"
