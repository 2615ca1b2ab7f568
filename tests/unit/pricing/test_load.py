"""Where the price data comes from: the shipped snapshot, or an installed genai-prices of another version."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys

import msgspec
import pytest

from otel_agentcost.model.outcome import PRICED
from otel_agentcost.pricing import compile as compiling
from otel_agentcost.pricing import load
from otel_agentcost.pricing.data import decode_snapshot, encode_snapshot
from tests.unit.pricing.prices import quote


def test_the_shipped_snapshot_is_what_its_version_of_genai_prices_says() -> None:
    pytest.importorskip("genai_prices", reason="genai-prices needs Python 3.11")
    snapshot = load.read_snapshot()
    if load.installed_version() != snapshot.version:
        pytest.skip(f"genai-prices {load.installed_version()} is installed, the snapshot is of {snapshot.version}")
    fresh = compiling.compile_installed(made_on=snapshot.made_on)
    assert fresh == snapshot
    # Unpacked, since the header that gzip writes differs from one Python to the next.
    assert gzip.decompress(encode_snapshot(fresh)) == gzip.decompress(load.SNAPSHOT_PATH.read_bytes())


def test_the_snapshot_is_small_and_complete() -> None:
    assert load.SNAPSHOT_PATH.stat().st_size < 200_000
    snapshot = load.read_snapshot()
    assert sum(len(provider.models) for provider in snapshot.providers) > 2000
    assert decode_snapshot(encode_snapshot(snapshot)) == snapshot


def test_loading_it_imports_no_genai_prices() -> None:
    code = (
        "import sys, json; from otel_agentcost.pricing.load import load_price_table; table = load_price_table();"
        "print(json.dumps([table.version, table.source, 'genai_prices' in sys.modules, 'pydantic' in sys.modules]))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    version, source, *imported = json.loads(done.stdout)
    if load.installed_version() in (None, load.read_snapshot().version):
        assert (source, imported) == (load.SHIPPED, [False, False])
    else:
        assert (version, source) == (f"genai-prices {load.installed_version()}", load.INSTALLED)


def test_another_installed_version_is_used_instead_of_the_snapshot(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("genai_prices", reason="genai-prices needs Python 3.11")
    installed = load.installed_version()
    older = msgspec.structs.replace(load.read_snapshot(), version="0.1", providers=[])
    monkeypatch.setattr(load, "read_snapshot", lambda: older)
    table = load.load_price_table()
    assert (table.version, table.source) == (f"genai-prices {installed}", load.INSTALLED)
    assert (table.as_of or "") > "2026"
    assert quote("openai", "gpt-4o", table=table).status == PRICED


def test_an_installed_version_that_cannot_be_read_leaves_the_snapshot(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load, "installed_version", lambda: "9.9")

    def fails(made_on: str) -> None:
        raise AttributeError("no such module any more")

    monkeypatch.setattr(compiling, "compile_installed", fails)
    table = load.load_price_table()
    assert table.source == "shipped snapshot; installed genai-prices 9.9 could not be read"
    assert quote("openai", "gpt-4o", table=table).status == PRICED


def test_where_no_genai_prices_is_installed_the_snapshot_serves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load, "installed_version", lambda: None)
    assert load.load_price_table().source == load.SHIPPED
