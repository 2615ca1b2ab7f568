"""Keep every SDK and framework of the demo from talking to anyone but the fake provider."""

from __future__ import annotations

import logging
import os
import warnings

_SILENCED = {
    "LANGSMITH_TRACING": "false",
    "LANGCHAIN_TRACING_V2": "false",
    "LANGGRAPH_CLI_NO_ANALYTICS": "1",
    "LOGFIRE_SEND_TO_LOGFIRE": "false",
    "LOGFIRE_IGNORE_NO_CONFIG": "1",
    "TRACELOOP_TELEMETRY": "false",
    "DO_NOT_TRACK": "1",
    "NO_PROXY": "127.0.0.1",
    "no_proxy": "127.0.0.1",
}
_FOREIGN_PREFIXES = ("OTEL_", "AGENTCOST_", "OPENAI_", "ANTHROPIC_", "GOOGLE_", "GEMINI_", "LANGSMITH_", "LANGCHAIN_")
"""Settings of the person's own shell that would send the demo elsewhere, or change what it shows."""
FAKE_KEY = "sk-demo-not-a-key"


def silence() -> None:
    """Set the environment of this process. Call it before the first SDK is imported.

    Real keys are replaced, so that no bug of ours could ever spend somebody's money.
    """
    for name in [name for name in os.environ if name.startswith(_FOREIGN_PREFIXES)]:
        del os.environ[name]
    os.environ.update(_SILENCED)
    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "GOOGLE_API_KEY"):
        os.environ[name] = FAKE_KEY
    warnings.filterwarnings("ignore")
    for chatty in (
        "openai",
        "anthropic",
        "httpx",
        "httpx2",
        "google_genai",
        "langchain",
        "opentelemetry.instrumentation",
    ):
        logging.getLogger(chatty).setLevel(logging.ERROR)
