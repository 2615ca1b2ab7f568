from __future__ import annotations

import http.client
import json
import socket
import time
from urllib.parse import urlsplit

import pytest

from otel_agentcost.demo.provider.script import Script

pytest.importorskip("genai_prices", reason="the provider bills with genai-prices, which needs Python 3.11")
from otel_agentcost.demo.provider.server import FakeProvider

_CHAT = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "Hello"}]}


def _post(url: str, body: object) -> tuple[http.client.HTTPResponse, bytes]:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=5)
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    connection.request("POST", parts.path, body=data)
    response = connection.getresponse()
    content = response.read()
    connection.close()
    return response, content


def test_it_listens_on_loopback_and_its_port_is_free_again_afterwards():
    with FakeProvider() as provider:
        port = urlsplit(provider.open_run("a")).port
        assert urlsplit(provider.open_run("a")).hostname == "127.0.0.1"
    with pytest.raises(ConnectionError):
        socket.create_connection(("127.0.0.1", port or 0), timeout=1)


def test_each_request_is_billed_to_its_own_execution_at_genai_prices_own_price():
    with FakeProvider() as provider:
        _, body = _post(provider.open_run("a") + "/v1/chat/completions", _CHAT)
        _post(provider.open_run("b") + "/v1/chat/completions", _CHAT)
        bill, *more = provider.ledger.bills("a")
        assert not more
        assert bill.response_id == json.loads(body)["id"]
        # gpt-4o-mini: 150 and 600 nano-USD a token, from OpenAI's price page
        assert bill.cost_nano_usd == bill.usage.input_tokens * 150 + bill.usage.output_tokens * 600
        assert len(provider.ledger.bills()) == 2


def test_a_throttled_request_gets_a_429_with_retry_after_and_is_not_billed():
    with FakeProvider() as provider:
        url = provider.open_run("a", Script(throttled_requests=frozenset({1}), retry_after_ms=40))
        response, body = _post(url + "/v1/chat/completions", _CHAT)
        assert response.status == 429
        assert (response.headers["Retry-After"], response.headers["Retry-After-Ms"]) == ("1", "40")
        assert json.loads(body)["error"]["code"] == "rate_limit_exceeded"
        assert provider.ledger.bills() == []
        assert _post(url + "/v1/chat/completions", _CHAT)[0].status == 200
        assert [attempt.status for attempt in provider.ledger.attempts("a")] == [429, 200]


@pytest.mark.parametrize(
    ("path", "shape"),
    [
        ("/v1/messages", {"type": "error"}),
        ("/v1beta/models/gemini-2.5-flash:generateContent", {"error": {"code": 429}}),
    ],
)
def test_each_dialect_refuses_in_its_own_shape(path: str, shape: dict):
    with FakeProvider() as provider:
        _, body = _post(provider.open_run("a", Script(throttled_requests=frozenset({1}))) + path, {})
        document = json.loads(body)
        for key, value in shape.items():
            assert document[key] == value or document[key].items() >= value.items()


def test_a_stream_is_framed_as_server_sent_events():
    with FakeProvider() as provider:
        request = {**_CHAT, "stream": True, "stream_options": {"include_usage": True}}
        response, body = _post(provider.open_run("a") + "/v1/chat/completions", request)
        assert response.headers["Content-Type"].startswith("text/event-stream")
        events = body.decode().split("\n\n")
        assert events[-1] == ""
        assert all(event.startswith("data: ") for event in events[:-1])
        assert events[-2] == "data: [DONE]"
        assert json.loads(events[-3].removeprefix("data: "))["usage"]["total_tokens"] > 0


def test_an_anthropic_stream_names_its_events():
    with FakeProvider() as provider:
        request = {"model": "claude-sonnet-5", "max_tokens": 9, "stream": True, "messages": _CHAT["messages"]}
        _, body = _post(provider.open_run("a") + "/v1/messages", request)
        assert body.startswith(b"event: message_start\ndata: {")
        assert body.rstrip().endswith(b'event: message_stop\ndata: {"type":"message_stop"}')


def test_a_stream_that_nobody_reads_to_its_end_is_billed_in_full_and_noted():
    with FakeProvider() as provider:
        parts = urlsplit(provider.open_run("a", Script(answer_sentences=400)) + "/v1/chat/completions")
        data = json.dumps({**_CHAT, "stream": True}).encode()
        head = f"POST {parts.path} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(data)}\r\n\r\n".encode()
        with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=5) as client:
            client.sendall(head + data)
            assert client.recv(100)
        deadline = time.monotonic() + 5
        while not provider.ledger.bills("a")[0].was_abandoned and time.monotonic() < deadline:
            time.sleep(0.01)
        bill = provider.ledger.bills("a")[0]
        assert bill.was_abandoned
        assert bill.usage.output_tokens > 1000


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/v1/nothing", {}, 404),
        ("/v1/chat/completions", b"not json", 400),
        ("/v1/chat/completions", {"model": "gpt-4o-mini"}, 400),
    ],
)
def test_what_it_does_not_serve_is_refused_and_not_billed(path: str, body: object, status: int):
    with FakeProvider() as provider:
        response, _ = _post(provider.open_run("a") + path, body)
        assert response.status == status
        assert provider.ledger.bills() == []


def test_an_execution_that_was_never_opened_is_not_served():
    with FakeProvider() as provider:
        url = provider.open_run("a").replace("/runs/a", "/runs/b")
        assert _post(url + "/v1/chat/completions", _CHAT)[0].status == 404
