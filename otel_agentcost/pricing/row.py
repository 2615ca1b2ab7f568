"""One row of the price table: what one model costs from one date on, as whole numbers per field of `Usage`."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from math import lcm
from typing import NamedTuple

from otel_agentcost.model.money import NANO_PER_USD, NanoUsd
from otel_agentcost.model.outcome import ESTIMATED, FREE, PRICED, UNPRICED, Reason, Status
from otel_agentcost.model.quote import Breakdown, Quote
from otel_agentcost.model.usage import MAX_TOKENS, Usage, impossible
from otel_agentcost.pricing.data import Prices, Tiered, Unit
from otel_agentcost.pricing.measures import FIELDS, Form, Measure, decompose, dot

_INPUT, _OUTPUT, _SEARCHES = FIELDS.index("input_tokens"), FIELDS.index("output_tokens"), FIELDS.index("web_searches")
_MUST_BE_PRICED = {_INPUT: "input_tokens", _OUTPUT: "output_tokens", _SEARCHES: "web_searches"}
"""Units that no other includes: where one of them is used and has no price, the call costs at least the rest."""

_NO_OTHER = (0,) * (len(FIELDS) - 6)
"""Audio, images and searches of a usage that has none."""


class Rates(NamedTuple):
    """A row's prices within one bracket of input length, in nano-USD times the row's denominator."""

    input: int
    output: int
    cache_read: int
    cache_write_5m: int
    cache_write_1h: int
    reasoning: int
    input_audio: int
    input_image: int
    cache_read_audio: int
    output_audio: int
    output_image: int
    web_search: int
    request: int


class PricedMeasure(NamedTuple):
    """A measure and its price in USD per `measure.per`, as the price data spells it, for `agentcost price`."""

    measure: Measure
    price: Decimal | Tiered


class Row:
    """What one model costs, in one variant, from one date on. Immutable; `quote` is the hot path."""

    __slots__ = (
        "_ambiguous", "_brackets", "_denominator", "_is_partial", "_leaves", "_missing", "_starts", "_text_brackets",
        "_text_rates", "ignored_units", "model", "price_id", "priced_measures", "provider", "status",
        "usd_per_currency", "variant",
    )  # fmt: skip

    def __init__(
        self,
        provider: str | None,
        model: str,
        price_id: str,
        prices: Prices,
        units: Mapping[str, Unit],
        variant: str | None = None,
        usd_per_currency: Fraction = Fraction(1),
        ignored_units: tuple[str, ...] = (),
    ) -> None:
        """Compile prices.

        `variant` names what replaced some of the standard prices (`batch`); `usd_per_currency` converts prices that
        are in another currency; `ignored_units` names what the provider bills besides and no usage counts.

        Raises: ValueError where the prices are incoherent (see `measures.decompose`).
        """
        self.provider = provider
        self.model = model
        self.price_id = price_id
        self.variant = variant
        self.usd_per_currency = usd_per_currency
        self.ignored_units = ignored_units
        known = {key: value for key, value in prices.items() if value is not None}
        measures = decompose(list(known), units)
        self.priced_measures = tuple(PricedMeasure(each, known[each.price_key]) for each in measures)
        self._leaves: tuple[Form, ...] = tuple(each.leaf for each in measures if min(each.leaf) < 0)
        self._ambiguous = tuple(pair for each in measures for pair in each.ambiguous)
        counted = {each.usage_key for each in measures}
        # A model without any price is free on purpose: that is how the data spells `:free` variants and subscriptions.
        self._missing: tuple[int, ...] = (
            tuple(index for index, key in _MUST_BE_PRICED.items() if key not in counted) if known else ()
        )
        self._is_partial = _INPUT in self._missing or _OUTPUT in self._missing or bool(ignored_units)
        self._starts, exact = _brackets(self.priced_measures, usd_per_currency)
        self._denominator = lcm(*(value.denominator for bracket in exact for value in bracket))
        self._brackets = tuple(Rates(*(int(value * self._denominator) for value in bracket)) for bracket in exact)
        self._text_brackets = tuple((*rates[:6], rates.request) for rates in self._brackets)
        self._text_rates = self._text_brackets[0]
        self.status: Status = PRICED if any(any(rates) for rates in self._brackets) else FREE

    def rates_for(self, input_tokens: int) -> Rates:
        """Return the rates of the bracket that the input's length falls in; one rate holds for the whole call."""
        return self._brackets[bisect_left(self._starts, input_tokens)]

    def quote(self, usage: Usage) -> Quote:
        """Return the cost of a usage, rounded once, half to even, or why it has none or not all of it.

        Plain text usage, nearly every call, takes the short way; `_quote_checked` is its slow and complete twin.
        """
        counts = usage.counts
        tokens_in, tokens_out, read, write_5m, write_1h, reasoning = counts[:6]
        # `|` is negative where one of its sides is, and refuses what is no whole number.
        if (
            counts[6:] != _NO_OTHER
            or read | write_5m | write_1h | reasoning < 0
            or read + write_5m + write_1h > tokens_in
            or reasoning > tokens_out
            or not tokens_in | tokens_out
            or tokens_in > MAX_TOKENS
            or tokens_out > MAX_TOKENS
            or self._is_partial
        ):
            return self._quote_checked(usage)
        starts = self._starts
        per_in, per_out, per_read, per_5m, per_1h, per_reasoning, per_request = (
            self._text_brackets[bisect_left(starts, tokens_in)] if starts else self._text_rates
        )
        cost = per_in * tokens_in + per_out * tokens_out + per_request
        if read or reasoning or write_5m or write_1h:
            cost += per_read * read + per_5m * write_5m + per_1h * write_1h + per_reasoning * reasoning
        denominator = self._denominator
        if denominator != 1:
            cost, rest = divmod(cost, denominator)
            if rest * 2 > denominator or (rest * 2 == denominator and cost & 1):
                cost += 1
        return Quote(self.status, None, cost, self.provider, self.model, self.price_id)

    def refusal(self, usage: Usage) -> str | None:
        """Return the reason why this row cannot price the usage, or None where it can."""
        if impossible(usage) is not None or any(dot(leaf, usage) < 0 for leaf in self._leaves):
            return Reason.IMPOSSIBLE_USAGE
        if not any(usage.counts):
            return Reason.MISSING_USAGE
        if any(dot(left, usage) and dot(right, usage) for left, right in self._ambiguous):
            return Reason.CACHE_TOKENS_NOT_REPORTED
        if self._lacks_a_price(usage) and not self._cost(usage):
            return Reason.NO_PRICE_FOR_UNIT
        return None

    def missing_units(self, usage: Usage) -> tuple[str, ...]:
        """Return the units that the usage has and the row has no price for."""
        return tuple(_MUST_BE_PRICED[index] for index in self._missing if usage.counts[index])

    def breakdown(self, usage: Usage) -> Breakdown | None:
        """Return the cost by part, None where there is no cost. The parts sum to the quote exactly."""
        if self.refusal(usage) is not None:
            return None
        rates = self.rates_for(usage.input_tokens)
        total = dot(rates, usage)
        # Rates of parts are differences to their whole's (a leaf form), so a part's full price adds the whole's.
        cache_read = (rates.cache_read + rates.input) * usage.cache_read_tokens
        cache_read += (rates.cache_read_audio + rates.input_audio) * usage.cache_read_audio_tokens
        cache_write = (rates.cache_write_5m + rates.input) * usage.cache_write_5m_tokens
        cache_write += (rates.cache_write_1h + rates.input) * usage.cache_write_1h_tokens
        reasoning = (rates.reasoning + rates.output) * usage.reasoning_tokens
        output = rates.output * (usage.output_tokens - usage.reasoning_tokens)
        output += rates.output_audio * usage.output_audio_tokens + rates.output_image * usage.output_image_tokens
        tool = rates.web_search * usage.web_searches + rates.request
        rest = total - cache_read - cache_write - reasoning - output - tool
        return Breakdown(*_apportion([rest, cache_read, cache_write, output, reasoning, tool], self._denominator))

    def _quote_checked(self, usage: Usage) -> Quote:
        reason = self.refusal(usage)
        if reason is not None:
            return Quote(UNPRICED, reason, 0, self.provider, self.model, self.price_id)
        cost = self._cost(usage)
        if self._lacks_a_price(usage):
            # What has a price is what genai-prices counts too; here it is not passed off as the whole.
            return Quote(ESTIMATED, Reason.NO_PRICE_FOR_UNIT, cost, self.provider, self.model, self.price_id)
        return Quote(self.status, None, cost, self.provider, self.model, self.price_id)

    def _lacks_a_price(self, usage: Usage) -> bool:
        return bool(self.ignored_units) or any(usage.counts[index] for index in self._missing)

    def _cost(self, usage: Usage) -> NanoUsd:
        return round(Fraction(dot(self.rates_for(usage.input_tokens), usage), self._denominator))


