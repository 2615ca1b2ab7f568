"""Write the calls of a period as charges in the FOCUS format, one charge period after the other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TextIO

from otel_agentcost.cli.csv_rows import write_csv_rows
from otel_agentcost.cli.focus_columns import COLUMNS, CUSTOM_COLUMNS, Charge, focus_row
from otel_agentcost.cli.only import is_asked_for
from otel_agentcost.cli.periods import Period
from otel_agentcost.model.call import Call
from otel_agentcost.model.dimension import Dimension
from otel_agentcost.model.outcome import DUPLICATE
from otel_agentcost.model.sums import NO_SUMS, Sums, sums_of

_NANO = 1_000_000_000
_HOUR = 3_600 * _NANO
_DAY = 24 * _HOUR


def write_focus(
    out: TextIO, calls: Iterable[Call], period: Period, only: Mapping[Dimension, str], *, is_hourly: bool
) -> None:
    """Write the charges of calls that come by start, holding no more than those of one charge period."""
    rows = focus_rows((call for call in calls if is_asked_for(call, only)), period, _HOUR if is_hourly else _DAY)
    write_csv_rows(out, (*COLUMNS, *CUSTOM_COLUMNS), rows)


def focus_rows(calls: Iterable[Call], period: Period, length_nano: int) -> Iterator[Sequence[str | int | None]]:
    """Yield one row for each charge: a UTC day or hour, and all that tells its calls from others.

    Their costs sum to the report's total exactly. A charge period is cut at the bounds of the report, to whole seconds.
    """
    number: int | None = None
    charges: dict[Charge, Sums] = {}
    for call in calls:
        if call.status == DUPLICATE:
            continue
        its_number = call.start_unix_nano // length_nano
        if number is not None and its_number != number:
            yield from _rows(charges, number * length_nano, length_nano, period)
            charges = {}
        number = its_number
        charge = _charge_of(call)
        charges[charge] = charges.get(charge, NO_SUMS).plus(sums_of(call))
    if number is not None:
        yield from _rows(charges, number * length_nano, length_nano, period)


def _rows(
    charges: Mapping[Charge, Sums], start: int, length_nano: int, period: Period
) -> Iterator[Sequence[str | int | None]]:
    since = max(start, period.since_unix_nano // _NANO * _NANO)
    until = min(start + length_nano, -(-period.until_unix_nano // _NANO) * _NANO)
    for charge, sums in sorted(charges.items(), key=lambda each: (-each[1].cost_nano_usd, str(each[0]))):
        yield focus_row(charge, sums, since, until)


def _charge_of(call: Call) -> Charge:
    who = call.identity
    return Charge(
        call.kind,
        call.provider,
        call.model,
        call.price_id,
        call.status,
        call.agent,
        call.tool,
        who if who.session is None and who.conversation is None else who._replace(session=None, conversation=None),
    )
