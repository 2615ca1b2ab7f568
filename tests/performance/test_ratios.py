"""What must not get slower unnoticed, as ratios: absolute times belong to `make bench` and gate nothing.

The bounds are wider than what `make bench` shows, since CI shares its machine; each would still catch a price library,
an instrument or a lock that found its way into the hot path.
"""

from __future__ import annotations

import pytest

from . import bench_import, bench_prices, bench_process, bench_replay, bench_spans

pytestmark = pytest.mark.performance


def test_a_price_from_our_table_takes_a_tenth_of_the_librarys_time_or_less() -> None:
    table = bench_prices.measure(rounds=5, times=200)
    if bench_prices.GENAI_PRICES not in table.medians:
        pytest.skip("genai-prices, the peer to be timed, needs Python 3.11")
    assert table.ratio(bench_prices.GENAI_PRICES) >= 10


def test_the_processor_costs_a_span_that_is_no_model_call_less_than_half_of_what_the_sdk_does() -> None:
    other = bench_spans.measure(rounds=5, executions=60)[1]
    assert other.ratio("otel_agentcost") < 1.5


def test_a_span_costs_no_more_with_ten_thousand_live_executions_than_with_one() -> None:
    table = bench_spans.measure_live(sizes=(1, 10_000), rounds=5, executions=60)
    assert table.ratio("10,000 live") < 2


def test_importing_the_package_costs_less_than_half_of_importing_the_sdk() -> None:
    assert bench_import.measure(rounds=7).ratio(bench_import.PACKAGE) < 1.5


def test_a_whole_process_stays_within_half_again_of_its_cpu_time() -> None:
    assert bench_process.measure(rounds=3, executions=300).ratio(bench_process.PROCESSOR) < 1.5


def test_a_replay_of_protobuf_is_not_slower_than_one_of_json() -> None:
    assert bench_replay.measure(rounds=3, executions=500).ratio(bench_replay.PROTOBUF) < 1.5
