"""Tell in one line what the demo lacks on this machine."""

from __future__ import annotations

import importlib.util
import sys

_MODULES = (
    "openai",
    "anthropic",
    "google.genai",
    "langgraph",
    "langchain",
    "langchain_openai",
    "pydantic_ai",
    "agents",
    "genai_prices",
    "sqlalchemy",
    "opentelemetry.instrumentation.openai",
    "opentelemetry.instrumentation.anthropic",
    "opentelemetry.instrumentation.genai.openai",
    "opentelemetry.instrumentation.google_genai",
    "openinference.instrumentation.openai",
    "openinference.instrumentation.langchain",
    "openinference.instrumentation.openai_agents",
)


def what_is_missing() -> str | None:
    """Return what keeps the demo from running and how to mend it, or None where everything is there."""
    if sys.version_info < (3, 11):
        return "the demo needs Python 3.11 or newer, since the provider's side bills with genai-prices, which does"
    missing = [module for module in _MODULES if not _is_there(module)]
    if not missing:
        return None
    named = ", ".join(missing[:3]) + (f" and {len(missing) - 3} more" if len(missing) > 3 else "")
    return f'the demo needs SDKs that are not installed ({named}): pip install "otel-agentcost[demo]"'


def _is_there(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:  # a parent package is missing
        return False
