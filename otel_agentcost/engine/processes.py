"""Tell processes apart by their resources: a number that is the same wherever and whenever it is made."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

MAX_RESOURCES = 256


class Processes:
    """Makes the fingerprint of a resource, and remembers it for as long as the resource lives."""

    __slots__ = ("_known",)

    def __init__(self) -> None:
        self._known: dict[int, tuple[Mapping[str, Any], int]] = {}

    def fingerprint(self, resource: Mapping[str, Any]) -> int:
        """Return 63 bits that stand for the resource's attributes, whatever their order; 0 where it has none."""
        if not resource:
            return 0
        known = self._known.get(id(resource))
        if known is not None and known[0] is resource:
            return known[1]
        text = repr(sorted((key, str(value)) for key, value in resource.items()))
        digest = hashlib.blake2b(text.encode("utf-8", "backslashreplace"), digest_size=8).digest()
        number = int.from_bytes(digest, "big") >> 1
        if len(self._known) >= MAX_RESOURCES:
            self._known.clear()
        self._known[id(resource)] = (resource, number)
        return number
