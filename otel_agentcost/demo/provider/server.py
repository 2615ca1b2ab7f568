"""Serve the dialects over HTTP on a loopback port that the system chooses."""

from __future__ import annotations

import itertools
import json
import re
import secrets
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, cast

from otel_agentcost.demo.provider import (
    anthropic_messages,
    gemini,
    openai_chat,
    openai_embeddings,
    openai_responses,
)
from otel_agentcost.demo.provider.billing import BillingLedger
from otel_agentcost.demo.provider.desk import Desk
from otel_agentcost.demo.provider.errors import error_body
from otel_agentcost.demo.provider.script import Script
from otel_agentcost.demo.provider.tokens import PromptCache
from otel_agentcost.demo.provider.wire import Answer, BadRequest, Json

_FIRST_SERIAL = 10_000_000
_SERIALS = 80_000_000
"""So many, of eight digits each: a token is four characters, and a bill must not depend on chance."""
_RUN_PATH = re.compile(r"^/runs/(?P<run>[\w-]+)(?P<path>/.*)$")
_GEMINI_PATH = re.compile(r"^/v1beta/models/(?P<model>[^/:]+):(?P<verb>generateContent|streamGenerateContent)$")
_POST_DIALECTS = {
    "/v1/chat/completions": openai_chat.answer,
    "/v1/responses": openai_responses.answer,
    "/v1/embeddings": openai_embeddings.answer,
    "/v1/messages": anthropic_messages.answer,
}
_CHUNK_PAUSE_SECONDS = 0.001
"""Between the events of a stream, so that a reader that goes away can be noticed."""


class FakeProvider:
    """The server with its books. Use it as a context manager; leaving it closes the port.

    Every execution has a base URL of its own, `/runs/NAME`, because a URL is the one thing that every SDK and
    framework lets its user set: that is how a bill is tied to an execution whatever headers a client sends.
    """

    def __init__(self) -> None:
        self.ledger = BillingLedger()
        self._cache = PromptCache()
        self._scripts: dict[str, Script] = {}
        # An id is one call in any books, so a store that holds an earlier demo must not see its ids again.
        self._serials = itertools.count(_FIRST_SERIAL + secrets.randbelow(_SERIALS))
        self._requests: dict[str, int] = {}
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.provider = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    def __enter__(self) -> FakeProvider:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(timeout=5)

    def open_run(self, run: str, script: Script | None = None) -> str:
        """Return the base URL of one execution (no trailing slash, no version) and script its model."""
        with self._lock:
            self._scripts[run] = script or Script()
        return f"http://127.0.0.1:{self._server.server_port}/runs/{run}"

    def handle(self, run: str, path: str, request: Json) -> Answer | int:
        """Answer a request, or return the HTTP status of the refusal. Billing happens here and nowhere else.

        Raises:
            BadRequest: the request makes no sense to its dialect.
        """
        with self._lock:
            script = self._scripts.get(run)
            self._requests[run] = number = self._requests.get(run, 0) + 1
        if script is None:
            return 404
        if number in script.throttled_requests:
            return 429
        desk = Desk(script, self._cache, next(self._serials), int(time.time()))
        answer = _answer(path, request, desk)
        if answer is None:
            return 404
        self.ledger.record(run, answer)
        return answer

    def retry_after_ms(self, run: str) -> int:
        return self._scripts[run].retry_after_ms


def _answer(path: str, request: Json, desk: Desk) -> Answer | None:
    dialect = _POST_DIALECTS.get(path)
    if dialect is not None:
        return dialect(request, desk)
    match = _GEMINI_PATH.match(path)
    if match is None:
        return None
    return gemini.answer(request, desk, match["model"], match["verb"] == "streamGenerateContent")


class _Server(ThreadingHTTPServer):
    provider: FakeProvider
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Stay silent: a client that hangs up is part of the show."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = 30

    def do_POST(self) -> None:
        provider = cast("_Server", self.server).provider
        match = _RUN_PATH.match(self.path.partition("?")[0])
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        run, path = (match["run"], match["path"]) if match else ("", self.path)
        try:
            result = provider.handle(run, path, _parse(raw))
        except BadRequest as problem:
            self._refuse(provider, run, path, 400, str(problem))
            return
        if isinstance(result, int):
            message = "Rate limit reached, try again shortly." if result == 429 else f"Nothing is served at {self.path}"
            self._refuse(provider, run, path, result, message)
            return
        provider.ledger.record_attempt(run, path, 200)
        if result.body is not None:
            self._send_json(200, result.body, {"x-request-id": result.response_id})
        else:
            try:
                self._send_events(result)
            except ConnectionError:
                provider.ledger.record_abandoned(result.response_id)
                self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class names it
        """Stay silent: the demo's terminal is for the demo."""

    def _refuse(self, provider: FakeProvider, run: str, path: str, status: int, message: str) -> None:
        provider.ledger.record_attempt(run, path, status)
        headers: dict[str, str] = {}
        if status == 429:
            wait_ms = provider.retry_after_ms(run)
            headers = {"Retry-After": str(-(-wait_ms // 1000)), "Retry-After-Ms": str(wait_ms)}
        self._send_json(status, error_body(path, status, message), headers)

    def _send_json(self, status: int, body: Json, headers: dict[str, str]) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(data)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def _send_events(self, answer: Answer) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream; charset=utf-8")
        self.send_header("Transfer-Encoding", "chunked")
        self.send_header("x-request-id", answer.response_id)
        self.end_headers()
        for item in answer.events:
            data = item.encode()
            self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
            time.sleep(_CHUNK_PAUSE_SECONDS)
        self.wfile.write(b"0\r\n\r\n")


def _parse(raw: bytes) -> Json:
    try:
        value: object = json.loads(raw or b"{}")
    except ValueError:
        raise BadRequest("the body is not JSON") from None
    if not isinstance(value, dict):
        raise BadRequest("the body is not a JSON object")
    return cast("Json", value)
