from __future__ import annotations

import os
import warnings

import pytest

from otel_agentcost.demo.quiet import FAKE_KEY, silence


@pytest.fixture
def _own_environment(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(os, "environ", os.environ.copy())
    with warnings.catch_warnings():
        yield


@pytest.mark.usefixtures("_own_environment")
def test_a_real_key_and_a_real_address_never_reach_an_sdk():
    os.environ.update(OPENAI_API_KEY="sk-real", OPENAI_BASE_URL="https://elsewhere", LANGSMITH_API_KEY="ls-real")
    os.environ.update(OTEL_TRACES_SAMPLER="always_off", AGENTCOST_CONFIG="mine.yaml")
    silence()
    assert os.environ["OPENAI_API_KEY"] == os.environ["ANTHROPIC_API_KEY"] == FAKE_KEY
    gone = ("OPENAI_BASE_URL", "LANGSMITH_API_KEY", "OTEL_TRACES_SAMPLER", "AGENTCOST_CONFIG")
    assert not [name for name in gone if name in os.environ]
    assert os.environ["LANGSMITH_TRACING"] == "false"
