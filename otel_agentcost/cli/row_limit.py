"""`--limit`: how many rows are shown."""

from __future__ import annotations

import argparse


def add_limit_argument(parser: argparse.ArgumentParser, text: str) -> None:
    """Declare the limit."""
    parser.add_argument("--limit", type=_limit, metavar="N", help=text)


def limit_of(args: argparse.Namespace, default: int | None) -> int | None:
    """Return how many rows were asked for, else the default; None for all."""
    return default if args.limit is None else args.limit or None


def _limit(text: str) -> int:
    """Read a number of rows; 0 stands for `all`, and is not read: who types it may as well mean none."""
    if text.strip().lower() == "all":
        return 0
    if not text.isascii() or not text.isdigit() or not int(text):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of rows: 1 or more, or all")
    return int(text)
