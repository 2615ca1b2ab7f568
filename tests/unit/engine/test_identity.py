"""Who a span ran for: its own attributes, then trusted baggage, then the resource, then the configured default."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from otel_agentcost.engine.as_name import MAX_CHARACTERS
from otel_agentcost.engine.identity import IdentityResolver
from otel_agentcost.engine.settings import IdentitySources
from otel_agentcost.model.identity import NOBODY, Identity
from otel_agentcost.model.reading import INFERENCE, Reading

TEAM = "agentcost.team"


def resolve(
    attributes: Mapping[str, Any] | None = None,
    baggage: Mapping[str, str] | None = None,
    resource: Mapping[str, Any] | None = None,
    reading: Reading | None = None,
    **sources: Any,
) -> Identity:
    return IdentityResolver(IdentitySources(**sources)).resolve(
        attributes or {}, baggage or {}, resource or {}, reading
    )


def test_nobody_is_nobody() -> None:
    assert resolve() is NOBODY


def test_each_source_gives_way_to_the_one_before_it() -> None:
    default = Identity(team="by default")
    everywhere: list[dict[str, Any]] = [
        {"attributes": {TEAM: "span"}}, {"baggage": {TEAM: "baggage"}}, {"resource": {TEAM: "resource"}},
    ]  # fmt: skip
    found: list[str | None] = []
    for first in range(len(everywhere) + 1):
        merged: dict[str, Any] = {}
        for source in everywhere[first:]:
            merged |= source
        found.append(resolve(**merged, defaults=default).team)
    assert found == ["span", "baggage", "resource", "by default"]


def test_attribute_names_of_a_company_are_tried_in_order() -> None:
    sources = {"team": ("cost.center", "service.namespace")}
    assert resolve({"cost.center": "c", "service.namespace": "n"}, **sources).team == "c"
    assert resolve({"cost.center": "", "service.namespace": "n"}, **sources).team == "n"


def test_what_a_reader_found_under_its_own_names_counts() -> None:
    reading = Reading(INFERENCE, "test")
    reading.user, reading.conversation = "u", "c"
    assert resolve(reading=reading) == Identity(user="u", conversation="c")


@pytest.mark.parametrize(
    ("value", "team"), [(17, "17"), (True, None), (None, None), ([1], None), ("", None), (1.5, None)]
)
def test_an_odd_value_is_no_name(value: Any, team: str | None) -> None:
    assert resolve({TEAM: value}).team == team


def test_a_name_is_bounded_and_can_be_written() -> None:
    assert resolve({TEAM: "x" * 5000}).team == "x" * MAX_CHARACTERS
    assert resolve({TEAM: "a\ud800"}).team == "a?"
    assert resolve({TEAM: " a\x00b\n\x1b[2J\x85c "}).team == "a?b??[2J?c"
    assert resolve({TEAM: " \t "}).team is None
    assert resolve({TEAM: "Zoë 👩‍🚀\u00a0日本"}).team == "Zoë 👩‍🚀\u00a0日本"


def test_a_resource_is_looked_at_once_and_never_mixed_up() -> None:
    resolver = IdentityResolver(IdentitySources())
    for n in range(2000):
        assert resolver.resolve({}, {}, {TEAM: f"t{n}"}, None).team == f"t{n}"
