"""What a schema cannot say: names that stand twice, prices that contradict each other, units that must be wrong."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator

from otel_agentcost.config.errors import did_you_mean
from otel_agentcost.config.export import export_faults
from otel_agentcost.config.faults import Fault
from otel_agentcost.config.hashing import hashing_faults
from otel_agentcost.config.key_path import KeyPath
from otel_agentcost.config.prices_schema import PARTS, PIECES, Override, Prices
from otel_agentcost.config.schema import File, IdentityKeys
from otel_agentcost.config.store import store_faults
from otel_agentcost.config.tools import tool_settings
from otel_agentcost.ledger.time_zone import zone_of
from otel_agentcost.pricing.overrides import before_the_first_rate
from otel_agentcost.pricing.tool_keys import key_faults
from otel_agentcost.pricing.tool_prices import price_faults

_PARTS_OF_INPUT = (
    "cache_read", "cache_write", "cache_write_1h", "input_audio", "cache_read_audio", "input_image",
)  # fmt: skip
_PARTS_OF_OUTPUT = ("reasoning", "output_audio", "output_image")

LOWEST_PER_MTOK = 0.0001
"""Nobody sells a million tokens for less; whoever writes less means a price per token."""

_IDENTITY_PARTS = ("user", "session", "conversation", "team", "organization", "feature", "environment")


def faults_between(file: File) -> Iterator[Fault]:
    """Yield what is wrong although each value by itself is allowed."""
    yield from _override_faults(file.prices)
    yield from _currency_faults(file.prices)
    aliases = file.prices.aliases
    yield from _twice((name.strip().lower(), ("prices", "aliases", name)) for name in aliases)
    yield from (Fault(("prices", "aliases", name), "an empty name") for name in aliases if not name.strip())
    yield from _tool_faults(file.prices)
    yield from _identity_faults(file.identity)
    yield from hashing_faults(file.identity.hash_users)
    yield from store_faults(file.store)
    yield from export_faults(file.export)
    yield from _time_zone_faults(file.time_zone)


def usd_key(part: str) -> str:
    """Return the key of a part's price in US dollars."""
    return f"usd_per_{part}" if part in PIECES else f"{part}_usd_per_mtok"


def currency_key(part: str) -> str:
    """Return the key of a part's price in the override's own currency."""
    return f"per_{part}" if part in PIECES else f"{part}_per_mtok"


def _override_faults(prices: Prices) -> Iterator[Fault]:
    yield from _twice(
        ((each.provider.lower(), each.model.lower(), each.start), ("prices", "overrides", index))
        for index, each in enumerate(prices.overrides)
    )
    for index, each in enumerate(prices.overrides):
        path: KeyPath = ("prices", "overrides", index)
        given = [part for part in (*PARTS, *PIECES) if _price(each, part) is not None]
        if not given:
            yield Fault(path, f"has no price: give {usd_key('input')}, {usd_key('output')} or {usd_key('request')}")
        for part in given:
            yield from _part_faults(each, part, given, path)
        yield from _spelling_faults(each, given, path)


def _part_faults(override: Override, part: str, given: list[str], path: KeyPath) -> Iterator[Fault]:
    price = _price(override, part)
    key = usd_key(part) if getattr(override, usd_key(part)) is not None else currency_key(part)
    if part not in PIECES and price and price < LOWEST_PER_MTOK:
        yield Fault(
            (*path, key),
            f"{price!r} is not allowed: it looks like a price per token; per million it is {price * 1e6:g}",
        )
    for whole, parts in (("input", _PARTS_OF_INPUT), ("output", _PARTS_OF_OUTPUT)):
        if part in parts and whole not in given:
            yield Fault((*path, key), f"needs {key.replace(part, whole, 1)} beside it")


