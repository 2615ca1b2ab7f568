"""Fixtures of the sdk ring's tests: the real engine with the real prices, loaded once."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest

from otel_agentcost.config.model import Config
from otel_agentcost.engine.engine import Engine
from otel_agentcost.engine.settings import EngineSettings
from otel_agentcost.sdk.build import Parts, load_parts

NewEngine = Callable[..., Engine]


@pytest.fixture(scope="session")
def parts() -> Parts:
    return load_parts(Config())


@pytest.fixture
def new_engine(parts: Parts) -> NewEngine:
    """Return a function that makes an engine with real prices and the settings of its arguments."""
    return lambda **settings: Engine(parts.prices, EngineSettings(**settings))


@pytest.fixture(autouse=True)
def without_configuration(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Keep a configuration of this machine out of the tests."""
    for name in [name for name in os.environ if name.startswith(("AGENTCOST_", "OTEL_"))]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path_factory.mktemp("nowhere"))
