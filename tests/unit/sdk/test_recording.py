"""The thread that flushes, and the opening of its store: neither holds up the application, nor its end."""

# pyright: reportPrivateUsage=false

from __future__ import annotations

import logging
import socket
import time

import pytest
from opentelemetry.sdk.trace import TracerProvider

from otel_agentcost import AgentCostSpanProcessor
from otel_agentcost.config.load import load_config
from otel_agentcost.sdk.recording import Recording


class Work:
    def __init__(self) -> None:
        self.rounds = 0

    def flush(self) -> None:
        self.rounds += 1

    def begin_again(self) -> None: ...

    def pending(self) -> int:
        return 0


def test_once_the_interpreter_ends_it_works_only_when_asked() -> None:
    work = Work()
    recording = Recording(work, interval_seconds=0.001)
    try:
        recording._rest()
        before = work.rounds
        time.sleep(0.05)
        assert work.rounds == before
        assert recording.flush(5.0)
        assert work.rounds == before + 1
    finally:
        recording.stop(5.0)


@pytest.mark.integration
def test_a_database_that_never_answers_does_not_hold_up_the_start(caplog: pytest.LogCaptureFixture) -> None:
    pytest.importorskip("psycopg")
    provider = TracerProvider(shutdown_on_exit=False)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"postgresql://nobody@127.0.0.1:{silent.getsockname()[1]}/none"
        config = load_config(environ={"AGENTCOST_STORE_URL": url})
        began = time.monotonic()
        with caplog.at_level(logging.WARNING):
            provider.add_span_processor(AgentCostSpanProcessor(config))
        assert time.monotonic() - began < 5
    assert "does not answer yet" in caplog.text
    provider.shutdown()
