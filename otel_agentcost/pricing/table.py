"""PriceTable: what a usage costs. An immutable snapshot, swapped whole."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeAlias

from otel_agentcost.model.outcome import UNPRICED, Reason
from otel_agentcost.model.quote import Breakdown, Quote
from otel_agentcost.model.usage import Usage
from otel_agentcost.pricing.data import PriceData
from otel_agentcost.pricing.models import MAX_NAME_LENGTH
from otel_agentcost.pricing.overrides import Override, Overrides
from otel_agentcost.pricing.resolve import Names, Resolution, resolve
from otel_agentcost.pricing.row import Row
from otel_agentcost.pricing.tiers import context_of
from otel_agentcost.pricing.timeline import Timeline, active_prices, build_timeline, changes

if TYPE_CHECKING:
    from otel_agentcost.pricing.explain import Explanation

MAX_REMEMBERED = 4096
"""Resolved names kept; a process calls a handful of models, a fleet some hundreds. When full, all are forgotten."""

_WEB_SEARCHES = "web_searches_kcount"


_Key: TypeAlias = tuple[str | None, str | None, str | None, str | None, str | None, str | None]
"""What a quote's answer hangs on besides usage and time: provider, response and request model, host, tier, region."""


class Entry:
    """What is remembered about one set of names: the rows over time, or why there are none."""

    __slots__ = ("refusal", "resolution", "span", "timeline")

    def __init__(self, timeline: Timeline, resolution: Resolution, refusal: Quote) -> None:
        self.timeline = timeline
        self.resolution = resolution
        self.refusal = refusal
        self.span = timeline.at(0)
        """The span that was used last. Replaced whole: threads may take turns, none sees half of it."""


class PriceTable:
    """Prices usages. Safe to share between threads; nothing in it changes but its memory of resolved names."""

    def __init__(
        self,
        data: PriceData,
        overrides: Overrides,
        aliases: Mapping[str, str],
        source: str,
        as_of: str | None,
    ) -> None:
        """Make a table; `pricing.load.load_price_table` is the usual way to one.

        `aliases` has lower-case keys. `source` says where the data came from, `as_of` when (ISO 8601).
        """
        self.version = f"genai-prices {data.version}"
        self.source = source
        self.as_of = as_of
        self.data = data
        self.providers = {provider.id: provider for provider in data.providers}
        self.overrides = overrides
        self.aliases = aliases
        self._remembered: dict[_Key, Entry] = {}
        self._constant: dict[_Key, Row] = {}
        """Of those, the ones whose price never changes, nearly all: one step less for a quote."""

    def quote(
        self,
        provider: str | None,
        response_model: str | None,
        request_model: str | None,
        host: str | None,
        usage: Usage,
        at_unix_nano: int,
        tier: str | None = None,
        region: str | None = None,
    ) -> Quote:
        """Return what a usage costs, or the reason why that is not known. Never raises."""
        try:
            key = (provider, response_model, request_model, host, tier, region)
            row = self._constant.get(key)
            if row is None:
                entry = self._remembered.get(key) or self._entry(key)
                start, end, row = entry.span
                if not start <= at_unix_nano < end:
                    span = entry.span = entry.timeline.at(at_unix_nano)
                    row = span.row
                if row is None:
                    return entry.refusal
            return row.quote(usage)
        except Exception:  # noqa: BLE001 - a price must never break the call that it prices
            return Quote(UNPRICED, Reason.INTERNAL_ERROR)

    def breakdown(
        self,
        provider: str | None,
        response_model: str | None,
        request_model: str | None,
        host: str | None,
        usage: Usage,
        at_unix_nano: int,
        tier: str | None = None,
        region: str | None = None,
    ) -> Breakdown | None:
        """Return the quote's cost by part, None where there is no cost. Never raises."""
        try:
            row = self.row(Names(provider, response_model, request_model, host, region), at_unix_nano, tier)
            return None if row is None else row.breakdown(usage)
        except Exception:  # noqa: BLE001 - see quote
            return None

    def explain(
        self,
        provider: str | None,
        response_model: str | None,
        request_model: str | None,
        host: str | None,
        usage: Usage,
        at_unix_nano: int,
        tier: str | None = None,
        region: str | None = None,
    ) -> Explanation:
        """Return the quote with everything behind it, for `agentcost price`."""
        from otel_agentcost.pricing.explain import explain  # noqa: PLC0415 - nothing that prices a call needs it

        return explain(self, Names(provider, response_model, request_model, host, region), usage, at_unix_nano, tier)

    def row(self, names: Names, at_unix_nano: int, tier: str | None = None) -> Row | None:
        """Return the row that prices a call, None where there is none."""
        return self.entry(names, tier).timeline.at(at_unix_nano).row

    def entry(self, names: Names, tier: str | None = None) -> Entry:
        """Return what the names mean."""
        key = (names.provider, names.response_model, names.request_model, names.host, tier, names.region)
        return self._remembered.get(key) or self._entry(key)

    def _entry(self, key: _Key) -> Entry:
        provider, response_model, request_model, host, tier, region = key
        names = Names(provider, response_model, request_model, host, region)
        resolution = resolve(names, self.providers, self.aliases)
        chosen = self.overrides.choose(names, resolution)
        refusal = Quote(
            UNPRICED,
            resolution.reason or Reason.NO_PRICE_FOR_UNIT,
            0,
            resolution.provider,
            resolution.model.id if resolution.model else None,
        )
        timeline = self.timeline_of(names, resolution, chosen, request_context(resolution, tier))
        entry = Entry(timeline, resolution, refusal)
        if any(part is not None and len(part) > MAX_NAME_LENGTH for part in key):
            return entry  # not worth its memory
        if len(self._remembered) >= MAX_REMEMBERED:
            self._remembered.clear()
            self._constant.clear()
        self._remembered[key] = entry
        if timeline.constant is not None:
            self._constant[key] = timeline.constant
        return entry

    def timeline_of(
        self, names: Names, resolution: Resolution, chosen: list[Override], context: Mapping[str, str]
    ) -> Timeline:
        model = resolution.model
        instants, hours = changes(model, context) if model else ([], [])
        instants += self.overrides.changes(chosen)

        def row_at(unix_nano: int) -> Row | None:
            override = self.overrides.active(chosen, unix_nano)
            if override is not None:
                return self.overrides.row(override, names, resolution, self.data.units, unix_nano)
            if model is None:
                return None
            active = active_prices(model, context, unix_nano)
            prices = active.prices
            search = self.overrides.web_search_usd_per_thousand
            if search is not None and prices and _WEB_SEARCHES not in prices:
                prices = {**prices, _WEB_SEARCHES: search}
            owner = resolution.owner or ""
            price_id = f"{owner}/{model.id}@{active.row_name}"
            try:
                return Row(
                    resolution.provider or owner,
                    model.id,
                    price_id,
                    prices,
                    self.data.units,
                    active.variant,
                    ignored_units=model.ignored_units,
                )
            except ValueError:
                return None  # the data's own prices are incoherent; genai-prices raises here

        return build_timeline(instants, hours, row_at)


def request_context(resolution: Resolution, tier: str | None) -> Mapping[str, str]:
    """Return what selects variants of the model's prices. A reseller has none of its own; genai-prices prices it so."""
    return context_of(tier) if resolution.owner == resolution.provider else {}
