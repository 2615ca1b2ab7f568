"""Newer prices in the background: whole tables, the last good one kept, nothing without being asked."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timezone
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import msgspec
import pytest

from otel_agentcost.model.outcome import PRICED
from otel_agentcost.pricing.data import Provider, decode_providers
from otel_agentcost.pricing.load import make_price_table, read_snapshot
from otel_agentcost.pricing.refresh import PriceRefresher, fetch_published
from otel_agentcost.pricing.settings import PriceOverride, PriceSettings, RefreshSettings
from otel_agentcost.pricing.table import PriceTable
from tests.unit.pricing.prices import quote

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=timezone.utc)


class PriceServer(ThreadingHTTPServer):
    """A local stand-in for the address where genai-prices publishes."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.content = b""
        self.status = 200
        self.asked = threading.Semaphore(0)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/data.json"


class _Handler(BaseHTTPRequestHandler):
    server: PriceServer

    def do_GET(self) -> None:
        self.send_response(self.server.status)
        self.send_header("Content-Length", str(len(self.server.content)))
        self.end_headers()
        self.wfile.write(self.server.content)
        self.server.asked.release()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        pass


@pytest.fixture
def server() -> Iterator[PriceServer]:
    with PriceServer() as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        yield running
        running.shutdown()
        thread.join()


def published(gpt_4o_input: str) -> bytes:
    """Return what genai-prices would publish after a change of one price: prices are JSON numbers there."""
    providers: list[Provider] = []
    for provider in read_snapshot().providers:
        models = [
            msgspec.structs.replace(model, prices={"input_mtok": Decimal(gpt_4o_input), "output_mtok": Decimal(10)})
            if (provider.id, model.id) == ("openai", "gpt-4o")
            else model
            for model in provider.models
        ]
        providers.append(msgspec.structs.replace(provider, models=models))
    return msgspec.json.Encoder(decimal_format="number").encode(providers)


def refresher(server: PriceServer, tables: list[PriceTable], **more: object) -> PriceRefresher:
    settings = PriceSettings(refresh=RefreshSettings(enabled=True, url=server.url, timeout_seconds=5))
    settings = replace(settings, **more)  # type: ignore[arg-type]
    table = make_price_table(read_snapshot(), "test", None, settings)
    return PriceRefresher(table, settings, tables.append, now=lambda: NOW)


def test_published_numbers_lose_no_digit() -> None:
    written = msgspec.json.Encoder(decimal_format="number").encode(read_snapshot().providers)
    assert decode_providers(written) == read_snapshot().providers


def test_a_new_price_arrives_in_a_new_table_and_the_old_table_keeps_the_old_one(server: PriceServer) -> None:
    server.content = published("4.2")
    tables: list[PriceTable] = []
    renewing = refresher(server, tables)
    old = renewing._table
    before = quote("openai", "gpt-4o", table=old)
    assert renewing.refresh_once()
    assert quote("openai", "gpt-4o", table=tables[0]).cost_nano_usd == 1000 * 4200 + 100 * 10_000
    assert quote("openai", "gpt-4o", table=old) == before
    assert tables[0].as_of == "2026-11-24T10:00:00+00:00"
    assert tables[0].source == f"refreshed from {server.url}"
    assert renewing.state.succeeded_at == NOW
    assert renewing.state.error is None


def test_the_configuration_holds_for_the_new_table_too(server: PriceServer) -> None:
    server.content = published("4.2")
    tables: list[PriceTable] = []
    mine = PriceOverride("gpt-4o", input_per_mtok=Decimal(1), output_per_mtok=Decimal(1))
    refresher(server, tables, overrides=(mine,), aliases={"prod": "gpt-4o"}).refresh_once()
    assert quote("openai", "gpt-4o", table=tables[0]).cost_nano_usd == 1_100_000
    assert quote("openai", "prod", table=tables[0]).status == PRICED


@pytest.mark.parametrize(
    ("status", "content"),
    [(500, b"oops"), (200, b"{}"), (200, b"[]"), (200, b"\xff\xfe"), (200, b'[{"id": "openai"}]'), (404, b"[]")],
)
def test_whatever_goes_wrong_the_last_good_table_stays(server: PriceServer, status: int, content: bytes) -> None:
    tables: list[PriceTable] = []
    renewing = refresher(server, tables)
    server.content = published("4.2")
    assert renewing.refresh_once()
    server.status, server.content = status, content
    assert not renewing.refresh_once()
    assert len(tables) == 1
    assert renewing.state.succeeded_at == NOW
    assert renewing.state.failed_at == NOW
    assert renewing.state.error


def test_a_receiver_that_fails_is_contained(server: PriceServer) -> None:
    server.content = published("4.2")
    renewing = refresher(server, [])
    renewing._on_table = lambda table: 1 / 0  # type: ignore[assignment,return-value]
    assert not renewing.refresh_once()
    assert "ZeroDivisionError" in (renewing.state.error or "")


def test_it_runs_in_a_thread_that_does_not_hold_the_process_and_stops(server: PriceServer) -> None:
    server.content = published("4.2")
    settings = PriceSettings(refresh=RefreshSettings(enabled=True, url=server.url, interval_seconds=0.02))
    arrived = threading.Event()
    renewing = PriceRefresher(
        make_price_table(read_snapshot(), "test", None, settings), settings, lambda table: arrived.set()
    )
    renewing.start()
    thread = renewing._thread
    assert thread is not None
    assert thread.daemon
    assert arrived.wait(10)
    assert server.asked.acquire(timeout=10)
    assert server.asked.acquire(timeout=10)  # again, after the interval
    renewing.stop(10)
    assert not thread.is_alive()


def test_it_is_off_by_default(server: PriceServer) -> None:
    renewing = PriceRefresher(make_price_table(read_snapshot(), "test", None, PriceSettings()), PriceSettings(), print)
    renewing.start()
    assert renewing._thread is None
    renewing.stop()


def test_only_http_addresses_are_fetched() -> None:
    with pytest.raises(ValueError, match="no http or https address"):
        fetch_published("file:///etc/hostname", 1)
