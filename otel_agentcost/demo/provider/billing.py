"""The provider's own books: what each request was billed, priced by genai-prices and not by us.

The comparison that the demo prints is worth something only because this module shares no code with `pricing/`.
"""

from __future__ import annotations

import threading
from datetime import datetime, timezone
from decimal import ROUND_HALF_EVEN, Decimal
from typing import NamedTuple

from otel_agentcost.demo.provider.wire import Answer
from otel_agentcost.model.money import NANO_PER_USD, NanoUsd
from otel_agentcost.model.usage import Usage


class Bill(NamedTuple):
    """One billed request."""

    run: str
    provider: str
    model: str
    response_id: str
    usage: Usage
    cost_nano_usd: NanoUsd
    is_stream: bool
    sends_usage: bool
    billed_at: datetime
    was_abandoned: bool = False
    """The client hung up before the last event."""


class Attempt(NamedTuple):
    """One HTTP request as it was answered; only those with status 200 are billed."""

    run: str
    path: str
    status: int


class BillingLedger:
    """Bills and attempts in the order that they were made. Thread-safe, append only."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._bills: list[Bill] = []
        self._attempts: list[Attempt] = []
        self._abandoned: set[str] = set()

    def record(self, run: str, answer: Answer) -> None:
        """Bill an answer in full, before its first byte is sent: what is generated is paid, read or not."""
        now = datetime.now(timezone.utc)
        cost = price_nano_usd(answer.provider, answer.model, answer.usage, now)
        is_stream = answer.body is None
        bill = Bill(
            run=run,
            provider=answer.provider,
            model=answer.model,
            response_id=answer.response_id,
            usage=answer.usage,
            cost_nano_usd=cost,
            is_stream=is_stream,
            sends_usage=answer.sends_usage,
            billed_at=now,
        )
        with self._lock:
            self._bills.append(bill)

    def record_abandoned(self, response_id: str) -> None:
        """Note that nobody read this answer to its end. It stays billed."""
        with self._lock:
            self._abandoned.add(response_id)

    def record_attempt(self, run: str, path: str, status: int) -> None:
        with self._lock:
            self._attempts.append(Attempt(run, path, status))

    def bills(self, run: str | None = None) -> list[Bill]:
        with self._lock:
            return [
                bill._replace(was_abandoned=bill.response_id in self._abandoned)
                for bill in self._bills
                if run is None or bill.run == run
            ]

    def attempts(self, run: str | None = None) -> list[Attempt]:
        with self._lock:
            return [attempt for attempt in self._attempts if run is None or attempt.run == run]


def price_nano_usd(provider: str, model: str, usage: Usage, at: datetime) -> NanoUsd:
    """Return genai-prices' own price of a usage, rounded half-even once.

    Raises:
        LookupError: the model is not in genai-prices; the demo asks for none of these.
    """
    import genai_prices  # noqa: PLC0415 - needs Python 3.11; the dialects are testable without it

    counts = {
        "input_tokens": usage.input_tokens,
        "output_tokens": usage.output_tokens,
        "cache_read_tokens": usage.cache_read_tokens or None,
        "cache_write_tokens": usage.cache_write_tokens or None,
        "cache_write_1h_tokens": usage.cache_write_1h_tokens or None,
    }
    price = genai_prices.calc_price(
        genai_prices.Usage(**counts), model, provider_id=provider, genai_request_timestamp=at
    )
    return int((Decimal(price.total_price) * NANO_PER_USD).to_integral_value(ROUND_HALF_EVEN))
