"""Print the explanation of a price for people."""

from __future__ import annotations

from datetime import datetime, timezone

from rich.markup import escape
from rich.table import Table

from otel_agentcost.cli.columns import PipedConsole
from otel_agentcost.model.money import format_usd
from otel_agentcost.model.outcome import UNPRICED
from otel_agentcost.pricing.explain import Explanation
from otel_agentcost.pricing.load import age_text
from otel_agentcost.pricing.remarks import exact_text

_PER = {1_000_000: "1M", 1_000: "1k", 1: "1"}


def print_explanation(explanation: Explanation, at_unix_nano: int) -> None:
    """Print which row was used, how it was found, each part of the cost and the age of the table."""
    console = PipedConsole(highlight=False)
    quote = explanation.quote
    if quote.status == UNPRICED:
        console.print(f"[bold red]unpriced[/]: {quote.reason}")
    else:
        console.print(f"[bold green]{format_usd(quote.cost_nano_usd, 9)}[/] ({quote.status})")
    facts = Table.grid(padding=(0, 2))
    facts.add_column(no_wrap=True)
    facts.add_column(overflow="fold")
    for name, value in (
        ("provider", quote.provider),
        ("model", quote.model),
        ("price row", quote.price_id),
        ("at", _moment(at_unix_nano)),
        ("found by", "\n".join(explanation.steps)),
        ("note", "\n".join(explanation.notes)),
        ("nearest names", "\n".join(explanation.suggestions)),
        ("price table", _table_line(explanation)),
    ):
        if value:
            facts.add_row(f"[dim]{name}[/]", escape(value))
    console.print(facts)
    if explanation.lines:
        console.print(_lines(explanation))


def _lines(explanation: Explanation) -> Table:
    table = Table(box=None, header_style="dim", show_footer=True, footer_style="bold", padding=(0, 2, 0, 0))
    total = explanation.quote.cost_nano_usd
    rounding = (
        "" if explanation.exact_usd * 10**9 == total else f", exactly {exact_text(explanation.exact_usd)}, rounded"
    )
    table.add_column("part", footer="sum")
    table.add_column("count", justify="right")
    table.add_column("rate", justify="right")
    table.add_column("cost, USD", justify="right", footer=exact_text(explanation.exact_usd))
    table.add_column("", footer=f"= {total} nano-USD{rounding}")
    for line in explanation.lines:
        rate = f"{line.price.normalize():f} / {_PER.get(line.per, str(line.per))}"
        table.add_row(line.unit, f"{line.quantity:,}", rate, exact_text(line.cost_usd), line.bracket or "")
    return table


def _table_line(explanation: Explanation) -> str:
    age = ""
    if explanation.as_of:
        made = datetime.fromisoformat(explanation.as_of)
        made = made if made.tzinfo else made.replace(tzinfo=timezone.utc)
        days = max(0, (datetime.now(timezone.utc) - made).days)
        age = f", {age_text(explanation.source, explanation.as_of, days)}"
    return f"{explanation.table} ({explanation.source}{age})"


def _moment(at_unix_nano: int) -> str:
    return datetime.fromtimestamp(at_unix_nano // 10**9, tz=timezone.utc).strftime("%Y-%m-%d %H:%M:%S UTC")
