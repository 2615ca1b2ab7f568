"""Decisions drawn by hypothesis, so that it can shrink what was built from them."""

from __future__ import annotations

from hypothesis import strategies as st


class Drawn:
    """A source of decisions, as `tests.integration.fuzz_mutations.Choices` describes it."""

    def __init__(self, data: st.DataObject) -> None:
        self._data = data

    def below(self, limit: int) -> int:
        return self._data.draw(st.integers(0, limit - 1))
