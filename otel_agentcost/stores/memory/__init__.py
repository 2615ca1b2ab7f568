"""The store that needs nothing, in memory."""

from otel_agentcost.stores.memory.stats import MemoryStats
from otel_agentcost.stores.memory.store import MemoryStore

__all__ = ["MemoryStats", "MemoryStore"]
