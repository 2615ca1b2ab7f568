"""Load a price table: from the shipped snapshot, or from an installed genai-prices of another version."""

from __future__ import annotations

from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from otel_agentcost.pricing.settings import PriceSettings

if TYPE_CHECKING:
    from otel_agentcost.pricing.data import PriceData
    from otel_agentcost.pricing.table import PriceTable
    from otel_agentcost.pricing.tool_prices import ToolPrices

# The imports below stand inside functions: `import otel_agentcost` must not pay for msgspec and the table.

SNAPSHOT_PATH = Path(__file__).with_name("snapshot.json.gz")
SHIPPED = "shipped snapshot"
INSTALLED = "installed genai-prices"
REFRESHED = "refreshed from"
"""Starts the source of a table that was fetched; the address follows."""


def load_price_table(settings: PriceSettings = PriceSettings()) -> PriceTable:  # noqa: B008 - frozen
    """Return the price table of these settings.

    Takes some milliseconds from the shipped snapshot. Where another version of genai-prices is installed, the user
    chose its prices: they are compiled from it, which takes as long as importing it.

    Raises: ValueError naming the setting that cannot be used.
    """
    data, source = load_price_data()
    return make_price_table(data, source, data.made_on or None, settings)


def load_tool_prices(settings: PriceSettings = PriceSettings()) -> ToolPrices:  # noqa: B008 - frozen
    """Return what the calls of tools cost by themselves, for `ledger.tool_charges`.

    Raises: ValueError naming the setting that cannot be used.
    """
    from otel_agentcost.pricing.tool_prices import ToolPrices  # noqa: PLC0415

    return ToolPrices(settings.tools)


def make_price_table(data: PriceData, source: str, as_of: str | None, settings: PriceSettings) -> PriceTable:
    """Return a table of this data under these settings."""
    from otel_agentcost.pricing.overrides import Overrides  # noqa: PLC0415
    from otel_agentcost.pricing.table import PriceTable  # noqa: PLC0415

    if settings.litellm_file is not None:
        from otel_agentcost.pricing.litellm_file import add_litellm_prices  # noqa: PLC0415

        data = add_litellm_prices(data, _read(settings.litellm_file), settings.litellm_file)
    aliases = {name.strip().lower(): target for name, target in settings.aliases.items()}
    return PriceTable(data, Overrides(settings), aliases, source, as_of)


def load_price_data() -> tuple[PriceData, str]:
    """Return the data to use and where it is from."""
    snapshot = read_snapshot()
    installed = installed_version()
    if installed is None or installed == snapshot.version:
        return snapshot, SHIPPED
    import msgspec  # noqa: PLC0415

    from otel_agentcost.pricing.compile import compile_installed  # noqa: PLC0415

    try:
        data = compile_installed(made_on="")
        return msgspec.structs.replace(data, made_on=newest_start_date(data)), INSTALLED
    except Exception:  # noqa: BLE001 - a genai-prices of another make must not cost the user all prices
        return snapshot, f"{SHIPPED}; installed genai-prices {installed} could not be read"


def meaning_of_date(source: str) -> str:
    """Return what the `as_of` of a table of this source dates: not all sources say when they were made."""
    if source == INSTALLED:
        return "newest price in it starts"
    return "fetched" if source.startswith(REFRESHED) else "written down"


def age_text(source: str, as_of: str, days: int) -> str:
    """Return a table's age in words, with what it is counted from."""
    past = f"{days} day{'' if days == 1 else 's'}"
    means = meaning_of_date(source)
    return f"{means} {as_of}, {past} ago" if source == INSTALLED else f"{means} {as_of}, {past} old"


def read_snapshot() -> PriceData:
    """Return the data that the package ships."""
    from otel_agentcost.pricing.data import decode_snapshot  # noqa: PLC0415

    return decode_snapshot(SNAPSHOT_PATH.read_bytes())


def _read(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise ValueError(f"prices.litellm_file: {path} cannot be read: {error.strerror}") from None


def installed_version() -> str | None:
    """Return the version of the installed genai-prices, None where there is none."""
    try:
        return metadata.version("genai-prices")
    except metadata.PackageNotFoundError:
        return None


def newest_start_date(data: PriceData) -> str:
    """Return the latest ISO date from which a price of the data holds: a wheel does not say how old it is."""
    newest = ""
    for provider in data.providers:
        for model in provider.models:
            dated = model.prices if isinstance(model.prices, list) else []
            for constraint in (
                *(each.constraint for each in dated),
                *(v.constraint for v in model.price_variants or ()),
            ):
                if constraint is not None and constraint.start_date is not None:
                    newest = max(newest, constraint.start_date)
    return newest
