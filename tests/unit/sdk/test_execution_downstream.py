"""A service that is called from within an execution learns on whose behalf, by W3C baggage over real HTTP."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from opentelemetry import context, propagate, trace
from opentelemetry.sdk.trace import TracerProvider

from otel_agentcost import execution
from otel_agentcost.engine.engine import Engine
from otel_agentcost.engine.hashing import Hashes
from otel_agentcost.engine.settings import IdentityHashing, IdentitySources
from otel_agentcost.model.identity import Identity
from otel_agentcost.sdk.processor import AgentCostSpanProcessor

from .conftest import NewEngine
from .support import Exports, call, exports_around

pytestmark = pytest.mark.usefixtures("clean_context")

KEY = "an example of a key: 4f2a9c81d07be356"


class Service:
    """As good as another process: an HTTP server with a provider and a processor of its own."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.processor = AgentCostSpanProcessor(engine=engine)
        provider = TracerProvider(shutdown_on_exit=False)
        provider.add_span_processor(self.processor)

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                token = context.attach(propagate.extract(dict(self.headers.items()), context.Context()))
                tracer = provider.get_tracer("server")
                with tracer.start_as_current_span("GET", kind=trace.SpanKind.SERVER):
                    call(provider)
                    if self.path == "/again":
                        with execution(feature="inner", tracer_provider=provider):
                            call(provider, "again")
                context.detach(token)
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def get(self, path: str = "/") -> None:
        headers: dict[str, str] = {}
        propagate.inject(headers)
        connection = http.client.HTTPConnection("127.0.0.1", self.server.server_port, timeout=5)
        connection.request("GET", path, headers=headers)
        assert connection.getresponse().status == 204
        connection.close()

    def identities(self, execution_id: str) -> list[Identity]:
        return [each.identity for each in self.engine.calls(int(execution_id, 16))]


@pytest.fixture
def serve(new_engine: NewEngine) -> Iterator[Any]:
    services: list[Service] = []

    def start(**settings: Any) -> Service:
        services.append(Service(new_engine(**settings)))
        return services[-1]

    yield start
    for service in services:
        service.server.shutdown()
        service.server.server_close()


def test_the_called_service_charges_the_same_user_in_the_same_execution(exports: Exports, serve: Any) -> None:
    service = serve()
    given = Identity("Zoë 日本 👩‍🚀 a=b;c,d%20", "süpport", "ACME & Co", "triage", "staging", "s 1", 'c"1"')
    with execution(**given._asdict(), tracer_provider=exports.provider) as run:
        service.get("/again")
    arrived = given._replace(environment=None)
    assert service.identities(run.execution_id) == [arrived, arrived._replace(feature="inner")]
    assert service.processor.stats().ignored_baggage == 0


def test_a_user_is_hashed_once_on_the_way_whichever_side_has_the_key(new_engine: NewEngine, serve: Any) -> None:
    hashing = IdentitySources(hashing=IdentityHashing(KEY))
    hashed = Identity(user=Hashes(KEY)["u-17"])
    for here, there in ((hashing, hashing), (hashing, IdentitySources()), (IdentitySources(), hashing)):
        service = serve(identity=there)
        processor = AgentCostSpanProcessor(engine=new_engine(identity=here))
        with exports_around(processor) as exports, execution(user="u-17", tracer_provider=exports.provider) as run:
            service.get()
        assert service.identities(run.execution_id) == [hashed]


def test_a_service_that_trusts_nobody_ignores_it_and_counts(exports: Exports, serve: Any) -> None:
    service = serve(identity=IdentitySources(trust_baggage=()))
    with execution(user="u", team="t", tracer_provider=exports.provider) as run:
        service.get()
    assert service.identities(run.execution_id) == [Identity()]
    assert service.processor.stats().ignored_baggage == 4, "two items, for each of two spans"


def test_the_longest_names_still_arrive(exports: Exports, serve: Any) -> None:
    """Too long a header would be dropped whole; what does not fit is left out instead, and the rest arrives."""
    service = serve()
    long = dict.fromkeys(("user", "team", "organization", "feature"), "👩" * 256)
    with execution(**long, session="s", tracer_provider=exports.provider) as run:
        service.get()
    (arrived,) = service.identities(run.execution_id)
    assert arrived == Identity(user="👩" * 256, team="👩" * 256, session="s")
