"""How values are written in every table: names from outside, amounts, counts, durations, shares, changes."""

from __future__ import annotations

from collections.abc import Iterable

from rich.text import Text

from otel_agentcost.model.money import NANO_PER_USD, NanoUsd, format_usd
from otel_agentcost.model.outcome import UNPRICED
from otel_agentcost.model.sums import Sums

NOBODY = "-"
UNKNOWN = "(unknown)"
_LONGEST_NAME = 200
_MOST_PLACES = 6


def plain(text: str | None, missing: str = NOBODY) -> Text:
    """Return text from outside as it is: its brackets are no markup and its control characters do nothing."""
    if not text:
        return Text(missing, style="dim")
    return Text(printable(text))


def missing_name(dimension: str, sums: Sums | None) -> str:
    """Return what stands in the place of a key that is not there, by what it sums."""
    if dimension == "tool":
        return "(outside tools)"
    if dimension in ("model", "provider") and sums is not None and sums.tool_calls and not sums.calls:
        return "(tools)"
    return UNKNOWN


def printable(text: str) -> str:
    """Return text from outside without what could move a terminal's cursor, and not endless."""
    return "".join(c if c.isprintable() else "·" for c in text[:_LONGEST_NAME])


def plural(count: int, what: str) -> str:
    """Return `1 call`, `1,234 calls`."""
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def places_for(amounts: Iterable[NanoUsd]) -> int:
    """Return how many decimals a column of amounts needs, by the largest of them: two for hundreds, six for cents."""
    largest = max((abs(amount) for amount in amounts), default=0)
    if largest >= 100 * NANO_PER_USD:
        return 2
    return 4 if largest >= NANO_PER_USD else _MOST_PLACES


def usd(amount: NanoUsd, places: int = _MOST_PLACES) -> str:
    """Return an amount; one that is too small for its decimals is `<$0.01` and never looks like nothing."""
    least = 10 ** (9 - places)
    if amount and 2 * abs(amount) < least:
        return f"{'>-' if amount < 0 else '<'}{format_usd(least, places)}"
    return format_usd(amount, places)


def usd_in_words(amount: NanoUsd) -> str:
    """Return an amount for a sentence: to the cent from a dollar on."""
    return usd(amount, 2 if abs(amount) >= NANO_PER_USD else _MOST_PLACES)


def signed_usd(amount: NanoUsd, places: int = _MOST_PLACES) -> str:
    """Return a difference: `+$1.20`, `-$0.30`, `$0.00`."""
    text = usd(amount, places)
    return f"+{text}" if amount > 0 and text[0] != "<" else text


def is_unpriced(calls: int, unpriced_calls: int, amount: NanoUsd) -> bool:
    """Return whether an amount is nothing only because no call that it sums has a price."""
    return not amount and 0 < calls == unpriced_calls


def cost(amount: NanoUsd, places: int, calls: int, unpriced_calls: int) -> Text:
    """Return an amount as a cell; one that no price is known of says so, and never looks like nothing spent."""
    if is_unpriced(calls, unpriced_calls, amount):
        return Text(UNPRICED, style="bold red")
    return Text(usd(amount, places))


def cost_of(sums: Sums, places: int) -> Text:
    """Return the cost of sums as a cell."""
    return cost(sums.cost_nano_usd, places, sums.calls, sums.unpriced_calls)


def cost_sentence(amount: NanoUsd, calls: int, unpriced_calls: int, executions: int | None = None) -> Text:
    """Return `$45.82 for 5,146 calls in 1,571 executions; 31 calls unpriced`."""
    has_none = is_unpriced(calls, unpriced_calls, amount)
    line = Text().append(UNPRICED if has_none else usd_in_words(amount), style="bold red" if has_none else "bold")
    line.append(f" for {plural(calls, 'call')}")
    line.append("" if executions is None else f" in {plural(executions, 'execution')}")
    if unpriced_calls and not has_none:
        line.append(f"; {plural(unpriced_calls, 'call')} unpriced", style="bold red")
    return line


def share(part: int, whole: int) -> str:
    """Return `12.3%`; `<0.1%` where there is something, and `-` where the whole is nothing."""
    if not whole:
        return NOBODY
    percent = 100 * part / whole
    return "<0.1%" if part > 0 and percent < 0.05 else f"{percent:.1f}%"


def change(now: NanoUsd, before: NanoUsd) -> Text:
    """Return how a cost has moved: `▲ 12%`, `▼ 3%`, `=`, `new`, `gone`."""
    if now == before:
        return Text("=" if now else NOBODY, style="dim")
    if not before:
        return Text("new", style="yellow")
    if not now:
        return Text("gone", style="green")
    percent = 100 * (now - before) / before
    arrow, style = ("▲", "yellow") if percent > 0 else ("▼", "green")
    size = abs(percent)
    if size >= 1000:
        return Text(f"{arrow} {now / before:,.0f}x", style=style)
    return Text(f"{arrow} {'<0.1' if size < 0.05 else f'{size:.1f}' if size < 10 else f'{size:.0f}'}%", style=style)


def duration(nano: int) -> str:
    """Return `12ms`, `3.2s`, `2m 05s`, `1h 02m`, `3d 04h`."""
    if nano < 0:
        return NOBODY
    seconds = nano / 1e9
    if seconds < 0.9995:
        return f"{nano // 1_000_000}ms"
    if seconds < 59.95:
        return f"{seconds:.1f}s"
    whole = round(seconds)
    if whole < 3_600:
        return f"{whole // 60}m {whole % 60:02d}s"
    if whole < 86_400:
        return f"{whole // 3_600}h {whole % 3_600 // 60:02d}m"
    return f"{whole // 86_400}d {whole % 86_400 // 3_600:02d}h"


def unpriced(count: int) -> Text:
    """Return a count of unpriced calls: what a cost beside it lacks must be seen."""
    return Text(f"{count:,}", style="bold red" if count else "dim")


def bar(part: int, whole: int, width: int) -> Text:
    """Return a bar that is as long as the part is of the whole, at least a hair where there is something."""
    if whole <= 0 or part <= 0:
        return Text("")
    eighths = max(1, round(8 * width * min(1, part / whole)))
    full, rest = divmod(eighths, 8)
    return Text("█" * full + ("▏▎▍▌▋▊▉"[rest - 1] if rest else ""), style="cyan")
