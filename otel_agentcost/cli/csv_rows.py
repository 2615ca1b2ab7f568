"""Write CSV as RFC 4180 has it, safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import TextIO

from otel_agentcost.model.money import NanoUsd

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")  # noqa: RUF001 - spreadsheets run the wide ones too


def write_csv_rows(out: TextIO, header: Sequence[str], rows: Iterable[Sequence[str | int | None]]) -> None:
    """Write a header and rows, in UTF-8, with CRLF. None is an empty field.

    A text that a spreadsheet would run as a formula is led by an apostrophe, since names come from outside; and on a
    terminal they move no cursor.
    """
    show = _harmless if out.isatty() else _field
    wrapper: object = out
    if isinstance(wrapper, io.TextIOWrapper):
        wrapper.reconfigure(encoding="utf-8", newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows([show(value) for value in row] for row in rows)


def usd_text(amount: NanoUsd) -> str:
    """Return an amount in US dollars, exact: nine decimals."""
    sign = "-" if amount < 0 else ""
    whole, rest = divmod(abs(amount), 1_000_000_000)
    return f"{sign}{whole}.{rest:09d}"


def _field(value: str | int | None) -> str | int:
    if value is None:
        return ""
    if isinstance(value, int):
        return value
    return f"'{value}" if value.startswith(_FORMULA) and not _is_number(value) else value


def _harmless(value: str | int | None) -> str | int:
    field = _field(value)
    return field if isinstance(field, int) else "".join(c if c.isprintable() else "·" for c in field)


def _is_number(text: str) -> bool:
    """Return whether this is an amount that `usd_text` wrote: a negative one begins as a formula does."""
    return text.lstrip("-").replace(".", "", 1).isdigit() and text.isascii()
