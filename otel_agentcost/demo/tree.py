"""Draw an execution as a tree of its exported spans: agents, calls with tokens and cost, tools."""

from __future__ import annotations

from collections.abc import Mapping

from rich.text import Text
from rich.tree import Tree

from otel_agentcost.demo.collect import ExportedSpan
from otel_agentcost.demo.run import Execution
from otel_agentcost.model import names
from otel_agentcost.model.call import Call
from otel_agentcost.model.money import format_usd, parse_usd
from otel_agentcost.model.outcome import DUPLICATE


def draw(execution: Execution) -> Tree:
    """Return the tree, in order of start. Spans that an instrumentation put into other traces hang below the root.

    Costs and verdicts are read from the exported attributes, as any backend would, also where the settled books let
    another span of the same call pay. Only the tokens come from our books, since each instrumentation spells them
    differently.
    """
    calls = {(call.trace_id, call.span_id): call for call in execution.calls}
    ids = {(span.trace_id, span.span_id) for span in execution.spans}
    children: dict[tuple[int, int], list[ExportedSpan]] = {}
    tops: list[ExportedSpan] = []
    for span in execution.spans:
        parent = (span.trace_id, span.parent_span_id)
        if parent in ids:
            children.setdefault(parent, []).append(span)
        else:
            tops.append(span)
    root = next((span for span in tops if span.trace_id == execution.trace_id), None)
    tree = Tree(label(root, None) if root else Text(execution.member.name), guide_style="dim")
    if root:
        _grow(tree, root, children, calls)
    for stray in (span for span in tops if span is not root):
        branch = tree.add(_call_or_span(stray, calls).append("  in another trace", "yellow"))
        _grow(branch, stray, children, calls)
    return tree


def _grow(
    branch: Tree,
    span: ExportedSpan,
    children: Mapping[tuple[int, int], list[ExportedSpan]],
    calls: Mapping[tuple[int, int], Call],
) -> None:
    for child in children.get((span.trace_id, span.span_id), ()):
        _grow(branch.add(_call_or_span(child, calls)), child, children, calls)


def _call_or_span(span: ExportedSpan, calls: Mapping[tuple[int, int], Call]) -> Text:
    return label(span, calls.get((span.trace_id, span.span_id)))


def label(span: ExportedSpan, call: Call | None) -> Text:
    """Return one line for a span: a call with tokens and cost, anything else with what lies below it.

    `call` is what our books read of this span, for its tokens alone.
    """
    status = span.attributes.get(names.PRICING_STATUS)
    cost = parse_usd(span.attributes.get(names.COST_AMOUNT))
    is_call = call is not None or status is not None or cost is not None
    line = Text(span.name, style="dim" if status == DUPLICATE else "bold" if is_call else "")
    if span.scope:
        line.append(f"  {_short(span.scope)}", "dim")
    if span.is_error:
        line.append("  failed", "red")
    if not is_call:
        below = parse_usd(span.attributes.get(names.SUBTREE_COST))
        return line.append(f"  {format_usd(below)} below", "cyan") if below else line
    reason = _words(span.attributes.get(names.PRICING_REASON))
    if status == DUPLICATE:
        return line.append(f"  not counted: {reason}", "dim")
    if call is not None:
        line.append(f"  {tokens(call)}")
    if cost is not None:
        line.append(f"  {format_usd(cost)}", "green")
    if status is not None:
        line.append(f"  {status}: {reason}", "yellow")
    return line


def tokens(call: Call) -> str:
    """Return a call's tokens in a few words."""
    usage = call.usage
    if not usage.total_tokens:
        return "no tokens"
    parts = [
        (usage.cache_read_tokens, "cached"),
        (usage.cache_write_tokens, "cache write"),
    ]
    inside = ", ".join(f"{count:,} {name}" for count, name in parts if count)
    thought = f" ({usage.reasoning_tokens:,} reasoning)" if usage.reasoning_tokens else ""
    return f"{usage.input_tokens:,}{f' ({inside})' if inside else ''} in, {usage.output_tokens:,}{thought} out"


def _words(reason: str | None) -> str:
    return (reason or "no reason given").replace("_", " ")


def _short(scope: str) -> str:
    return scope.replace(".instrumentation", "")
