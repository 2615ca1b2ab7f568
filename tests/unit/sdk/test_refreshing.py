"""Prices are refreshed in the background where the configuration asks for it, in a forked child too."""

from __future__ import annotations

import dataclasses
import os
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import msgspec
import pytest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from otel_agentcost.config.model import Config
from otel_agentcost.pricing.load import load_price_table, read_snapshot
from otel_agentcost.pricing.settings import PriceSettings, RefreshSettings
from otel_agentcost.sdk.exporter import AgentCostSpanExporter
from otel_agentcost.sdk.processor import AgentCostSpanProcessor


@pytest.fixture(scope="module")
def published() -> bytes:
    return msgspec.json.Encoder(decimal_format="number").encode(read_snapshot().providers)


@pytest.fixture
def config(published: bytes) -> Iterator[Config]:
    class Publisher(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(published)))
            self.end_headers()
            self.wfile.write(published)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Publisher)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    url = f"http://127.0.0.1:{server.server_port}/data.json"
    yield Config(PriceSettings(refresh=RefreshSettings(enabled=True, url=url, interval_seconds=0.1)))
    server.shutdown()
    server.server_close()


def wait_for(happened: Callable[[], bool], seconds: float = 10) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until and not happened():
        time.sleep(0.01)
    return happened()


def refreshers() -> int:
    return sum(thread.name == "agentcost-prices" for thread in threading.enumerate())


@pytest.mark.parametrize("make", [AgentCostSpanProcessor, lambda c: AgentCostSpanExporter(InMemorySpanExporter(), c)])
def test_a_new_table_is_taken_whole_until_the_end(
    config: Config, make: Callable[[Config], AgentCostSpanProcessor]
) -> None:
    edge = make(config)
    first = edge.engine.prices
    assert wait_for(lambda: edge.engine.prices is not first)
    assert "refreshed" in edge.engine.prices.source
    edge.shutdown()
    edge.shutdown()
    assert refreshers() == 0


def test_nothing_runs_unless_it_is_asked_for() -> None:
    off = Config(dataclasses.replace(PriceSettings(), refresh=RefreshSettings(enabled=False)))
    AgentCostSpanProcessor(off)
    assert refreshers() == 0


def test_the_statistics_tell_the_age_of_the_prices_and_when_they_were_refreshed(config: Config) -> None:
    processor = AgentCostSpanProcessor(config)
    assert wait_for(lambda: (found := processor.stats().prices) is not None and found.refreshed_at is not None)
    processor.shutdown()
    found = processor.stats().prices
    assert found is not None
    assert (found.version, found.source) == (processor.engine.prices.version, processor.engine.prices.source)
    assert found.as_of == found.refreshed_at.isoformat(timespec="seconds")
    assert (found.as_of_means, found.refresh_error) == ("fetched", None)


def test_the_statistics_tell_why_prices_were_not_refreshed() -> None:
    gone = RefreshSettings(enabled=True, url="http://127.0.0.1:1/data.json", timeout_seconds=1)
    processor = AgentCostSpanProcessor(Config(PriceSettings(refresh=gone)))
    assert wait_for(lambda: (found := processor.stats().prices) is not None and found.refresh_error is not None)
    processor.shutdown()
    found = processor.stats().prices
    assert found is not None
    assert "URLError" in found.refresh_error
    assert found.refresh_failed_at is not None
    assert found.refreshed_at is None


def test_without_refresh_the_statistics_tell_the_age_alone() -> None:
    found = AgentCostSpanProcessor(Config()).stats().prices
    assert found is not None
    assert found.version.startswith("genai-prices ")
    assert found.as_of == load_price_table().as_of
    assert (found.refreshed_at, found.refresh_failed_at, found.refresh_error) == (None, None, None)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_forked_child_refreshes_on_its_own(config: Config) -> None:
    processor = AgentCostSpanProcessor(config)
    child = os.fork()
    if child == 0:
        of_the_parent = processor.engine.prices
        os._exit(0 if wait_for(lambda: processor.engine.prices is not of_the_parent) else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    processor.shutdown()
