"""A price costs about a microsecond: many times less than asking the library whose data it is compiled from."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timezone
from functools import partial
from itertools import repeat

import pytest

from otel_agentcost.model.usage import Usage
from otel_agentcost.pricing.load import load_price_table

pytestmark = pytest.mark.performance

AT = datetime(2026, 11, 1, tzinfo=timezone.utc)
AT_UNIX_NANO = int(AT.timestamp()) * 10**9
ROUNDS = 15


def seconds_each(work: Callable[[], object], times: int) -> float:
    started = time.perf_counter()
    for _ in repeat(None, times):
        work()
    return (time.perf_counter() - started) / times


@pytest.mark.parametrize(
    ("provider", "model", "times_faster"),
    [
        ("openai", "gpt-4o-mini-2024-07-18", 50),
        ("anthropic", "claude-opus-4-6", 50),  # its price changes with the date
        ("deepseek", "deepseek-v4-pro", 12),  # with the hour; it has three prices, so genai-prices is quick as well
    ],
)
def test_a_price_is_many_times_faster_than_asking_genai_prices(provider: str, model: str, times_faster: int) -> None:
    genai_prices = pytest.importorskip("genai_prices", reason="genai-prices needs Python 3.11")
    table = load_price_table()
    usage = Usage(1500, 300, 400, reasoning_tokens=20)
    theirs = genai_prices.Usage(input_tokens=1500, output_tokens=300, cache_read_tokens=400, output_reasoning_tokens=20)
    ours = partial(table.quote, provider, model, model, None, usage, AT_UNIX_NANO)
    asked = partial(genai_prices.calc_price, theirs, model, provider_id=provider, genai_request_timestamp=AT)
    assert ours().cost_nano_usd == round(asked().total_price * 10**9)
    fast: list[float] = []
    slow: list[float] = []
    for _ in range(ROUNDS):  # by turns, so that a slow moment of the machine hits both
        fast.append(seconds_each(ours, 4000))
        slow.append(seconds_each(asked, 40))
    ratio = min(slow) / min(fast)
    print(
        f"\n{model}: {min(fast) * 1e6:.2f} µs a price, {1e-3 / min(fast):,.0f} a millisecond, {ratio:.0f} times faster"
    )
    assert ratio >= times_faster


def test_the_price_of_a_price_does_not_grow_with_the_names_seen() -> None:
    table = load_price_table()
    usage = Usage(1500, 300, 400)
    work = partial(table.quote, "openai", "gpt-4o-mini", None, None, usage, AT_UNIX_NANO)
    fresh: list[float] = []
    crowded: list[float] = []
    other = load_price_table()
    for number in range(4000):
        other.quote("openai", f"unknown-{number}", None, None, usage, AT_UNIX_NANO)
    same = partial(other.quote, "openai", "gpt-4o-mini", None, None, usage, AT_UNIX_NANO)
    for _ in range(ROUNDS):
        fresh.append(seconds_each(work, 4000))
        crowded.append(seconds_each(same, 4000))
    assert min(crowded) < 2 * min(fresh)
