"""Time zones by their names in the IANA database."""

from __future__ import annotations

from datetime import timezone, tzinfo
from zoneinfo import ZoneInfo, available_timezones


def zone_of(time_zone: str) -> tzinfo:
    """Return the zone of that name. `UTC` needs no database.

    Raises:
        ValueError: there is no such zone, or no database on this system. The text says which, and what to do.
    """
    if time_zone == "UTC":
        return timezone.utc
    try:
        return ZoneInfo(time_zone)
    except (KeyError, ValueError, OSError) as error:  # unknown; malformed; the name of a folder
        raise ValueError(_complaint(time_zone)) from error


def _complaint(time_zone: str) -> str:
    known = available_timezones()
    if not known:
        return (
            f"time_zone: {time_zone!r} is not known, since this system has no time zone database; "
            "install the package tzdata, or use UTC"
        )
    return f"time_zone: {time_zone!r} is no IANA time zone; {_advice(time_zone, known)}"


def _advice(time_zone: str, known: set[str]) -> str:
    from difflib import get_close_matches  # noqa: PLC0415 - needed only where a name is wrong

    by_lower = {name.lower(): name for name in sorted(known)}
    by_lower.update({name.rpartition("/")[2].lower(): name for name in sorted(known, reverse=True)} | by_lower)
    near = get_close_matches(time_zone.strip().replace(" ", "_").lower(), by_lower, n=3, cutoff=0.75)
    names = list(dict.fromkeys(by_lower[name] for name in near))
    return (
        f"did you mean {' or '.join(names)}?" if names else "names are such as Europe/Berlin, America/New_York or UTC"
    )
