"""A part of the traffic through a real processor into a real store: the books are what was billed, key by key."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from otel_agentcost.demo.place import configuration
from otel_agentcost.demo.traffic.features import RUNAWAY_USER
from otel_agentcost.demo.traffic.generator import Days, requests
from otel_agentcost.demo.traffic.models import LARGE, TRIAL
from otel_agentcost.demo.traffic.plan import Request
from otel_agentcost.demo.traffic.report import verdict
from otel_agentcost.demo.traffic.run import Traffic, run_traffic, seed_for
from otel_agentcost.stores.open import open_store

pytestmark = pytest.mark.integration  # seconds: two days through the real processor

pytest.importorskip("genai_prices", reason="the truth is priced by genai-prices, which needs Python 3.11")
pytest.importorskip("sqlalchemy")

DAYS = Days(4, 2, 1_795_530_000_000_000_000, ZoneInfo("Europe/Berlin"))


def some(days: Days) -> Iterator[Request]:
    """Yield some requests of each feature, and the outlier."""
    seen: Counter[str] = Counter()
    for request in requests(days):
        seen[request.feature] += 1
        if seen[request.feature] % 20 == 1 or request.user == RUNAWAY_USER:
            yield request


def run(store: Path, days: Days = DAYS, **changes: object) -> Traffic:
    config = configuration(f"sqlite:///{store}")
    config = replace(config, store=replace(config.store, synchronous="normal"), **changes)
    reader = open_store(config.store.url, config.time_zone)
    try:
        return run_traffic(config, reader, days, lambda _: None, some)
    finally:
        reader.close()


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("books") / "demo.db"


@pytest.fixture(scope="module")
def traffic(store: Path) -> Traffic:
    return run(store)


def test_the_books_are_what_was_billed_to_the_nano_dollar(traffic: Traffic) -> None:
    assert traffic.differences == []
    assert traffic.is_exact
    assert traffic.total == traffic.truth.total
    assert traffic.total.cost_nano_usd > 10_000_000_000
    assert "Equal to the nano-dollar, in all and for each of 4 teams" in verdict(traffic).plain


def test_every_feature_team_and_kind_of_call_was_among_them(traffic: Traffic) -> None:
    assert len(traffic.counted["feature"]) == 10
    assert len(traffic.counted["team"]) == 4
    assert traffic.counted["model"][TRIAL.answered].unpriced_calls == traffic.truth.priceless_calls > 0
    assert traffic.total.tool_calls > 100


def test_a_store_that_is_not_new_is_audited_by_what_was_added(store: Path, traffic: Traffic) -> None:
    reader = open_store(f"sqlite:///{store}")
    try:
        seed = seed_for(reader, DAYS.since_unix_nano, DAYS.until_unix_nano)
    finally:
        reader.close()
    assert seed == DAYS.seed + traffic.total.executions
    second = run(store, DAYS._replace(seed=seed))
    assert second.is_exact, second.differences
    assert second.truth.sums != traffic.truth.sums


def test_a_wrong_price_is_found_and_said(tmp_path: Path) -> None:
    """The company has agreed on another price for a model than it is billed: the books must not pass."""
    config = configuration(f"sqlite:///{tmp_path}/demo.db")
    (own,) = config.prices.overrides
    wrong = replace(own, model=LARGE.answered)
    found = run(tmp_path / "demo.db", prices=replace(config.prices, overrides=(own, wrong)))
    assert not found.is_exact
    assert {"total", "model", "team"} <= {difference.by for difference in found.differences}
    assert {each.key for each in found.differences if each.by == "model"} == {LARGE.answered}
    assert "Not what was billed" in verdict(found).plain
