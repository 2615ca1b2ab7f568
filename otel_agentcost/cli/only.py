"""`--only DIMENSION=KEY`: which calls a report is about."""

from __future__ import annotations

import argparse
import difflib
from collections.abc import Mapping
from typing import cast

from otel_agentcost.cli.books import QuestionError
from otel_agentcost.cli.hashed import hashed
from otel_agentcost.model.call import Call
from otel_agentcost.model.dimension import DIMENSIONS as ALL
from otel_agentcost.model.dimension import Dimension, keys_of

DIMENSIONS: tuple[Dimension, ...] = tuple(each for each in ALL if each != "total")


def add_only_argument(parser: argparse.ArgumentParser) -> None:
    """Declare the filter."""
    parser.add_argument(
        "--only",
        action="append",
        default=[],
        metavar="DIMENSION=KEY",
        help="only calls with that key, such as team=support; team= for those without; repeat it to narrow further",
    )


def read_only(args: argparse.Namespace) -> Mapping[Dimension, str]:
    """Return the filters by dimension, as the books know them.

    Raises:
        QuestionError: one names no dimension, or one dimension is named twice.
        ConfigError: the configuration is wrong.
    """
    only: dict[Dimension, str] = {}
    for text in cast("list[str]", args.only):
        name, sign, key = text.partition("=")
        name = name.strip().lower()
        if not sign or name not in DIMENSIONS:
            close = difflib.get_close_matches(name, DIMENSIONS, n=1)
            allowed = f"allowed: {', '.join(DIMENSIONS)}, such as team=support"
            hint = f"did you mean {close[0]!r}?" if sign and close else allowed
            raise QuestionError(f"--only: {text!r} is no DIMENSION=KEY: {hint}")
        if name in only:
            raise QuestionError(f"--only: {name} is given twice; no call has two")
        only[name] = key
    return {name: key or "" for name, key in hashed(args, only).items()}


def is_asked_for(call: Call, only: Mapping[Dimension, str]) -> bool:
    """Return whether a call has the keys that are asked for."""
    if not only:
        return True
    keys = dict(zip(ALL, keys_of(call), strict=True))
    return all(keys[dimension] == key for dimension, key in only.items())