def _brackets(
    priced: Sequence[PricedMeasure], usd_per_currency: Fraction
) -> tuple[tuple[int, ...], list[list[Fraction]]]:
    """Return where the brackets start and, for each, nano-USD per usage field and request."""
    starts = sorted({tier.start for _, price in priced if isinstance(price, Tiered) for tier in price.tiers})
    brackets: list[list[Fraction]] = []
    for start in (-1, *starts):
        rates = [Fraction(0)] * (len(FIELDS) + 1)
        for measure, price in priced:
            nano_usd = Fraction(price_at(price, start)) * usd_per_currency * NANO_PER_USD / measure.per
            for index, share in enumerate(measure.leaf):
                rates[index] += share * nano_usd
        brackets.append(rates)
    return tuple(starts), brackets


def price_at(price: Decimal | Tiered, above: int) -> Decimal:
    """Return the price that holds for an input longer than `above` tokens (-1: for any)."""
    if not isinstance(price, Tiered):
        return price
    held = price.base
    for tier in sorted(price.tiers, key=lambda each: each.start):
        if tier.start <= above:
            held = tier.price
    return held


def _apportion(parts: list[int], denominator: int) -> list[NanoUsd]:
    """Round scaled parts so that they sum to the rounded total: largest remainders get the rest."""
    total = round(Fraction(sum(parts), denominator))
    whole = [part // denominator for part in parts]
    by_remainder = sorted(range(len(parts)), key=lambda index: -(parts[index] % denominator))
    for index in by_remainder[: total - sum(whole)]:
        whole[index] += 1
    return whole
