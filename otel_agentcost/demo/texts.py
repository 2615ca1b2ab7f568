"""The long, shared texts that the demo's agents send, long enough for a provider to cache them."""

from __future__ import annotations

_SUBJECTS = ("refunds", "late deliveries", "damaged goods", "account access", "invoices", "data requests", "warranty")


def handbook(title: str, sections: int = 24) -> str:
    """Return a made-up company handbook, the same for the same title; 24 sections are about 1,500 tokens."""
    lines = [f"You work for Northwind Lamps. Follow the {title} handbook."]
    for number in range(1, sections + 1):
        subject = _SUBJECTS[number % len(_SUBJECTS)]
        lines.append(
            f"Section {number}, {subject}: answer within {number % 5 + 1} working days, quote the order number, "
            f"escalate above {number * 25} euros, and write down in the file what was decided about {subject} and why."
        )
    return "\n".join(lines)
