"""Suggest names of the table for one that it does not know."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches

from otel_agentcost.pricing.data import Provider

MAX_SUGGESTIONS = 5
_LONGEST_ASKED = 200
"""Comparing is quadratic in length; a longer name is no typing error."""


def nearest_names(name: str | None, provider: str | None, providers: Mapping[str, Provider]) -> tuple[str, ...]:
    """Return the `provider/model` names that look most like a name: the asked provider's first, then any's."""
    if not name or len(name) > _LONGEST_ASKED:
        return ()
    asked = name.strip().lower()
    bare = asked.rpartition("/")[2]
    own = providers.get(provider or "")
    found = [f"{provider}/{each}" for each in _closest(bare, own)] if own is not None else []
    makers = [each for each in providers.values() if each.model_match is not None]
    others = {f"{each.id}/{close}": close for each in makers for close in _closest(bare, each)}
    ranked = get_close_matches(bare, others.values(), MAX_SUGGESTIONS, 0)
    found += [full for close in ranked for full, short in others.items() if short == close]
    return tuple(dict.fromkeys(found))[:MAX_SUGGESTIONS]


def _closest(name: str, provider: Provider) -> list[str]:
    by_lower = {model.id.lower(): model.id for model in provider.models}
    return [by_lower[each] for each in get_close_matches(name, by_lower, 3, 0.6)]
