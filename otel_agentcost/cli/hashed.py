"""Ask for somebody by the name that the books have: hashed, where the configuration says so."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import TypeVar

_Name = TypeVar("_Name", bound=str)


def hashed(args: argparse.Namespace, names: Mapping[_Name, str | None]) -> dict[_Name, str | None]:
    """Return the names that are asked for, by part of the identity, as they stand in the books.

    Raises:
        ConfigError: the configuration is wrong.
    """
    from otel_agentcost.config.load import load_config  # noqa: PLC0415 - `--help` needs none of these
    from otel_agentcost.engine.hashing import Hashes  # noqa: PLC0415

    asked = dict(names)
    if not any(asked.values()):
        return asked
    hashing = load_config(args.config).engine.identity.hashing
    if hashing is not None:
        hashes = Hashes(hashing.key)
        for part in asked.keys() & set(hashing.parts):
            name = asked[part]
            asked[part] = hashes[name] if name else name
    return asked