def _spelling_faults(override: Override, given: list[str], path: KeyPath) -> Iterator[Fault]:
    """Yield where dollars and another currency are mixed up."""
    in_usd = [part for part in given if getattr(override, usd_key(part)) is not None]
    in_currency = [part for part in given if getattr(override, currency_key(part)) is not None]
    if in_usd and in_currency:
        key = currency_key(in_currency[0])
        yield Fault((*path, key), f"stands beside {usd_key(in_usd[0])}: one override has one currency")
    elif in_currency and override.currency is None:
        key = currency_key(in_currency[0])
        yield Fault((*path, key), f"in which currency? Give currency beside it, or write {usd_key(in_currency[0])}")
    elif in_usd and override.currency is not None and override.currency.upper() != "USD":
        why = f"{override.currency!r} contradicts {usd_key(in_usd[0])}: write {currency_key(in_usd[0])}"
        yield Fault((*path, "currency"), why)


def _currency_faults(prices: Prices) -> Iterator[Fault]:
    yield from _twice(
        ((each.currency.upper(), each.start), ("prices", "currencies", index))
        for index, each in enumerate(prices.currencies)
    )
    known = {"USD", *(each.currency.upper() for each in prices.currencies)}
    for index, each in enumerate(prices.overrides):
        if each.currency is not None and each.currency.upper() not in known:
            why = f"{each.currency!r} has no rate in prices.currencies: {did_you_mean(each.currency.upper(), known)}"
            yield Fault(("prices", "overrides", index, "currency"), why)
    for index, each in enumerate(prices.overrides):
        currency = (each.currency or "USD").upper()
        starts = [rate.start for rate in prices.currencies if rate.currency.upper() == currency]
        dated = [start for start in starts if start is not None]
        if currency != "USD" and each.start is not None and starts and len(dated) == len(starts):
            first = min(dated)
            if each.start < first:
                yield Fault(("prices", "overrides", index, "start"), before_the_first_rate(each.start, currency, first))
    for index, each in enumerate(prices.currencies):
        if each.currency.upper() == "USD" and each.usd != 1:
            yield Fault(
                ("prices", "currencies", index, "usd"), f"{each.usd!r} is not allowed: a dollar is worth 1 dollar"
            )


def _tool_faults(prices: Prices) -> Iterator[Fault]:
    yield from (Fault(("prices", "tools", name), why) for name, why in key_faults(prices.tools))
    for name, price in tool_settings(prices).items():
        for unit, why in price_faults(price):
            yield Fault(("prices", "tools", name, unit) if unit else ("prices", "tools", name), why)


def _time_zone_faults(name: str) -> Iterator[Fault]:
    try:
        zone_of(name)
    except ValueError as error:
        yield Fault(("time_zone",), str(error).removeprefix("time_zone: "))


def _identity_faults(identity: IdentityKeys) -> Iterator[Fault]:
    read: set[str] = set()
    for part in (*_IDENTITY_PARTS, "trust_baggage"):
        keys: list[str] = getattr(identity, part)
        yield from _twice((key, ("identity", part, index)) for index, key in enumerate(keys))
        if part != "trust_baggage":
            read.update(keys)
    by_default = set(IdentityKeys().trust_baggage)
    for index, key in enumerate(identity.trust_baggage):
        if key not in read and key not in by_default:
            why = f"{key!r} is read by no part of the identity, so trusting it does nothing: {did_you_mean(key, read)}"
            yield Fault(("identity", "trust_baggage", index), why)


def _twice(named: Iterable[tuple[Hashable, KeyPath]]) -> Iterator[Fault]:
    """Yield the second of two that are the same; letter case never tells names apart."""
    first: dict[Hashable, KeyPath] = {}
    for name, path in named:
        if name in first:
            where = ".".join(str(part) for part in first[name][:-1]) + f"[{first[name][-1]!r}]"
            yield Fault(path, f"is the same as {where}: remove one")
        else:
            first[name] = path


def _price(override: Override, part: str) -> float | None:
    in_usd: float | None = getattr(override, usd_key(part))
    return in_usd if in_usd is not None else getattr(override, currency_key(part))
