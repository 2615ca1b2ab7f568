"""What a provider can have billed, and what not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from otel_agentcost.model.usage import MAX_TOKENS, Usage, impossible

WHOLE = Usage(
    input_tokens=1000, output_tokens=500, cache_read_tokens=300, cache_write_5m_tokens=200, cache_write_1h_tokens=100,
    reasoning_tokens=100, input_audio_tokens=50, input_image_tokens=50, cache_read_audio_tokens=20,
    output_audio_tokens=100, output_image_tokens=100, web_searches=3,
)  # fmt: skip


def test_a_usage_whose_parts_fit_into_its_totals_is_possible() -> None:
    assert impossible(WHOLE) is None
    assert impossible(Usage()) is None
    assert WHOLE.cache_write_tokens == 300
    assert WHOLE.total_tokens == 1500


@pytest.mark.parametrize("field", Usage.__struct_fields__)
def test_no_count_is_negative_or_absurd(field: str) -> None:
    assert field in str(impossible(replace(WHOLE, **{field: -1})))
    assert field in str(impossible(replace(WHOLE, **{field: MAX_TOKENS + 1})))


@pytest.mark.parametrize(
    "changed",
    [
        {"cache_read_tokens": 701}, {"cache_write_5m_tokens": 601}, {"cache_write_1h_tokens": 501},
        {"input_audio_tokens": 951}, {"input_image_tokens": 951}, {"cache_read_audio_tokens": 51},
        {"reasoning_tokens": 301}, {"output_audio_tokens": 301}, {"output_image_tokens": 301},
        {"input_tokens": 599}, {"output_tokens": 299},
    ],
)  # fmt: skip
def test_parts_that_exceed_their_total_are_impossible(changed: dict[str, int]) -> None:
    assert impossible(replace(WHOLE, **changed)) is not None


@given(st.lists(st.integers(-5, 40), min_size=12, max_size=12))
def test_whatever_is_called_possible_is(counts: list[int]) -> None:
    usage = Usage(*counts)
    if impossible(usage) is None:
        assert min(usage.counts) >= 0
        assert usage.cache_read_tokens + usage.cache_write_tokens <= usage.input_tokens
        assert usage.reasoning_tokens + usage.output_audio_tokens + usage.output_image_tokens <= usage.output_tokens
