"""Users are hashed under a key before anything is stored or emitted: the same everywhere, and readable nowhere."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from otel_agentcost.conventions.registry import read_span
from otel_agentcost.engine import hashing
from otel_agentcost.engine.hashing import Hashes, weakness
from otel_agentcost.engine.identity import IdentityResolver
from otel_agentcost.engine.packing import pack, pack_fact
from otel_agentcost.engine.settings import HashedPart, IdentityHashing, IdentitySources
from otel_agentcost.model.fact import Fact
from otel_agentcost.model.identity import Identity
from otel_agentcost.model.reading import INFERENCE, Reading, SpanView

from . import spans

KEY = "an example of a key: 4f2a9c81d07be356"
USER = "alice@example.com"


def hashed(value: str = USER, key: str = KEY) -> str:
    """Return the hash as docs/configuration.md says that anybody can make it."""
    return "hmac:" + hmac.new(key.encode(), value.encode(), hashlib.sha256).hexdigest()[:32]


def sources(*parts: HashedPart, **more: Any) -> IdentitySources:
    return IdentitySources(hashing=IdentityHashing(KEY, parts or ("user",)), **more)


def test_a_hash_is_what_the_documentation_says_it_is() -> None:
    assert Hashes(KEY)[USER] == hashed()
    assert Hashes(KEY)["Zoë"] == hashed("Zoë")
    assert Hashes(f" {KEY}\n")[USER] == hashed(), "a file of a key ends with a line end"


def test_a_user_is_hashed_wherever_it_is_found() -> None:
    resolver = IdentityResolver(sources(user=("user.id", "x-user")))
    reading = Reading(INFERENCE, "test")
    reading.user = USER
    found = [
        resolver.resolve({"x-user": USER}, {}, {}, None),
        resolver.resolve({}, {}, {}, reading),
        resolver.resolve({}, {"user.id": USER}, {}, None),
        resolver.resolve({}, {}, {"user.id": USER}, None),
        IdentityResolver(sources(defaults=Identity(user=USER))).resolve({}, {}, {}, None),
    ]
    assert {identity.user for identity in found} == {hashed()}


def test_only_what_is_asked_for_is_hashed() -> None:
    attributes = {"user.id": "u", "session.id": "s", "gen_ai.conversation.id": "c", "agentcost.team": "t"}
    found = IdentityResolver(sources("session", "conversation")).resolve(attributes, {}, {}, None)
    assert found == Identity(user="u", team="t", session=hashed("s"), conversation=hashed("c"))


def test_a_hash_is_not_hashed_again() -> None:
    """A span that the processor wrote the hash on comes to the service, or to the exporter, with the same key."""
    assert IdentityResolver(sources()).resolve({"user.id": hashed()}, {}, {}, None).user == hashed()
    assert Hashes(KEY)["hmac:not really"] != "hmac:not really"


def test_the_same_user_has_one_hash_whatever_shape_it_comes_in() -> None:
    long = "x" * 300
    hashes = Hashes(KEY)
    assert hashes[long] == hashes[long[:256]]
    assert hashes[" u "] == hashes["u"]


def test_what_is_stored_of_a_span_holds_no_user() -> None:
    """A segment of the store keeps the reading, which has read the span's own attributes."""
    attributes = {**spans.CHAT, "user.id": USER, "session.id": "s-1"}
    reading = read_span(SpanView("chat", "app.sdk", "1", attributes))
    identity = IdentityResolver(sources("user", "session")).resolve(attributes, {}, {}, reading)
    segment = pack([pack_fact(Fact(1, 2, 1, "chat", "app.sdk", 0, 1, reading, None, identity))], ())
    assert hashed().encode() in segment
    assert USER.encode() not in segment
    assert b"s-1" not in segment
    assert (identity.user, identity.session) == (hashed(), hashed("s-1"))


def test_different_keys_hide_the_same_user_differently() -> None:
    assert Hashes(KEY)[USER] != Hashes(secrets.token_hex(16))[USER]


@pytest.mark.parametrize(
    ("key", "why"),
    [
        ("", "is shorter than 32 characters"),
        (" " * 40, "is shorter than 32 characters"),
        ("correct horse battery staple", "is shorter than 32 characters"),
        ("a" * 64, "repeats itself"),
        ("password" * 5, "repeats itself"),
        ("0123456789abcdef" * 2, "repeats itself"),
    ],
)
def test_a_weak_key_is_refused_without_being_shown(key: str, why: str) -> None:
    assert (weakness(key) or "").startswith(why)
    with pytest.raises(ValueError, match=why) as refused:
        IdentityResolver(IdentitySources(hashing=IdentityHashing(key)))
    assert not key or key not in str(refused.value)


def test_neither_a_key_nor_a_user_is_in_what_a_debugger_shows() -> None:
    hashes = Hashes(KEY)
    hashes[USER]
    assert KEY not in repr(sources()) + repr(hashes)
    assert USER not in repr(hashes)


def test_remembered_hashes_are_bounded_and_stay_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hashing, "MAX_REMEMBERED", 100)
    hashes = Hashes(KEY)

    def check(thread: int) -> bool:
        return all(hashes[f"u-{n}"] == hashed(f"u-{n}") for n in range(thread, 500 + thread))

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(check, range(4)))
    assert len(hashes) <= 104
