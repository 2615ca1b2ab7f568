"""The cost of AI agents, made visible and bounded with nothing but OpenTelemetry.

Importing this package imports next to nothing; each name is loaded when it is first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from otel_agentcost.sdk.execution import execution
    from otel_agentcost.sdk.exporter import AgentCostSpanExporter
    from otel_agentcost.sdk.processor import AgentCostSpanProcessor
    from otel_agentcost.sdk.sampling import record_everything

    __version__: str

__all__ = ["AgentCostSpanExporter", "AgentCostSpanProcessor", "__version__", "execution", "record_everything"]

_WHERE = {
    "AgentCostSpanExporter": "otel_agentcost.sdk.exporter",
    "AgentCostSpanProcessor": "otel_agentcost.sdk.processor",
    "execution": "otel_agentcost.sdk.execution",
    "record_everything": "otel_agentcost.sdk.sampling",
}


def __getattr__(name: str) -> Any:
    """Load a public name on first use (PEP 562)."""
    if name == "__version__":
        from importlib.metadata import version

        found: Any = version("otel-agentcost")
    elif name in _WHERE:
        from importlib import import_module

        found = getattr(import_module(_WHERE[name]), name)
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
