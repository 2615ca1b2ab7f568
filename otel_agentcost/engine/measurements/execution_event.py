"""The event that tells of a settled execution."""

from __future__ import annotations

from collections.abc import Mapping

from otel_agentcost.model import names
from otel_agentcost.model.event import Event, EventValue
from otel_agentcost.model.execution import ExecutionSummary
from otel_agentcost.model.money import NanoUsd, to_usd

MAX_NAMES = 20
"""Agents and models that an event lists; an execution may have had hundreds."""


def execution_completed(summary: ExecutionSummary) -> Event:
    """Return `agentcost.execution.completed`. It carries names and numbers, never a prompt or an answer."""
    attributes: dict[str, EventValue] = {
        names.EXECUTION_ID: f"{summary.execution_id:032x}",
        names.STATE: summary.state,
        names.METRIC_EXECUTION_COST: to_usd(summary.cost_nano_usd),
        names.EXECUTION_COST_NANO_USD: summary.cost_nano_usd,
        names.METRIC_EXECUTION_CALLS: summary.calls,
        names.EXECUTION_UNPRICED: summary.unpriced_calls,
        names.EXECUTION_ESTIMATED: summary.estimated_calls,
        names.EXECUTION_DUPLICATES: summary.duplicates,
        names.EXECUTION_TOOL_CALLS: summary.tool_calls,
        names.EXECUTION_TOOL_COST: to_usd(summary.tool_cost_nano_usd),
        names.EXECUTION_DURATION: max(0, summary.end_unix_nano - summary.start_unix_nano) / 1e9,
        names.INPUT_TOKENS: summary.input_tokens,
        names.OUTPUT_TOKENS: summary.output_tokens,
    }
    texts = (
        (names.EXECUTION_ROOT_NAME, summary.root_name),
        (names.USER, summary.user),
        (names.SESSION, summary.session),
        (names.CONVERSATION, summary.conversation),
        (names.TEAM, summary.team),
        (names.ORGANIZATION, summary.organization),
        (names.FEATURE, summary.feature),
        (names.ENVIRONMENT, summary.environment),
    )
    attributes.update({name: value for name, value in texts if value})
    for name, costs in ((names.EXECUTION_AGENTS, summary.agents), (names.EXECUTION_MODELS, summary.models)):
        if known := _dearest_first(costs):
            attributes[name] = known
    return Event(
        names.EVENT_EXECUTION_COMPLETED, summary.end_unix_nano, summary.execution_id, summary.root_span_id, attributes
    )


def _dearest_first(costs: Mapping[str, NanoUsd]) -> tuple[str, ...]:
    return tuple(sorted((name for name in costs if name), key=lambda name: (-costs[name], name))[:MAX_NAMES])
