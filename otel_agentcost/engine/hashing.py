"""Hash who a span ran for, so that books, metrics and events hold no user's own id.

HMAC-SHA256 under a secret key, the first 128 bits of it in hexadecimal behind `hmac:`. The same id under the same key
is the same everywhere, so totals and rankings stay what they were; without the key an id can be neither read nor
guessed. A value that looks hashed already is left alone: a span that passes two processes of ours is hashed once.
"""

from __future__ import annotations

import hmac
import re

from otel_agentcost.engine.as_name import as_name

PREFIX = "hmac:"
MAX_REMEMBERED = 65_536
"""Values whose hash is remembered: hashing takes ten times as long as looking it up."""

SHORTEST_KEY = 32
FEWEST_CHARACTERS = 8
"""A key of fewer different characters is a pattern, and no random text."""

_HASHED = re.compile(r"hmac:[0-9a-f]{32}")
_DIGEST_BYTES = 16


def weakness(key: str) -> str | None:
    """Return why a key is too easily guessed, without a word of the key itself; None where it will do."""
    advice = "give 32 or more random characters, such as `openssl rand -hex 32` prints"
    key = key.strip()
    if len(key) < SHORTEST_KEY:
        return f"is shorter than {SHORTEST_KEY} characters: {advice}"
    if len(set(key)) < FEWEST_CHARACTERS or key in (key + key)[1:-1]:
        return f"repeats itself: {advice}"
    return None


class Hashes(dict[str, str]):
    """Maps a value to its hash, which is worked out on the first look. Safe to share between threads."""

    def __init__(self, key: str) -> None:
        """Take the key, without the blanks or line end that a file or a variable may have put around it.

        Raises:
            ValueError: the key is weak; the text does not hold it.
        """
        super().__init__()
        if (why := weakness(key)) is not None:
            raise ValueError(f"the key for hashing users {why}")
        self._key = key.strip().encode("utf-8", "surrogatepass")

    def __missing__(self, value: str) -> str:
        if _HASHED.fullmatch(value):
            return value
        if len(self) >= MAX_REMEMBERED:
            self.clear()
        name = as_name(value) or ""  # the same id may come cut and cleaned from one place and as it was from another
        digest = hmac.digest(self._key, name.encode("utf-8"), "sha256")
        hashed = self[value] = PREFIX + digest[:_DIGEST_BYTES].hex()
        return hashed

    def __repr__(self) -> str:
        return f"<{len(self)} hashes>"  # the keys of this mapping are what must not be shown
