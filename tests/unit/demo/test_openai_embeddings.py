from __future__ import annotations

import base64
import struct

import pytest

from otel_agentcost.demo.provider import openai_embeddings
from otel_agentcost.demo.provider.wire import BadRequest
from tests.unit.demo.desks import desk


def _answer(**request: object):
    return openai_embeddings.answer({"model": "text-embedding-3-small", **request}, desk())


def test_embeddings_bill_input_only_a_token_for_four_characters():
    answer = _answer(input=["a" * 8, "b" * 9])
    assert (answer.usage.input_tokens, answer.usage.output_tokens) == (2 + 3, 0)
    assert answer.body is not None
    assert answer.body["usage"] == {"prompt_tokens": 5, "total_tokens": 5}


def test_token_ids_count_as_many_as_they_are():
    assert _answer(input=[11, 12, 13]).usage.input_tokens == 3
    assert _answer(input=[[11, 12], [13]]).usage.input_tokens == 3


def test_base64_and_floats_are_the_same_vector():
    plain, packed = _answer(input="lamp").body, _answer(input="lamp", encoding_format="base64").body
    assert plain is not None
    assert packed is not None
    raw = base64.b64decode(packed["data"][0]["embedding"])
    assert list(struct.unpack(f"<{len(raw) // 4}f", raw)) == plain["data"][0]["embedding"]


def test_a_request_without_input_is_refused():
    with pytest.raises(BadRequest, match="input"):
        _answer(input=[])
