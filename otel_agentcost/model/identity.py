"""Identity: on whose behalf an execution runs."""

from __future__ import annotations

from typing import NamedTuple


class Identity(NamedTuple):
    """Who pays. Each part may be unknown (None)."""

    user: str | None = None
    team: str | None = None
    organization: str | None = None
    feature: str | None = None
    environment: str | None = None
    session: str | None = None
    conversation: str | None = None


NOBODY = Identity()
