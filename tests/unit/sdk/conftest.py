"""Fixtures of the sdk ring's tests: the real engine with the real prices, loaded once."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

import pytest
from opentelemetry import context

from otel_agentcost.config.model import Config
from otel_agentcost.engine.engine import Engine
from otel_agentcost.engine.settings import EngineSettings
from otel_agentcost.sdk import own_identity, run
from otel_agentcost.sdk.build import Parts, load_parts
from otel_agentcost.sdk.processor import AgentCostSpanProcessor

from .support import Exports, exports_around

NewEngine = Callable[..., Engine]


@pytest.fixture(scope="session")
def parts() -> Parts:
    return load_parts(Config())


@pytest.fixture
def new_engine(parts: Parts) -> NewEngine:
    """Return a function that makes an engine with real prices and the settings of its arguments."""
    return lambda **settings: Engine(parts.prices, EngineSettings(**settings))


@pytest.fixture
def engine(new_engine: NewEngine) -> Engine:
    return new_engine()


@pytest.fixture
def exports(engine: Engine) -> Iterator[Exports]:
    """A provider whose processor is ours, in which nothing may fail."""
    processor = AgentCostSpanProcessor(engine=engine)
    with exports_around(processor) as exports:
        yield exports
    assert processor.stats().internal_errors == 0


@pytest.fixture
def clean_context(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Hold a test to leave no context behind; what is said once is said once in each test."""
    monkeypatch.setattr(run, "_said", set())
    monkeypatch.setattr(own_identity, "_said", set())
    yield
    assert context.get_current() == {}, "a test left a context behind"


@pytest.fixture(autouse=True)
def without_configuration(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Keep a configuration of this machine out of the tests."""
    for name in [name for name in os.environ if name.startswith(("AGENTCOST_", "OTEL_"))]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path_factory.mktemp("nowhere"))
