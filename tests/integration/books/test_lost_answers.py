"""A connection that breaks once COMMIT was sent leaves open what became of it: it counts once, and is told once."""

from __future__ import annotations

import pytest

from otel_agentcost.engine.store import AnswerLostError
from otel_agentcost.model.sums import NO_SUMS
from otel_agentcost.stores.open import open_store
from tests.integration.postgres import Postgres
from tests.property.trees import EPOCH_NANO

from .checking import sums_of_all
from .cutting import wire
from .recorder import Clock, Recorder
from .stream import stream

pytestmark = pytest.mark.integration


def test_a_commit_whose_answer_was_cut_off_counts_once_and_is_told_once(postgres: Postgres) -> None:
    url = postgres.create("lost_answers")
    spans = stream(7, 40).spans
    with wire(postgres.port) as laid:
        store = open_store(url.replace(f":{postgres.port}/", f":{laid.port}/"))
        recorder = Recorder(store, Clock(EPOCH_NANO))
        half = len(spans) // 2
        for span in spans[:half]:
            recorder.engine.end(span)
        laid.cuts_at_commit = True
        with pytest.raises(AnswerLostError):
            recorder.flusher.flush()
        assert laid.cuts == 1
        assert recorder.told == NO_SUMS
        for span in spans[half:]:
            recorder.engine.end(span)
        assert recorder.flush()
        store.close()
    assert recorder.books.stats.pending_spans == 0
    assert recorder.told == sums_of_all(url)
    assert recorder.told.calls > 20
