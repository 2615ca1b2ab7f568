"""The recordings of real instrumentations keep their score: no call that was right may become wrong unnoticed."""

from __future__ import annotations

import json
import random
from functools import cache
from pathlib import Path

import pytest
from msgspec.structs import astuple

from tests.golden.scoring import Score, calls_of, recordings, score, score_recording, spans_of, truth_of

FLOORS: dict[str, dict[str, int]] = json.loads(Path(__file__).with_name("floors.json").read_text(encoding="utf-8"))
MIN_EXACT_SHARE = 0.885
MAX_SILENT = 5

_scored = cache(score_recording)


def test_every_recording_has_a_floor() -> None:
    assert sorted(FLOORS) == [recording.name for recording in recordings()]


@pytest.mark.parametrize("recording", recordings(), ids=lambda recording: recording.name)
def test_a_recording_is_scored_no_worse_than_before(recording: Path) -> None:
    got, floor = _scored(recording), FLOORS[recording.name]
    assert got.count("exact") >= floor["exact"]
    assert got.count("silent") <= floor["silent"]
    assert got.phantoms == ()


def test_all_recordings_together_keep_the_goal() -> None:
    scores = [_scored(recording) for recording in recordings()]
    billed = sum(len(each.rows) for each in scores)
    assert sum(each.count("exact") for each in scores) / billed >= MIN_EXACT_SHARE
    assert sum(each.count("silent") for each in scores) <= MAX_SILENT


@pytest.mark.parametrize("recording", recordings(), ids=lambda recording: recording.name)
def test_the_order_of_spans_and_their_repetition_change_no_verdict(recording: Path) -> None:
    spans = spans_of(recording)
    shuffled = spans * 2
    random.Random(recording.name).shuffle(shuffled)
    assert sorted(calls_of(shuffled), key=astuple) == sorted(calls_of(spans), key=astuple)


def test_a_lost_call_lowers_the_score_and_an_invented_one_is_a_phantom() -> None:
    recording = next(r for r in recordings() if r.name == "provider__official-genai-openai")
    truth, calls = truth_of(recording), calls_of(spans_of(recording))
    priced = [call for call in calls if call.status == "priced"]
    whole = score(truth, calls)
    lost = score(truth, [call for call in calls if call is not priced[0]])
    invented = score(truth, [*calls, priced[0]])
    assert lost.count("exact") == whole.count("exact") - 1
    assert (len(whole.phantoms), len(invented.phantoms)) == (0, 1)


def test_a_billed_call_without_any_span_is_silent() -> None:
    row = {"input_tokens": 10, "output_tokens": 2, "request_model": "gpt-5"}
    got: Score = score([row], [])
    assert got.count("silent") == 1
