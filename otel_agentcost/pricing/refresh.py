"""Fetch newer prices in the background and hand over a whole new table. Off unless the configuration turns it on."""

from __future__ import annotations

import logging
import threading
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timezone

from otel_agentcost.pricing.data import PriceData, Provider, decode_providers
from otel_agentcost.pricing.litellm_file import LITELLM
from otel_agentcost.pricing.load import REFRESHED, make_price_table
from otel_agentcost.pricing.settings import PriceSettings
from otel_agentcost.pricing.table import PriceTable

logger = logging.getLogger("otel_agentcost.pricing")

MAX_BYTES = 64 * 1024 * 1024
"""The published file has some megabytes; what is larger is not it."""

FEWEST_SHARE = 0.5
"""A file with less than this share of the models in use is taken for damaged, and refused."""


@dataclass(frozen=True)
class RefreshState:
    """How the last attempts went, for `agentcost doctor` and metrics."""

    succeeded_at: datetime | None = None
    """When the table in use was fetched; None while it is still the one of the start."""
    failed_at: datetime | None = None
    error: str | None = None
    """Why the last attempt failed; None where it succeeded."""


class PriceRefresher:
    """Renews a price table in a daemon thread, until stopped. A failed attempt changes nothing but the state."""

    def __init__(
        self,
        table: PriceTable,
        settings: PriceSettings,
        on_table: Callable[[PriceTable], None],
        fetch: Callable[[str, float], bytes] | None = None,
        now: Callable[[], datetime] | None = None,
    ) -> None:
        """Prepare.

        `table` is the one in use; `on_table` gets each new one whole, in the refresher's thread; `fetch(url,
        timeout_seconds)` returns the published JSON.
        """
        self._table = table
        self._settings = settings
        self._on_table = on_table
        self._fetch = fetch or fetch_published
        self._now = now or _utc_now
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self.state = RefreshState()

    def start(self) -> None:
        """Start the thread, where the settings ask for it. The first fetch happens at once, in the background."""
        if self._settings.refresh.enabled and self._thread is None:
            self._thread = threading.Thread(target=self._run, name="agentcost-prices", daemon=True)
            self._thread.start()

    def stop(self, timeout_seconds: float = 1.0) -> None:
        """Ask the thread to end and wait a moment for it; a fetch that still runs is not waited for longer."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(timeout_seconds)

    def refresh_once(self) -> bool:
        """Fetch once, in the calling thread, and return whether a new table is in use. Never raises."""
        refresh = self._settings.refresh
        try:
            providers = decode_providers(self._fetch(refresh.url, refresh.timeout_seconds))
            _check(providers, self._table.data)
            fetched = self._now()
            stamp = fetched.isoformat(timespec="seconds")
            data = PriceData(f"data of {stamp}", stamp, self._table.data.units, providers)
            table = make_price_table(data, f"{REFRESHED} {refresh.url}", stamp, self._settings)
            self._on_table(table)
        except Exception as error:  # noqa: BLE001 - whatever went wrong, the last good table stays
            self.state = RefreshState(self.state.succeeded_at, self._now(), f"{type(error).__name__}: {error}")
            logger.warning("prices were not refreshed, the last good ones stay: %s", self.state.error)
            return False
        self._table = table
        self.state = RefreshState(fetched)
        return True

    def _run(self) -> None:
        while not self._stopping.is_set():
            self.refresh_once()
            self._stopping.wait(self._settings.refresh.interval_seconds)


def fetch_published(url: str, timeout_seconds: float) -> bytes:
    """Return what stands at an http(s) address.

    Raises: OSError where it cannot be fetched; ValueError for another scheme or too large an answer.
    """
    if not url.startswith(("https://", "http://")):
        raise ValueError(f"{url} is no http or https address")
    request = urllib.request.Request(url, headers={"User-Agent": "otel-agentcost"})  # noqa: S310 - checked above
    with urllib.request.urlopen(request, timeout=timeout_seconds) as response:  # noqa: S310 - checked above
        content: bytes = response.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise ValueError(f"{url} answers with more than {MAX_BYTES} bytes")
    return content


def _check(providers: list[Provider], used: PriceData) -> None:
    fresh = sum(len(provider.models) for provider in providers)
    present = sum(not model.id.startswith(LITELLM) for provider in used.providers for model in provider.models)
    if fresh < present * FEWEST_SHARE:
        raise ValueError(f"only {fresh} models where {present} are in use")


def _utc_now() -> datetime:
    return datetime.now(timezone.utc)
