"""The columns that show an execution's steps as a tree, each with its own cost and with what lies below it."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from otel_agentcost.cli.columns import Column, names, numbers
from otel_agentcost.cli.executions_steps import Step
from otel_agentcost.cli.wording import duration, places_for, plain, printable, usd
from otel_agentcost.model.call import TOOL_CALL
from otel_agentcost.model.outcome import DUPLICATE, ESTIMATED, UNPRICED

_STATUS_STYLES = {"estimated": "yellow", "unpriced": "bold red", "duplicate": "dim"}


def step_columns(steps: Sequence[Step], shown: Sequence[Step]) -> list[Column]:
    """Return the columns of the steps that are shown; the amounts have the decimals that all steps need."""
    places = places_for([max((step.own_nano_usd + step.below_nano_usd for step in steps), default=0)])
    calls = [None if step.call is None or step.call.kind == TOOL_CALL else step.call for step in shown]  # with tokens
    return [
        names("Step", _drawn(shown), least=24),
        names("Model", (plain(_model(step), "") for step in shown), rank=5, least=12),
        numbers("Tokens in", (f"{call.usage.input_tokens:,}" if call else "" for call in calls), rank=4),
        numbers("cached", (_some(call.usage.cache_read_tokens) if call else "" for call in calls), rank=6),
        numbers("out", (f"{call.usage.output_tokens:,}" if call else "" for call in calls), rank=4),
        numbers("Took", (duration(step.end_unix_nano - step.start_unix_nano) for step in shown), rank=3),
        numbers("Own cost", (_own_cost(step, places) for step in shown)),
        numbers("Below it", (_below(step, places) for step in shown), rank=1),
        names("", (_remark(step) for step in shown), rank=2, least=14),
    ]


def _drawn(shown: Sequence[Step]) -> list[Text]:
    """Return each step's name behind the lines that show where it hangs."""
    drawn: list[Text] = []
    guides: list[str] = []
    for step in shown:
        del guides[max(0, step.depth - 1) :]
        lead = "".join(guides) + ("" if not step.depth else "└─ " if step.is_last else "├─ ")
        if step.depth:
            guides.append("   " if step.is_last else "│  ")
        is_duplicate = step.call is not None and step.call.status == DUPLICATE
        style = "dim" if is_duplicate else "bold" if step.call is not None else ""
        drawn.append(Text.assemble((lead, "dim"), Text(printable(step.name) or step.kind, style=style)))
    return drawn


def _model(step: Step) -> str | None:
    return None if step.call is None else step.call.model or step.call.request_model


def _some(count: int) -> str:
    return f"{count:,}" if count else ""


def _own_cost(step: Step, places: int) -> Text:
    call = step.call
    if call is None:
        return Text("")
    if call.status in (UNPRICED, DUPLICATE):
        return Text(call.status, style=_STATUS_STYLES[call.status])
    return Text(usd(call.cost_nano_usd, places), style=_STATUS_STYLES.get(call.status, "green"))


def _below(step: Step, places: int) -> Text:
    if not step.below_calls and not step.below_nano_usd:
        return Text("")
    return Text(usd(step.below_nano_usd, places), style="cyan")


def _remark(step: Step) -> Text:
    parts: list[Text] = []
    if step.is_failed:
        parts.append(Text("failed", style="red"))
    call = step.call
    if call is not None and call.reason:
        words = call.reason.replace("_", " ")
        parts.append(Text(f"estimated: {words}" if call.status == ESTIMATED else words, style="yellow"))
    if step.below_unpriced_calls:
        parts.append(Text(f"{step.below_unpriced_calls:,} unpriced below", style="red"))
    return Text(", ").join(parts)
