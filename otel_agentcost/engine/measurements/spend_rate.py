"""How fast money is being spent now."""

from __future__ import annotations

from otel_agentcost.model.money import NanoUsd

WINDOW_SECONDS = 300
_SLOT_NANOS = 5 * 1_000_000_000
_SLOTS = WINDOW_SECONDS * 1_000_000_000 // _SLOT_NANOS


class SpendRate:
    """Spend of the last five minutes, as dollars an hour. Not thread-safe.

    Each call counts by its own end, so old calls that are replayed or arrive late are no spike.
    """

    __slots__ = ("_slots",)

    def __init__(self) -> None:
        self._slots: dict[int, NanoUsd] = {}

    def add(self, at_unix_nano: int, cost_nano_usd: NanoUsd, now_unix_nano: int) -> None:
        """Add what was spent, or take it back. A time in the future is a clock that is wrong, and counts as now."""
        now = now_unix_nano // _SLOT_NANOS
        slot = min(at_unix_nano // _SLOT_NANOS, now)
        if slot <= now - _SLOTS:
            return
        self._slots[slot] = self._slots.get(slot, 0) + cost_nano_usd
        if len(self._slots) > 2 * _SLOTS:
            self._forget(now)

    def nano_usd_per_hour(self, now_unix_nano: int) -> NanoUsd:
        """Return the rate, never below zero."""
        self._forget(now_unix_nano // _SLOT_NANOS)
        return max(0, sum(self._slots.values())) * 3600 // WINDOW_SECONDS

    def _forget(self, now: int) -> None:
        oldest = now - _SLOTS
        for slot in [slot for slot in self._slots if slot <= oldest]:
            del self._slots[slot]
