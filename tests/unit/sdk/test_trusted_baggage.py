"""Baggage is believed only where the configuration trusts it; the rest is ignored, and counted."""

from __future__ import annotations

from typing import Any

import pytest
from opentelemetry import baggage, context
from opentelemetry.context import Context

from otel_agentcost.engine.hashing import Hashes
from otel_agentcost.engine.settings import IdentityHashing, IdentitySources
from otel_agentcost.model import names
from otel_agentcost.sdk import trusted_baggage
from otel_agentcost.sdk.processor import AgentCostSpanProcessor
from otel_agentcost.sdk.trusted_baggage import NOTHING, OWN_KEY, TrustedBaggage

from .conftest import NewEngine
from .support import chat, exports_around

KEY = "an example of a key: 4f2a9c81d07be356"


def carrying(**items: Any) -> Context:
    """Return a context with these items; `user_id` stands for `user.id`."""
    found = Context()
    for name, value in items.items():
        found = baggage.set_baggage(name.replace("_", "."), value, found)
    return found


def test_only_trusted_keys_are_believed() -> None:
    trusted = TrustedBaggage(IdentitySources(trust_baggage=(names.USER,)))
    assert trusted.of(carrying(user_id="u", agentcost_team="t", other="o")) == {names.USER: "u"}
    assert trusted.of(carrying(agentcost_team="t")) == {}
    assert trusted.of(Context()) is NOTHING
    assert trusted.of(None) is NOTHING


@pytest.mark.parametrize(
    ("items", "ignored"),
    [
        ({"user_id": "u"}, 0),
        ({"agentcost_team": "t"}, 1),
        ({"enduser_id": "e", "agentcost_team": "t", "user_id": "u"}, 2),
        ({"agentcost_anything": "x"}, 1),
        ({"deployment_environment_name": "production"}, 1),
        ({"request_id": "r", "agentcosts": "x"}, 0),
        ({"user_id": "x" * 257}, 1),
        ({"user_id": ""}, 1),
        ({"user_id": 17}, 1),
        ({"user_id": " \t"}, 1),
    ],
)
def test_what_tells_an_identity_and_is_not_trusted_is_counted(items: dict[str, Any], ignored: int) -> None:
    trusted = TrustedBaggage(IdentitySources(trust_baggage=(names.USER,)))
    found = carrying(**items)
    for times in range(1, 4):
        trusted.of(found)
        assert trusted.ignored == times * ignored, "for each span, also where the answer is remembered"


def test_a_key_of_the_companys_own_tells_an_identity_too() -> None:
    trusted = TrustedBaggage(IdentitySources(team=("cost.center",), trust_baggage=()))
    trusted.of(carrying(cost_center="c"))
    assert trusted.ignored == 1


def test_requests_that_alternate_are_not_mixed_up() -> None:
    trusted = TrustedBaggage(IdentitySources(trust_baggage=(names.USER,)))
    one, other = carrying(user_id="one", agentcost_team="t"), carrying(user_id="other")
    for _ in range(3):
        assert trusted.of(one) == {names.USER: "one"}
        assert trusted.of(other) == {names.USER: "other"}
    assert trusted.ignored == 3


def test_what_this_process_says_itself_needs_no_trust() -> None:
    trusted = TrustedBaggage(IdentitySources(trust_baggage=()))
    own = {names.USER: "u", names.TEAM: "t"}
    found = context.set_value(OWN_KEY, own, carrying(user_id="u", agentcost_team="forged"))
    assert trusted.of(found) == own
    assert trusted.ignored == 1, "the forged team, and not the user that is the same"
    assert trusted.of(context.set_value(OWN_KEY, own, Context())) == own


def test_the_application_may_replace_what_this_process_said_where_that_is_trusted() -> None:
    own = context.set_value(OWN_KEY, {names.USER: "first"}, Context())
    later = baggage.set_baggage(names.USER, "later", own)
    assert TrustedBaggage(IdentitySources(trust_baggage=(names.USER,))).of(later) == {names.USER: "later"}
    assert TrustedBaggage(IdentitySources(trust_baggage=())).of(later) == {names.USER: "first"}


def test_a_user_is_hashed_before_it_is_kept() -> None:
    sources = IdentitySources(hashing=IdentityHashing(KEY))
    hashed = Hashes(KEY)["u-17"]
    assert TrustedBaggage(sources).of(carrying(user_id="u-17", session_id="s")) == {
        names.USER: hashed,
        names.SESSION: "s",
    }
    own = context.set_value(OWN_KEY, {names.USER: "u-17"}, Context())
    assert TrustedBaggage(sources).of(own) == {names.USER: hashed}


def test_an_sdk_that_keeps_baggage_elsewhere_is_read_in_the_public_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trusted_baggage, "_BAGGAGE_KEY", None)
    trusted = TrustedBaggage(IdentitySources(trust_baggage=(names.USER,)))
    assert trusted.of(carrying(user_id="u", agentcost_team="t")) == {names.USER: "u"}
    assert trusted.of(Context()) is NOTHING
    assert trusted.ignored == 1


def test_the_span_carries_the_hash_of_the_baggage_and_its_own_attribute_stays_as_it_is(new_engine: NewEngine) -> None:
    engine = new_engine(identity=IdentitySources(hashing=IdentityHashing(KEY)))
    processor = AgentCostSpanProcessor(engine=engine)
    hashed = Hashes(KEY)["u-17"]
    with exports_around(processor) as exports:
        tracer = exports.provider.get_tracer("test")
        carried = tracer.start_span("carried", carrying(user_id="u-17", cost_center="x"), attributes=chat())
        written = tracer.start_span("written", attributes=chat(**{names.USER: "u-17"}))
        carried.end()
        written.end()
        spans = exports.spans()
        assert spans["carried"].attributes[names.USER] == hashed
        assert spans["written"].attributes[names.USER] == "u-17", "what the application writes is the application's"
    for span in (carried, written):
        (call,) = engine.calls(span.get_span_context().trace_id)
        assert call.identity.user == hashed
    assert processor.stats().ignored_baggage == 0


def test_ignored_baggage_shows_in_the_processors_stats(new_engine: NewEngine) -> None:
    processor = AgentCostSpanProcessor(engine=new_engine(identity=IdentitySources(trust_baggage=())))
    with exports_around(processor) as exports:
        exports.provider.get_tracer("test").start_span("request", carrying(user_id="u", agentcost_team="t")).end()
    assert processor.stats().ignored_baggage == 2
