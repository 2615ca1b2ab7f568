"""Count tokens and remember prompt prefixes, the way each provider's cache does."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterable, Sequence
from typing import NamedTuple

CHARACTERS_PER_TOKEN = 4
MIN_CACHED_TOKENS = 1024
"""Below this no provider caches a prompt."""
OPENAI_CACHE_STEP_TOKENS = 128


def count_tokens(text: str) -> int:
    """Return a deterministic count: a token for each four characters, at least one."""
    return max(1, -(-len(text) // CHARACTERS_PER_TOKEN))


class Segment(NamedTuple):
    """A piece of a prompt in the order that caches see it: tools, system, then messages."""

    text: str
    cache_ttl: str | None = None
    """`5m` or `1h` where the request marks a cache breakpoint behind this piece (Anthropic only)."""

    @property
    def tokens(self) -> int:
        return count_tokens(self.text)


class CacheUse(NamedTuple):
    read_tokens: int = 0
    write_5m_tokens: int = 0
    write_1h_tokens: int = 0


def total_tokens(prompt: Sequence[Segment]) -> int:
    return sum(segment.tokens for segment in prompt)


def _prefix_digests(scope: str, prompt: Iterable[Segment]) -> list[bytes]:
    running = hashlib.sha256(scope.encode())
    digests: list[bytes] = []
    for segment in prompt:
        running.update(segment.text.encode() + b"\0")
        digests.append(running.digest())
    return digests


class PromptCache:
    """Prefixes seen so far. `scope` separates what never shares a cache: models, mostly."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seen: set[bytes] = set()

    def automatic(self, scope: str, prompt: Sequence[Segment], step_tokens: int = OPENAI_CACHE_STEP_TOKENS) -> CacheUse:
        """Serve a prompt whose provider caches by itself: every prefix is kept, reads come in steps."""
        digests = _prefix_digests(scope, prompt)
        with self._lock:
            known = next((i + 1 for i in reversed(range(len(digests))) if digests[i] in self._seen), 0)
            self._seen.update(digests)
        cached = total_tokens(prompt[:known]) // step_tokens * step_tokens
        return CacheUse(read_tokens=cached if cached >= MIN_CACHED_TOKENS else 0)

    def explicit(self, scope: str, prompt: Sequence[Segment]) -> CacheUse:
        """Serve a prompt with breakpoints: what was written before is read, the rest up to the last is written.

        What lies behind the last breakpoint is plain input. A part up to a `1h` breakpoint is written at that rate.
        """
        marks = [i for i, segment in enumerate(prompt) if segment.cache_ttl]
        if not marks or total_tokens(prompt[: marks[-1] + 1]) < MIN_CACHED_TOKENS:
            return CacheUse()
        digests = _prefix_digests(scope, prompt)
        with self._lock:
            read_end = next((i + 1 for i in reversed(range(marks[-1] + 1)) if digests[i] in self._seen), 0)
            self._seen.update(digests[i] for i in marks)
        one_hour_end = max((i + 1 for i in marks if prompt[i].cache_ttl == "1h"), default=0)
        return CacheUse(
            read_tokens=total_tokens(prompt[:read_end]),
            write_1h_tokens=total_tokens(prompt[read_end:one_hour_end]),
            write_5m_tokens=total_tokens(prompt[max(read_end, one_hour_end) : marks[-1] + 1]),
        )
