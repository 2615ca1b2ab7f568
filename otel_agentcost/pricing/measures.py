"""How each billing unit of the price data follows from our `Usage`: a linear form over its fields.

The decomposition is genai-prices': a unit's leaf count is its total minus the leaf counts of the priced units that are
parts of it (`decompose.py` there), so that a cached audio token is not also paid as an audio token.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, TypeAlias

from otel_agentcost.model.usage import COUNTS, Usage
from otel_agentcost.pricing.data import Unit

Form: TypeAlias = tuple[int, ...]
"""Coefficients, one a field of `Usage`, then a constant."""

FIELDS = COUNTS
_ZERO: Form = (0,) * (len(FIELDS) + 1)
_REQUESTS = "requests"


def _form(*fields: str) -> Form:
    return (*(int(name in fields) for name in FIELDS), 0)


MEASURED: Mapping[str, Form] = {
    "input_tokens": _form("input_tokens"),
    "output_tokens": _form("output_tokens"),
    "cache_read_tokens": _form("cache_read_tokens"),
    "cache_write_tokens": _form("cache_write_5m_tokens", "cache_write_1h_tokens"),
    "cache_write_5m_tokens": _form("cache_write_5m_tokens"),
    "cache_write_1h_tokens": _form("cache_write_1h_tokens"),
    "output_reasoning_tokens": _form("reasoning_tokens"),
    "input_audio_tokens": _form("input_audio_tokens"),
    "input_image_tokens": _form("input_image_tokens"),
    "cache_audio_read_tokens": _form("cache_read_audio_tokens"),
    "output_audio_tokens": _form("output_audio_tokens"),
    "output_image_tokens": _form("output_image_tokens"),
    "web_searches": _form("web_searches"),
    _REQUESTS: (*(0 for _ in FIELDS), 1),
}
"""What our usage counts, under the units' names. Every other unit (video, pages, seconds) is unknown to a span."""


class Measure(NamedTuple):
    """One priced unit: how many of it a usage holds."""

    usage_key: str
    price_key: str
    per: int
    leaf: Form
    ambiguous: tuple[tuple[Form, Form], ...]
    """Pairs that must not both occur: telemetry says how many tokens were cached and how many were images, but not how
    many were both, and this unit is priced apart."""


def dot(form: Form, usage: Usage) -> int:
    """Return the form's value for a usage."""
    return sum(a * n for a, n in zip(form, usage.counts, strict=False)) + form[-1]


def decompose(priced_keys: Sequence[str], units: Mapping[str, Unit]) -> list[Measure]:
    """Return the measures of a set of price keys, most specific first.

    Raises: ValueError where the set is incoherent: a part is priced without its whole, or two units overlap and their
    overlap is not priced. genai-prices refuses the same sets.
    """
    by_price_key = {unit.price_key: key for key, unit in units.items()}
    keys = [by_price_key[key] for key in priced_keys if key in by_price_key]
    _check_coverage(keys, units)
    measures: list[Measure] = []
    for key in sorted(keys, key=lambda each: (-len(units[each].dimensions), each)):
        unit = units[key]
        leaf = list(MEASURED.get(key, _ZERO))
        for other in measures:
            if _contains(unit, units[other.usage_key]):
                leaf = [a - b for a, b in zip(leaf, other.leaf, strict=True)]
        ambiguous = () if key in MEASURED else _ambiguous(unit, units)
        measures.append(Measure(key, unit.price_key, unit.per, tuple(leaf), ambiguous))
    return measures


def _contains(whole: Unit, part: Unit) -> bool:
    return whole.dimensions.items() <= part.dimensions.items()


def _compatible(a: Unit, b: Unit) -> bool:
    return all(b.dimensions.get(key, value) == value for key, value in a.dimensions.items())


def _check_coverage(keys: list[str], units: Mapping[str, Unit]) -> None:
    present = set(keys)
    for key in keys:
        for other, unit in units.items():
            if other != key and other not in present and _contains(unit, units[key]):
                raise ValueError(f"{units[key].price_key} is priced and {unit.price_key}, which includes it, is not")
    by_dimensions = {frozenset(unit.dimensions.items()): key for key, unit in units.items()}
    for index, first in enumerate(keys):
        for second in keys[index + 1 :]:
            a, b = units[first], units[second]
            if _compatible(a, b):
                join = by_dimensions.get(frozenset(a.dimensions.items() | b.dimensions.items()))
                if join not in present:
                    raise ValueError(f"{a.price_key} and {b.price_key} overlap and their overlap has no price")


def _ambiguous(unit: Unit, units: Mapping[str, Unit]) -> tuple[tuple[Form, Form], ...]:
    """Return the pairs of measured units whose overlap is `unit`, and the measured parts of `unit` itself."""
    found: list[tuple[Form, Form]] = []
    measured = [(key, units[key]) for key in MEASURED if key in units]
    for index, (key, left) in enumerate(measured):
        if _contains(unit, left):
            found.append((MEASURED[key], MEASURED[key]))
        for other, right in measured[index + 1 :]:
            if not _compatible(left, right) or _contains(left, right) or _contains(right, left):
                continue
            if {**left.dimensions, **right.dimensions} == unit.dimensions:
                found.append((MEASURED[key], MEASURED[other]))
    return tuple(found)
