"""Every call in an execution carries the identity that it was given, here and in the services that are called."""

from __future__ import annotations

import asyncio
import contextvars
import logging
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from opentelemetry import baggage, context

from otel_agentcost import execution
from otel_agentcost.engine.engine import Engine
from otel_agentcost.engine.hashing import Hashes
from otel_agentcost.engine.settings import IdentityHashing, IdentitySources
from otel_agentcost.model import names
from otel_agentcost.model.identity import Identity
from otel_agentcost.sdk.processor import AgentCostSpanProcessor

from .conftest import NewEngine
from .support import Exports, call, exports_around

KEY = "an example of a key: 4f2a9c81d07be356"


pytestmark = pytest.mark.usefixtures("clean_context")


def test_what_stands_on_a_span_itself_goes_before_what_the_execution_says(exports: Exports, engine: Engine) -> None:
    with execution(user="u-1", team="t", tracer_provider=exports.provider) as run:
        call(exports.provider, **{names.USER: "u-2"})
    (found,) = engine.calls(int(run.execution_id, 16))
    assert (found.identity.user, found.identity.team) == ("u-2", "t")
    assert exports.spans()["call"].attributes[names.USER] == "u-2"


@pytest.mark.parametrize("trusted", [(), (names.TEAM,), IdentitySources().trust_baggage])
def test_what_the_process_says_itself_needs_no_trust(new_engine: NewEngine, trusted: tuple[str, ...]) -> None:
    engine = new_engine(identity=IdentitySources(trust_baggage=trusted))
    processor = AgentCostSpanProcessor(engine=engine)
    given = Identity("u", "t", "o", "f", "e", "s", "c")
    with exports_around(processor) as exports:
        with execution(**given._asdict(), tracer_provider=exports.provider) as run:
            call(exports.provider)
        (found,) = engine.calls(int(run.execution_id, 16))
        assert found.identity == given
        assert exports.spans()["call"].attributes["deployment.environment.name"] == "e"
    assert processor.stats().ignored_baggage == 0


def test_a_company_s_own_attribute_names_are_used(new_engine: NewEngine) -> None:
    sources = IdentitySources(team=("cost.center", "x-team"), trust_baggage=("x-team",), feature=("product",))
    engine = new_engine(identity=sources)
    with exports_around(AgentCostSpanProcessor(engine=engine)) as exports:
        upstream = context.attach(baggage.set_baggage("x-team", "forged", baggage.set_baggage("cost.center", "old")))
        with execution(team="t", feature="f", tracer_provider=exports.provider) as run:
            assert dict(baggage.get_all()) == {"x-team": "t", "product": "f"}
            call(exports.provider)
        context.detach(upstream)
        assert dict(exports.spans()["invoke_workflow"].attributes).items() >= {"x-team": "t", "product": "f"}.items()
        (found,) = engine.calls(int(run.execution_id, 16))
        assert found.identity == Identity(team="t", feature="f")


def test_users_are_hashed_on_spans_in_baggage_and_in_the_books(new_engine: NewEngine) -> None:
    engine = new_engine(identity=IdentitySources(hashing=IdentityHashing(KEY)))
    hashed = Hashes(KEY)["u-17"]
    with exports_around(AgentCostSpanProcessor(engine=engine)) as exports:
        with execution(user="u-17", session="s", tracer_provider=exports.provider) as run:
            assert dict(baggage.get_all()) == {names.USER: hashed, names.SESSION: "s"}
            call(exports.provider)
        for span in exports.spans().values():
            assert span.attributes[names.USER] == hashed
        (found,) = engine.calls(int(run.execution_id, 16))
        assert (found.identity.user, found.identity.session) == (hashed, "s")


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (None, None),
        ("", None),
        ("  ", None),
        (17, "17"),
        (uuid.UUID(int=5), str(uuid.UUID(int=5))),
        ("Zoë 日本 👩‍🚀", "Zoë 日本 👩‍🚀"),
        ("a\x00b\r\nc\x1b[2J", "a?b??c?[2J"),
        ("half \ud83d", "half ?"),
        (" padded ", "padded"),
        ("x" * 1000, "x" * 256),
        ("a=b;c,d%20", "a=b;c,d%20"),
    ],
)
def test_a_name_is_the_same_on_the_span_in_baggage_and_in_the_books(
    exports: Exports, engine: Engine, value: Any, name: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    with execution(user=value, tracer_provider=exports.provider) as run:
        assert baggage.get_baggage(names.USER) == name
        call(exports.provider)
    assert exports.spans()["invoke_workflow"].attributes.get(names.USER) == name
    (found,) = engine.calls(int(run.execution_id, 16))
    assert found.identity.user == name
    assert not caplog.records


@pytest.mark.parametrize("value", [1.5, True, ["u"], object(), b"u"])
def test_what_is_no_name_says_nothing_and_is_told_once(
    exports: Exports, value: Any, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(3):
        with execution(user=value, team="t", tracer_provider=exports.provider) as run:
            pass
    assert run.identity == Identity(team="t")
    assert [record.getMessage() for record in caplog.records] == [
        "otel_agentcost: execution(user=…) takes text, and this was none, so it says nothing"
    ]


def test_baggage_never_grows_beyond_what_a_receiver_takes(
    exports: Exports, engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    """Beyond 8192 bytes the receiver drops the whole header: then the parts that fit are worth more."""
    long: Callable[[str], str] = lambda sign: sign * 256  # noqa: E731
    given = Identity(long("🚀"), long("日"), long("👩"), "f", "e", "s", "c")
    with execution(**given._asdict(), tracer_provider=exports.provider) as found:
        call(exports.provider)
        sent = dict(baggage.get_all())
    assert set(sent) == {names.USER, names.TEAM, names.FEATURE, names.SESSION, names.CONVERSATION}
    (kept,) = engine.calls(int(found.execution_id, 16))
    assert kept.identity == given, "in the process there is no limit"
    assert [record.getMessage() for record in caplog.records] == [
        "otel_agentcost: there is no room in the baggage: called services do not learn of agentcost.organization"
    ]


def test_baggage_of_the_application_is_left_alone(exports: Exports) -> None:
    theirs = baggage.set_baggage("theirs", "x", baggage.set_baggage("odd", 5))
    token = context.attach(theirs)
    with execution(user="u", tracer_provider=exports.provider):
        assert dict(baggage.get_all()) == {"theirs": "x", "odd": 5, names.USER: "u"}
    assert context.get_current() is theirs
    context.detach(token)


def test_its_messages_never_hold_what_a_user_is_called(exports: Exports, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for _ in range(2):
        with execution(user="secret-user", team=["secret-team"], tracer_provider=exports.provider):  # pyright: ignore[reportArgumentType]
            pass
    assert "secret" not in caplog.text


def test_threads_and_tasks_that_carry_the_context_carry_the_identity(exports: Exports, engine: Engine) -> None:
    provider = exports.provider

    async def task() -> None:
        await asyncio.sleep(0)
        call(provider, "task")
        await asyncio.to_thread(call, provider, "thread of a task")

    async def main() -> None:
        await asyncio.gather(task(), asyncio.create_task(task()))

    with execution(user="u", team="t", tracer_provider=provider) as run, ThreadPoolExecutor(2) as pool:
        pool.submit(contextvars.copy_context().run, call, provider, "thread").result()
        asyncio.run(main())
    calls = engine.calls(int(run.execution_id, 16))
    assert [each.identity for each in calls] == [Identity(user="u", team="t")] * 5
    assert run.calls == 5
