"""Errors in each provider's own shape, so that its SDK raises and retries as it would in earnest."""

from __future__ import annotations

from otel_agentcost.demo.provider.wire import Json

_ANTHROPIC_TYPES = {400: "invalid_request_error", 404: "not_found_error", 429: "rate_limit_error"}
_GOOGLE_STATUS = {400: "INVALID_ARGUMENT", 404: "NOT_FOUND", 429: "RESOURCE_EXHAUSTED"}


def error_body(path: str, status: int, message: str) -> Json:
    """Return the error document that the dialect of this path sends."""
    if path.startswith("/v1beta/"):
        return {"error": {"code": status, "message": message, "status": _GOOGLE_STATUS.get(status, "INTERNAL")}}
    if path == "/v1/messages":
        return {"type": "error", "error": {"type": _ANTHROPIC_TYPES.get(status, "api_error"), "message": message}}
    kind = "rate_limit_exceeded" if status == 429 else "invalid_request_error"
    return {"error": {"message": message, "type": kind, "param": None, "code": kind if status == 429 else None}}
