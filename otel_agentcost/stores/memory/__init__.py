"""The store that needs nothing, in memory."""

from otel_agentcost.stores.memory.store import MemoryStats, MemoryStore

__all__ = ["MemoryStats", "MemoryStore"]
