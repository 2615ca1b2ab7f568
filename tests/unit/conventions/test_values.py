"""Attribute values, which nobody may trust, become checked ones."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otel_agentcost.conventions.values import (
    MAX_STRUCTURE_CHARACTERS,
    MAX_TEXT_CHARACTERS,
    first,
    first_tokens,
    host,
    structure,
    text,
    tokens,
    truthy,
)


@pytest.mark.parametrize(
    ("value", "count"),
    [
        (120, 120), (0, 0), (-3, -3), (10**18, 10**18),
        (120.0, 120), (-0.0, 0), ("120", 120), (" 120 ", 120), ("120.0", 120), ("1e3", 1000), ("-3", -3),
    ],
)  # fmt: skip
def test_a_count_is_one_however_it_is_spelled(value: object, count: int) -> None:
    assert tokens(value) == count


@pytest.mark.parametrize(
    "value",
    [
        None, True, False, 0.5, float("nan"), float("inf"), 1e300, "", "many", "nan", "inf", "٣", "½", "0x10",
        "--1", "1-", "9" * 40, b"120", [120], {"n": 1}, object(),
    ],
)  # fmt: skip
def test_what_is_no_count_is_none_and_not_zero(value: object) -> None:
    assert tokens(value) is None


@given(st.one_of(st.text(), st.integers(), st.floats(), st.binary(), st.lists(st.integers())))
def test_no_value_makes_them_raise(value: Any) -> None:
    assert tokens(value) is None or type(tokens(value)) is int
    assert structure(value) is None
    assert text(value) is None or isinstance(text(value), str)
    assert host(value) is None or isinstance(host(value), str)
    assert truthy(value) in (True, False)


def test_a_name_is_cut_and_never_empty() -> None:
    assert text("x" * 10_000) == "x" * MAX_TEXT_CHARACTERS
    assert text("  gpt-5 ") == "gpt-5"
    assert text("") is None
    assert text("   ") is None
    assert text(5) is None


def test_half_a_surrogate_pair_becomes_a_mark_that_can_be_written() -> None:
    assert text("gpt\ud800") == "gpt?"


@pytest.mark.parametrize(("value", "flag"), [(True, True), ("true", True), ("True", True), (1, False), ("yes", False)])
def test_a_flag_is_set_by_true_alone(value: object, flag: bool) -> None:
    assert truthy(value) is flag


@pytest.mark.parametrize("value", [{"a": 1}, '{"a": 1}', "{'a': 1}"])
def test_a_mapping_is_found_as_it_is_in_json_and_in_a_repr(value: object) -> None:
    assert structure(value) == {"a": 1}


def test_a_repr_with_none_and_true_is_read() -> None:
    assert structure("{'tokens': 5, 'cached': None, 'stream': True}") == {"tokens": 5, "cached": None, "stream": True}


@pytest.mark.parametrize(
    "value",
    [
        "", "{", "[]", "[1]", '"a"', "5", "{1, 2}", "{'a': open('x')}", "{'a': __import__('os')}", "{" * 5000,
        '{"a":' + "[" * 90_000, "{'a':" + "(" * 7_000, "{" + "x" * MAX_STRUCTURE_CHARACTERS + "}",
    ],
)  # fmt: skip
def test_what_holds_no_mapping_of_literals_is_none(value: str) -> None:
    assert structure(value) is None


def test_a_long_repr_is_not_parsed_but_long_json_is() -> None:
    long = "x" * 20_000
    assert structure(f'{{"a": "{long}"}}') == {"a": long}
    assert structure(f"{{'a': '{long}'}}") is None


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ("api.openai.com", "api.openai.com"),
        ("API.OpenAI.com:443", "api.openai.com"),
        ("https://openrouter.ai/api/v1", "openrouter.ai"),
        ("https://user:key@host.example:8443/v1", "host.example"),
        ("http://[::1]:8080/v1", "[::1]:8080"),
        ("", None), (5, None), ("x" * 10_000, None),
    ],
)  # fmt: skip
def test_a_host_is_found_in_an_address(value: object, name: str | None) -> None:
    assert host(value) == name


def test_an_address_never_gives_away_its_credentials() -> None:
    assert "secret" not in str(host("https://user:secret@host.example/v1"))


def test_the_first_value_that_is_there_is_taken() -> None:
    assert first({"a": "", "b": None, "c": 0}, "a", "b", "c") == 0
    assert first({}, "a") is None
    assert first_tokens({"a": "many", "b": "7"}, ("a", "b")) == 7
    assert first_tokens({"a": 0, "b": 7}, ("a", "b")) == 0
